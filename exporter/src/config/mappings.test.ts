import { beforeEach, describe, expect, it } from 'vitest'
import { useConfigFolder } from '../../../test/support/config-folder.ts'
import type { Mappings } from './config.ts'

const ACCOUNT = 'accounts: [{ name: prod, provider: xai, key_file: key }]'
const folder = useConfigFolder()

beforeEach(() => folder.put('key', 'k'))

function mappings(...lines: string[]): Mappings {
  return folder.loadFile([ACCOUNT, ...lines].join('\n')).mappings
}

function problems(...lines: string[]): readonly string[] {
  return folder.problemsOf([ACCOUNT, ...lines].join('\n'))
}

describe('mappings', () => {
  it('keep their order and hold what was given, nothing else', () => {
    const read = mappings(
      'keys:',
      '  - { match: "search-*", account: prod, team: search, owner: a, environment: production }',
      '  - { match: 007, cost_centre: 0815, display_name: Agent }',
      'users: [{ match: "a@example.com", team: science }]',
      'projects: [{ match: team-1, environment: test }]',
      'teams: { search: { owner: b, display_name: Search }, science: {}, idle: }',
    )
    expect(read).toStrictEqual({
      keys: [
        { match: 'search-*', account: 'prod', team: 'search', owner: 'a', environment: 'production' },
        { match: '007', costCentre: '0815', displayName: 'Agent' },
      ],
      users: [{ match: 'a@example.com', team: 'science' }],
      projects: [{ match: 'team-1', environment: 'test' }],
      teams: { search: { owner: 'b', displayName: 'Search' }, science: {} },
    })
  })

  it.each([
    ['keys: [{ team: a }]', '2:8: match is missing'],
    ['keys: [{ match: a }]', '2:8: the rule says nothing'],
    ['keys: [{ match: "", team: a }]', '2:17: must not be empty'],
    ['keys: [{ match: a, team: other }]', '2:26: "other" already has a meaning'],
    ['keys: [{ match: a, team: b, account: prodd }]', '2:38: no account has this name; did you mean "prod"?'],
    ['keys: [{ match: a, team: b, account: elsewhere }]', '2:38: no account has this name'],
    [
      'users: [{ match: a, cost_center: b }]',
      '2:21: "cost_center" is not known; did you mean "cost_centre"?',
    ],
    ['projects: { match: a }', '2:11: must be a list'],
    ['teams: [search]', '2:8: must be a map'],
    ['teams: { unassigned: { owner: a } }', '2:22: "unassigned" already has a meaning'],
    ['teams: { search: { team: a } }', '2:20: this key is not known; known here: owner, environment'],
    ['teams: { search: boss }', '2:18: must be a map'],
  ])('%s is refused with its place', (line, problem) => {
    expect(problems(line)).toEqual([expect.stringContaining(`config.yaml:${problem}`)])
  })

  it('may name an account that has a problem of its own without a second one', () => {
    const text = 'accounts: [{ name: prod, provider: xai }]\nkeys: [{ match: a, team: b, account: prod }]'
    expect(folder.problemsOf(text)).toEqual([
      'config.yaml:1:12: the account has no key; give key_file or key_env',
    ])
  })
})
