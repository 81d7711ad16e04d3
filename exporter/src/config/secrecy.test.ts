import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { refusal, useConfigFolder } from '../../../test/support/config-folder.ts'
import { createLog } from '../log.ts'
import { ACCOUNT_FIELDS } from './account-table.ts'
import { describeConfig } from './describe.ts'
import { RULE_FIELDS, TEAM_FIELDS } from './mappings.ts'
import { SETTINGS } from './settings.ts'

const SECRETS = ['xai-token-Q7hidden', 'SK_Q7HIDDEN_UPPERCASE', 'https://Q7hidden@example.com']
const folder = useConfigFolder()

/** All that a person could get to see of an error. */
function everythingOf(error: Error): string {
  return [error.message, error.stack, inspect(error, { depth: 9 }), JSON.stringify(error)]
    .join('\n')
    .toLowerCase()
}

/** Files in which the secret stands where people put one by mistake. */
const MISTAKES: readonly ((secret: string) => string)[] = [
  ...SETTINGS.map((setting) => setting.path.split('.')).map(
    (keys) => (secret: string) =>
      `${keys.map((key, depth) => `${' '.repeat(depth)}${key}:`).join('\n')} "${secret}"`,
  ),
  ...[...Object.keys(ACCOUNT_FIELDS), 'key', 'token', 'colour'].map(
    (key) => (secret: string) => `accounts: [{ ${key}: "${secret}", interval: never }]`,
  ),
  ...[...Object.keys(RULE_FIELDS), ...Object.keys(TEAM_FIELDS)].map(
    (key) => (secret: string) => `keys: [{ ${key}: "${secret}", colour: red }]`,
  ),
  (secret) => `"${secret}": 1`,
  (secret) => secret,
  (secret) => `- ${secret}`,
  (secret) => `accounts: ["${secret}"]`,
  (secret) => `accounts: "${secret}"`,
  (secret) => `accounts:\n  - name: a\n    key: ${secret}: oops`,
  (secret) => `accounts:\n  - key: "${secret}`,
  (secret) => `accounts:\n  - key: *${secret}`,
  (secret) => `accounts:\n  - key: !${secret} x`,
  (secret) => `accounts: [{ key: ${secret} ${secret}`,
  (secret) => `&${secret} a: 1\n${secret} b`,
  (secret) => `%${secret}\n---\na: 1`,
  (secret) => `teams: { "${secret}": { colour: red } }`,
  (secret) => `teams: { "${secret}": "${secret}" }`,
]

describe.each(SECRETS)('the secret %s', (secret) => {
  it.each(MISTAKES.map((mistake) => [mistake('…'), mistake] as const))(
    'is in no message about %j',
    (_, mistake) => {
      const error = refusal(() => folder.loadFile(`${mistake(secret)}\n`, { USAGE_EXPLORER_ZONE: 'nowhere' }))
      expect(everythingOf(error)).not.toContain('q7hidden')
    },
  )

  it.each([
    ...SETTINGS.map((setting) => setting.env),
    'USAGE_EXPLORER_DEMO',
    'USAGE_EXPLORER_COLOUR',
    'XAI_MANAGEMENT_KEY_FILE',
    'XAI_MANAGEMENT_URL',
    'XAI_TEAM_ID',
  ])('in the variable %s is in no message', (name) => {
    const error = refusal(() =>
      folder.load({ [name]: secret, USAGE_EXPLORER_LISTEN: name, XAI_MANAGMENT_KEY: secret }),
    )
    expect(everythingOf(error)).not.toContain('q7hidden')
  })

  it('in a file that holds more than a key is in no message', () => {
    folder.put('key', `${secret} ${secret}`)
    expect(everythingOf(refusal(() => folder.load({ XAI_MANAGEMENT_KEY_FILE: 'key' })))).not.toContain(
      'q7hidden',
    )
  })
})

describe('a configuration in use', () => {
  it('shows its key nowhere: not inspected, not as JSON, not described, not logged', () => {
    const config = folder.load({ XAI_MANAGEMENT_KEY: 'xai-token-Q7hidden' })
    const lines: string[] = []
    createLog('info', { write: (line) => lines.push(line) }).info(
      { config, described: describeConfig(config) },
      'started',
    )
    const shown = [
      inspect(config, { depth: 9, showHidden: true }),
      JSON.stringify(config),
      JSON.stringify(describeConfig(config)),
      String(config.accounts[0]?.credential),
      ...lines,
    ]
    expect(shown.filter((each) => each.includes('Q7hidden'))).toEqual([])
    expect(lines).toHaveLength(1)
  })

  it('is described as a user writes it', () => {
    folder.put('key', 'k')
    const text =
      'accounts: [{ name: prod, provider: xai, key_file: key }]\nkeys: [{ match: a, team: b }]\nretention: 800d'
    expect(describeConfig(folder.loadFile(text, { USAGE_EXPLORER_LISTEN: '[::1]:0' }))).toMatchObject({
      listen: '[::1]:0',
      retention: '800d',
      demo: false,
      accounts: [{ name: 'prod', url: 'https://management-api.x.ai', interval: '5m', lookback: '90d' }],
      mappings: { keys: 1, users: 0, projects: 0, teams: 0 },
    })
  })
})
