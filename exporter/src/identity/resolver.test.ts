import { describe, expect, test } from 'vitest'
import type { Mappings } from '../config/config.ts'
import type { LedgerFacts, Series } from '../ledger/ledger.ts'
import type { Stated } from '../usage/dimensions.ts'
import type { NameEntry } from '../usage/facts.ts'
import type { Identity, Resolved } from './identity.ts'
import { tellingDimensions } from './needs.ts'
import { createIdentity } from './resolver.ts'

const SOURCE = { provider: 'xai', account: 'main', source: 'xai.billing' }
const NONE: Mappings = { keys: [], users: [], projects: [], teams: {} }

let nextId = 1

function series(stated: Stated): Series {
  return { id: nextId++, cutId: 1, stated, measure: 'cost', currency: 'USD' }
}

function factsOf(entries: readonly (Pick<NameEntry, 'kind' | 'id'> & Partial<NameEntry>)[]): LedgerFacts {
  const names = entries.map((entry) => ({
    ...{
      name: null,
      redacted: null,
      userId: null,
      disabled: false,
      createdAt: null,
      expiresAt: null,
      aliases: [],
    },
    ...{ provider: 'xai', account: 'main', listed: true, firstSeenAt: 0 },
    ...entry,
  }))
  return { names, prices: [], levels: [] }
}

function identityOf(mappings: Partial<Mappings>, entries: Parameters<typeof factsOf>[0] = []): Identity {
  const facts = factsOf(entries)
  return createIdentity({ mappings: { ...NONE, ...mappings }, facts: () => facts })
}

function resolve(identity: Identity, stated: Stated, account = 'main'): Resolved {
  return identity.resolve({ ...SOURCE, account }, series(stated))
}

describe('teams', () => {
  test('come from the key, else its user, else the project, else are unassigned', () => {
    const identity = identityOf(
      {
        keys: [{ match: 'k1', team: 'of-key' }],
        users: [{ match: 'u1', team: 'of-user' }],
        projects: [{ match: 'p1', team: 'of-project' }],
      },
      [
        { kind: 'api_key', id: 'k1', userId: 'u1' },
        { kind: 'api_key', id: 'k2', userId: 'u1' },
      ],
    )
    const team = (stated: Stated): string => resolve(identity, stated).team
    expect(team({ api_key: 'k1', project: 'p1' })).toBe('of-key')
    expect(team({ api_key: 'k2', project: 'p1' })).toBe('of-user')
    expect(team({ user: 'u1', project: 'p1' })).toBe('of-user')
    expect(team({ api_key: 'k3', project: 'p1' })).toBe('of-project')
    expect(team({ api_key: 'k3', project: 'p2' })).toBe('unassigned')
    expect(team({ api_key: null })).toBe('unassigned')
    expect(team({ description: 'Chat grok-4' })).toBe('')
  })

  test('without any rule everything is unassigned', () => {
    expect(resolve(identityOf({}), { description: 'Chat grok-4' }).team).toBe('unassigned')
  })

  test('are matched by id or name, whole, with wildcards, the first rule first', () => {
    const identity = identityOf(
      {
        keys: [
          { match: 'prod-?', team: 'one' },
          { match: 'prod*', team: 'two' },
          { match: 'a.b', team: 'three' },
        ],
      },
      [
        { kind: 'api_key', id: 'k1', name: 'prod-a' },
        { kind: 'api_key', id: 'k2', name: 'prod-\nab' },
        { kind: 'api_key', id: 'k3', name: 'my prod' },
      ],
    )
    const team = (api_key: string): string => resolve(identity, { api_key }).team
    expect(['k1', 'k2', 'k3', 'prod', 'a.b', 'axb', 'Prod'].map(team)).toEqual([
      ...['one', 'two', 'unassigned', 'two', 'three', 'unassigned', 'unassigned'],
    ])
  })

  test('of another account are left alone by rules for one account', () => {
    const identity = identityOf({ keys: [{ match: '*', account: 'main', team: 'search' }] })
    expect(resolve(identity, { api_key: 'k1' }).team).toBe('search')
    expect(resolve(identity, { api_key: 'k1' }, 'second').team).toBe('unassigned')
  })

  test('bring their owner, environment and cost centre where the rule has none', () => {
    const identity = identityOf({
      keys: [
        { match: 'k1', team: 'search', owner: 'ada' },
        { match: 'k2', team: 'search', environment: 'test' },
      ],
      teams: { search: { owner: 'grace', environment: 'production', costCentre: '4711' } },
    })
    expect(resolve(identity, { api_key: 'k1' })).toMatchObject({
      ...{ owner: 'ada', environment: 'production', cost_centre: '4711' },
    })
    expect(resolve(identity, { api_key: 'k2' })).toMatchObject({ owner: 'grace', environment: 'test' })
    expect(resolve(identity, { api_key: 'k2', environment: 'stated' }).environment).toBe('stated')
    expect(resolve(identity, { api_key: 'k3' })).toMatchObject({
      owner: '',
      environment: '',
      cost_centre: '',
    })
  })
})

describe('models', () => {
  const identity = identityOf({}, [
    { kind: 'model', id: 'grok-4-0709', aliases: ['grok-4', 'grok-4-latest'] },
  ])

  test.each<[Stated, string]>([
    [{ model: 'grok-4-latest' }, 'grok-4-0709'],
    [{ description: 'Chat grok-4' }, 'grok-4-0709'],
    [{ description: 'grok-2-image-1212' }, 'grok-2-image-1212'],
    [{ description: 'File Storage' }, 'File Storage'],
    [{ model: 'never-heard-of' }, 'never-heard-of'],
    [{ model: null }, 'unattributed'],
    [{ description: null }, 'unattributed'],
    [{ api_key: 'k1' }, ''],
  ])('%j is %j', (stated, model) => {
    expect(resolve(identity, stated).model).toBe(model)
  })

  test('of another account have that account’s aliases', () => {
    expect(resolve(identity, { model: 'grok-4' }, 'second').model).toBe('grok-4')
  })
})

test('what was not asked is empty, the provider’s null is unattributed, and no type is unsplit', () => {
  expect(resolve(identityOf({}), { api_key: null })).toMatchObject({
    ...{ api_key: 'unattributed', user: 'unattributed', project: '', endpoint: '', type: 'unsplit' },
  })
  expect(resolve(identityOf({}), { type: 'input' })).toMatchObject({ user: '', type: 'input' })
})

test('a name is the configured one, else the provider’s, else none', () => {
  const identity = identityOf({ keys: [{ match: 'first', displayName: 'Our first key' }] }, [
    { kind: 'api_key', id: 'k1', name: 'first' },
    { kind: 'api_key', id: 'k2', name: 'second' },
    { kind: 'api_key', id: 'k3' },
  ])
  const name = (id: string): string | undefined => identity.displayName('api_key', { ...SOURCE, id })
  expect(['k1', 'k2', 'k3', 'k4'].map(name)).toEqual(['Our first key', 'second', undefined, undefined])
})

test('what a series resolves to follows changed facts and is remembered until then', () => {
  let facts = factsOf([{ kind: 'api_key', id: 'k1', name: 'test' }])
  const mappings = { ...NONE, keys: [{ match: 'prod', team: 'search' }] }
  const identity = createIdentity({ mappings, facts: () => facts })
  const one = series({ api_key: 'k1' })
  const before = identity.resolve(SOURCE, one)
  expect(before.team).toBe('unassigned')
  expect(identity.resolve(SOURCE, one)).toBe(before)
  facts = factsOf([{ kind: 'api_key', id: 'k1', name: 'prod' }])
  expect(identity.resolve(SOURCE, one).team).toBe('search')
})

test('a team is told by what the rules read', () => {
  const rule = [{ match: '*', team: 'search' }]
  expect(tellingDimensions('team', NONE)).toEqual([])
  expect(tellingDimensions('team', { ...NONE, keys: rule, projects: rule })).toEqual(['api_key', 'project'])
  expect(tellingDimensions('team', { ...NONE, users: rule })).toEqual(['user', 'api_key'])
})
