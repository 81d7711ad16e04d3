/** Counters as the real booking, identity and ledger make them together: who they name when a mapping changes. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatAmount, parseAmount } from '@usage-explorer/core/amount'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DAY, HOUR, MINUTE } from '../clock.ts'
import type { CappedDimension, Mappings } from '../config/config.ts'
import { createIdentity } from '../identity/resolver.ts'
import type { Booking, Ledger } from '../ledger/ledger.ts'
import { openLedger } from '../ledger/open.ts'
import { defineCut } from '../usage/cut.ts'
import { STATED_DIMENSIONS, type Stated } from '../usage/dimensions.ts'
import type { NameEntry } from '../usage/facts.ts'
import type { SourceKey, SourceSpec } from '../usage/source.ts'
import { createBooking } from './booking.ts'

const SPEC: SourceSpec = {
  id: 'xai.billing.usage',
  kind: 'billed',
  measures: ['cost'],
  lagMs: 0,
  canState: ['api_key', 'description', 'type'],
}
const OTHER_SPEC: SourceSpec = { ...SPEC, id: 'xai.usage_v1' }
const SOURCE: SourceKey = { provider: 'xai', account: 'main', source: SPEC.id }
const NO_MAPPINGS: Mappings = { keys: [], users: [], projects: [], teams: {} }
const CAPS = { user: 9, endpoint: 9, api_key: 9, project: 9, model: 9 }
const START = Date.UTC(2026, 10, 1)

let dataDir: string
let now: number
let ledger: Ledger
/** What the next write does after it has asked for its counters. */
let crash: (() => void) | undefined

async function open(
  mappings: Partial<Mappings> = {},
  caps: Partial<Record<CappedDimension, number>> = {},
): Promise<void> {
  let opened: Ledger | undefined
  const identity = createIdentity({
    mappings: { ...NO_MAPPINGS, ...mappings },
    facts: () => opened?.facts() ?? { names: [], prices: [], levels: [] },
  })
  const real = createBooking({
    identity,
    caps: { ...CAPS, ...caps },
    includeUser: false,
    includeEndpoint: false,
  })
  const booking: Booking = {
    ...real,
    counterFor: (...given) => {
      const key = real.counterFor(...given)
      crash?.()
      return key
    },
  }
  ledger = await openLedger({
    dataDir,
    sources: [SPEC, OTHER_SPEC],
    booking,
    now: () => now,
    retentionMs: 90 * DAY,
    scrapeIntervalMs: MINUTE,
    onOpen: (one) => (opened = one),
  })
}

async function reopen(...given: Parameters<typeof open>): Promise<void> {
  await ledger.close()
  await open(...given)
}

/** The provider's answer for the hour that begins so many hours after the start. */
async function tell(hour: number, rows: readonly (readonly [Stated, string])[], spec = SPEC): Promise<void> {
  const from = START + hour * HOUR
  now = Math.max(now, from + HOUR)
  await ledger.commit({
    source: { ...SOURCE, source: spec.id },
    cut: defineCut(STATED_DIMENSIONS.filter((dimension) => rows.some(([stated]) => dimension in stated))),
    window: { from, to: from + HOUR },
    widthMs: HOUR,
    fetchedAt: now,
    completeness: 'complete',
    records: rows.map(([stated, raw]) => ({
      bucketStart: from,
      stated,
      measure: 'cost',
      currency: 'USD',
      amount: parseAmount(raw)?.amount ?? 0n,
      raw,
      rawUnit: 'usd',
    })),
  })
}

async function name(entry: Pick<NameEntry, 'kind' | 'id'> & Partial<NameEntry>): Promise<void> {
  const whole: NameEntry = {
    name: null,
    redacted: null,
    userId: null,
    disabled: false,
    createdAt: null,
    expiresAt: null,
    aliases: [],
    ...entry,
  }
  await ledger.commitFacts({ provider: 'xai', account: 'main', fetchedAt: now, names: [whole] })
}

/** Ledger sums of the counters that hold something, by the labels asked for. */
function sums(...labels: string[]): Record<string, string> {
  return Object.fromEntries(
    ledger
      .counters()
      .filter(({ family, ledger: sum }) => family === 'llm_billed_cost_total' && sum !== 0n)
      .map((counter) => [
        labels.map((label) => counter.labels[label]).join(' '),
        formatAmount(counter.ledger),
      ]),
  )
}

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'booking-'))
  now = START
  crash = undefined
  await open({
    keys: [
      { match: 'prod-*', team: 'search' },
      { match: '*', team: 'rest' },
    ],
  })
  // What is first stored of a source sets its epoch.
  for (const { id } of [SPEC, OTHER_SPEC]) await ledger.remember({ ...SOURCE, source: id }, {})
})

afterEach(async () => {
  await ledger.close()
  await rm(dataDir, { recursive: true })
})

test('a key renamed into another team counts there from the first hour that was not booked, and past money stays', async () => {
  await name({ kind: 'api_key', id: 'k1', name: 'test-1' })
  await tell(0, [[{ api_key: 'k1' }, '1']])
  await name({ kind: 'api_key', id: 'k1', name: 'prod-1' })
  await tell(1, [[{ api_key: 'k1' }, '10']])
  // A correction of an hour before the change belongs to the team of then.
  await tell(0, [[{ api_key: 'k1' }, '1.5']])
  expect(sums('team')).toEqual({ rest: '1.5', search: '10' })
})

test('a model that turns out to be an alias counts under its own name from then on', async () => {
  await tell(0, [[{ description: 'Chat grok-latest' }, '1']])
  await name({ kind: 'model', id: 'grok-4', name: 'grok-4', aliases: ['grok-latest'] })
  await tell(1, [[{ description: 'Chat grok-latest' }, '10']])
  expect(sums('model')).toEqual({ 'grok-latest': '1', 'grok-4': '10' })
})

test('mappings that change between two runs hold from the first hour that was not booked', async () => {
  await tell(0, [[{ api_key: 'k1' }, '1']])
  await reopen({ keys: [{ match: 'k1', team: 'ads' }] })
  await tell(1, [[{ api_key: 'k1' }, '10']])
  expect(sums('team')).toEqual({ rest: '1', ads: '10' })
})

test('a key promoted out of other when the cap is raised starts at 0, and its past stays there', async () => {
  await reopen({}, { api_key: 1 })
  await tell(0, [
    [{ api_key: 'k1' }, '1'],
    [{ api_key: 'k2' }, '2'],
  ])
  await reopen({}, { api_key: 2 })
  expect(
    ledger.counters().flatMap(({ labels, ledger }) => (labels['api_key'] === 'k2' ? [ledger] : [])),
  ).toEqual([0n])
  await tell(1, [[{ api_key: 'k2' }, '20']])
  expect(sums('api_key')).toEqual({ k1: '1', other: '2', k2: '20' })
})

test('a cut that stands in for one hour of a truncated one takes no counters over', async () => {
  const rows = (description: string) => [[{ description, type: 'input' }, '1']] as const
  await tell(0, [[{ api_key: 'k1' }, '1']])
  await tell(0, rows('Chat grok-4'))
  await tell(0, [[{ description: 'Chat grok-4' }, '1.5']])
  await tell(1, rows('Chat grok-4'))
  expect(sums('model', 'cost_type')).toEqual({ ' unsplit': '1' })
  const twin = ledger.counters().find(({ family }) => family === 'llm_billed_model_cost_total')
  expect(twin?.labels).toMatchObject({ model: 'grok-4', cost_type: 'input' })
  expect(twin && formatAmount(twin.ledger)).toBe('2')
})

test('money goes to the right key also after a write that failed halfway', async () => {
  crash = () => {
    throw new Error('crash')
  }
  await expect(tell(0, [[{ api_key: 'never-stored' }, '1']])).rejects.toThrow('crash')
  crash = undefined
  await tell(0, [[{ api_key: 'k1' }, '1']])
  expect(sums('api_key')).toEqual({ k1: '1' })
})

test('an account whose money comes from another source since keeps its counters', async () => {
  await tell(0, [[{ api_key: 'k1' }, '1']])
  await tell(1, [[{ api_key: 'k1' }, '10']], OTHER_SPEC)
  await tell(2, [[{ api_key: 'k1' }, '100']], OTHER_SPEC)
  const shown = ledger.counters().map(({ family, labels }) => JSON.stringify([family, labels]))
  expect(new Set(shown).size).toBe(shown.length)
  expect(sums('api_key')).toEqual({ k1: '111' })
})
