import { fromInteger } from '@usage-explorer/core/amount'
import { expect, it } from 'vitest'
import { createIdentity } from '../../identity/resolver.ts'
import type { LedgerFacts } from '../../ledger/ledger.ts'
import type { Labels } from '../snapshot.ts'
import { contributeAccounts } from './accounts.ts'

const ACCOUNT = { provider: 'xai', account: 'main' }
const NOW = 1_800_000_000_000

type Facts = { -readonly [Part in keyof LedgerFacts]: LedgerFacts[Part] }

function key(id: string, more: Partial<LedgerFacts['names'][number]> = {}): LedgerFacts['names'][number] {
  return {
    ...ACCOUNT,
    kind: 'api_key',
    id,
    name: `name of ${id}`,
    redacted: `xai-...${id}`,
    userId: null,
    disabled: false,
    createdAt: null,
    expiresAt: null,
    aliases: [],
    listed: true,
    firstSeenAt: NOW - 5000,
    ...more,
  }
}

function setUp(given: Partial<Facts>): {
  read: (name: string, now?: number) => readonly { labels: Labels; value: number }[]
  replace: (facts: Partial<Facts>) => void
} {
  const complete = (part: Partial<Facts>): Facts => ({ names: [], prices: [], levels: [], ...part })
  let facts = complete(given)
  const mappings = {
    keys: [
      { match: 'k-1', team: 'search', owner: 'ada', environment: 'production' },
      { match: 'k-3', displayName: 'Batch "jobs"' },
    ],
    users: [{ match: 'u-1', team: 'data' }],
    projects: [],
    teams: {},
  }
  const contribute = contributeAccounts(
    { facts: () => facts },
    createIdentity({ mappings, facts: () => facts }),
  )
  return {
    read: (name, now = NOW) => {
      const families = contribute(now)
      if (families instanceof Promise) throw new Error('facts are known at once')
      return families.find((family) => family.name === name)?.samples ?? []
    },
    replace: (next) => {
      facts = complete(next)
    },
  }
}

it('joins every key to its names and to whom it belongs, by key or by its listed user', () => {
  const { read } = setUp({
    names: [
      key('k-1'),
      key('k-2', { userId: 'u-1', disabled: true, name: null }),
      key('k-3', { listed: false }),
    ],
  })
  const infos = read('llm_api_key_info')
  expect(infos.map(({ value }) => value)).toEqual([1, 1, 1])
  expect(infos.map(({ labels }) => labels)).toMatchObject([
    {
      ...ACCOUNT,
      api_key: 'k-1',
      name: 'name of k-1',
      team: 'search',
      owner: 'ada',
      environment: 'production',
    },
    { api_key: 'k-2', name: '', redacted: 'xai-...k-2', team: 'data', disabled: 'true', listed: 'true' },
    {
      api_key: 'k-3',
      name: 'Batch "jobs"',
      team: 'unassigned',
      owner: '',
      disabled: 'false',
      listed: 'false',
    },
  ])
  expect(read('llm_api_key_first_seen_timestamp_seconds')[0]).toEqual({
    labels: { ...ACCOUNT, api_key: 'k-1' },
    value: (NOW - 5000) / 1000,
  })
})

it('keeps the labels of unchanged facts, and follows a rename', () => {
  const { read, replace } = setUp({ names: [key('k-2')] })
  const before = read('llm_api_key_info')[0]?.labels
  expect(read('llm_api_key_info')[0]?.labels).toBe(before)
  replace({ names: [key('k-2', { name: 'renamed' })] })
  expect(read('llm_api_key_info')[0]?.labels['name']).toBe('renamed')
})

it('shows no names of other kinds as keys', () => {
  expect(setUp({ names: [key('grok-4', { kind: 'model' })] }).read('llm_api_key_info')).toEqual([])
})

it('shows balances, limits and rate limits by what they count', () => {
  const level = { ...ACCOUNT, model: null, currency: '', seenAt: NOW }
  const usd = { ...level, currency: 'USD' }
  const { read } = setUp({
    levels: [
      { ...usd, family: 'balance', kind: 'prepaid', amount: fromInteger(23) },
      { ...usd, family: 'spending_limit', kind: 'hard', amount: fromInteger(500) },
      { ...level, family: 'rate_limit', kind: 'rpm', model: 'grok-4', amount: fromInteger(480) },
      { ...level, family: 'rate_limit', kind: 'credits', amount: fromInteger(9) },
    ],
  })
  expect(read('llm_account_balance')).toEqual([
    { labels: { ...ACCOUNT, kind: 'prepaid', currency: 'USD' }, value: 23 },
  ])
  expect(read('llm_account_spending_limit')).toEqual([
    { labels: { ...ACCOUNT, kind: 'hard', currency: 'USD' }, value: 500 },
  ])
  expect(read('llm_rate_limit')).toEqual([
    { labels: { ...ACCOUNT, model: 'grok-4', kind: 'requests', window: 'minute' }, value: 480 },
    { labels: { ...ACCOUNT, model: '', kind: 'credits', window: '' }, value: 9 },
  ])
})

it('shows prices for a single unit, and how long ago the newest of an account was read, at each look', () => {
  const price = { ...ACCOUNT, model: 'grok-4', tier: 'standard', currency: 'USD' }
  const { read } = setUp({
    prices: [
      { ...price, type: 'input', perUnit: 2n * 10n ** 12n, seenAt: NOW - 9000 },
      { ...price, type: 'output', perUnit: 10n ** 13n, seenAt: NOW - 4000 },
    ],
  })
  expect(read('llm_model_price')[0]).toEqual({
    labels: { ...ACCOUNT, model: 'grok-4', cost_type: 'input', tier: 'standard', currency: 'USD' },
    value: 0.000002,
  })
  expect(read('llm_price_age_seconds')).toEqual([{ labels: ACCOUNT, value: 4 }])
  expect(read('llm_price_age_seconds', NOW + 1000)).toEqual([{ labels: ACCOUNT, value: 5 }])
})
