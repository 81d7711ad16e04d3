import { expect, it } from 'vitest'
import { createIdentity } from '../identity/resolver.ts'
import type { Series } from '../ledger/ledger.ts'
import type { Stated } from '../usage/dimensions.ts'
import type { Measure } from '../usage/measures.ts'
import type { SourceKind, SourceSpec } from '../usage/source.ts'
import { createBooking, type MetricsBooking } from './booking.ts'
import { createMetrics } from './snapshot.ts'

const KEY = { provider: 'xai', account: 'main', source: 'xai.billing.usage' }
const CAPS = { user: 2, endpoint: 2, api_key: 2, project: 2, model: 2 }
const mappings = {
  keys: [{ match: 'k-1', team: 'search' }],
  users: [],
  projects: [],
  teams: {},
}

function bookingOf(options: { includeUser?: boolean; includeEndpoint?: boolean } = {}): MetricsBooking {
  const facts = { names: [], prices: [], levels: [] }
  return createBooking({
    identity: createIdentity({ mappings, facts: () => facts }),
    caps: CAPS,
    includeUser: false,
    includeEndpoint: false,
    ...options,
  })
}

function specOf(kind: SourceKind): SourceSpec {
  return { id: KEY.source, kind, measures: ['cost'], lagMs: 0, canState: [] }
}

let nextId = 1
function seriesOf(stated: Stated, measure: Measure = 'cost'): Series {
  return { id: nextId++, cutId: 1, stated, measure, currency: measure === 'cost' ? 'USD' : '' }
}

function keyLabel(booking: MetricsBooking, apiKey: string | null): string | undefined {
  return booking.counterFor(KEY, specOf('billed'), seriesOf({ api_key: apiKey }), 'exposed')?.labels[
    'api_key'
  ]
}

it('books billed cost by key with its mapped team, and leaves empty what the cut does not hold', () => {
  const series = seriesOf({ api_key: 'k-1', type: 'input' })
  expect(bookingOf().counterFor(KEY, specOf('billed'), series, 'exposed')).toEqual({
    family: 'llm_billed_cost_total',
    labels: {
      provider: 'xai',
      account: 'main',
      project: '',
      team: 'search',
      api_key: 'k-1',
      model: '',
      cost_type: 'input',
      currency: 'USD',
    },
  })
})

it('books the twin by model without a key label', () => {
  const counter = bookingOf().counterFor(KEY, specOf('billed'), seriesOf({ model: 'grok-4' }), 'twin')
  expect(counter?.family).toBe('llm_billed_model_cost_total')
  expect(counter?.labels).toMatchObject({ model: 'grok-4', cost_type: 'unsplit' })
  expect(counter?.labels).not.toHaveProperty('api_key')
})

it('books metered tokens by type and metered requests without one', () => {
  const booking = bookingOf()
  const tokens = booking.counterFor(
    KEY,
    specOf('metered'),
    seriesOf({ type: 'cache_read' }, 'tokens'),
    'exposed',
  )
  expect(tokens?.family).toBe('llm_metered_tokens_total')
  expect(tokens?.labels['token_type']).toBe('cache_read')
  const requests = booking.counterFor(KEY, specOf('metered'), seriesOf({}, 'requests'), 'exposed')
  expect(requests?.family).toBe('llm_metered_requests_total')
  expect(requests?.labels).not.toHaveProperty('token_type')
})

it.each<[SourceKind, Measure, 'exposed' | 'twin']>([
  ['derived', 'tokens', 'exposed'],
  ['observed', 'errors', 'exposed'],
  ['billed', 'tokens', 'exposed'],
  ['metered', 'cost', 'exposed'],
  ['metered', 'errors', 'exposed'],
  ['metered', 'tokens', 'twin'],
])('books nothing for %s %s in the role %s', (kind, measure, role) => {
  expect(bookingOf().counterFor(KEY, specOf(kind), seriesOf({}, measure), role)).toBeUndefined()
})

it('admits values up to the cap and folds the next into other, every time it comes', () => {
  const booking = bookingOf()
  expect(['k-1', 'k-2', 'k-3', 'k-1', 'k-3'].map((key) => keyLabel(booking, key))).toEqual([
    'k-1',
    'k-2',
    'other',
    'k-1',
    'other',
  ])
})

it('keeps caps of families apart', () => {
  const booking = bookingOf()
  for (const model of ['a', 'b', 'c'])
    booking.counterFor(KEY, specOf('billed'), seriesOf({ model }), 'exposed')
  const twin = booking.counterFor(KEY, specOf('billed'), seriesOf({ model: 'c' }), 'twin')
  expect(twin?.labels['model']).toBe('c')
})

it('keeps values that are out there already, even beyond the cap', () => {
  const booking = bookingOf()
  booking.admit(
    ['k-7', 'k-8', 'k-9', 'other', ''].map((apiKey) => ({
      family: 'llm_billed_cost_total',
      labels: { api_key: apiKey },
      published: 0n,
      ledger: 0n,
      bornAt: 0,
    })),
  )
  expect(['k-9', 'k-8', 'k-7', 'k-1'].map((key) => keyLabel(booking, key))).toEqual([
    'k-9',
    'k-8',
    'k-7',
    'other',
  ])
})

it("gives the provider's null no place under the cap and never folds it", () => {
  const booking = bookingOf()
  expect([null, 'k-1', 'k-2', 'k-3', null].map((key) => keyLabel(booking, key))).toEqual([
    'unattributed',
    'k-1',
    'k-2',
    'other',
    'unattributed',
  ])
})

it('labels users and endpoints only where the configuration wants them', () => {
  const stated = { user: 'u-1', endpoint: '/v1/chat' }
  const without = bookingOf().counterFor(KEY, specOf('billed'), seriesOf(stated), 'exposed')
  expect(without?.labels).not.toHaveProperty('user')
  expect(without?.labels).not.toHaveProperty('endpoint')
  const booking = bookingOf({ includeUser: true, includeEndpoint: true })
  expect(booking.counterFor(KEY, specOf('billed'), seriesOf(stated), 'exposed')?.labels).toMatchObject(stated)
})

it('counts folded series by family and dimension, each once', async () => {
  const booking = bookingOf()
  keyLabel(booking, 'k-1')
  keyLabel(booking, 'k-2')
  const series = seriesOf({ api_key: 'k-3' })
  booking.counterFor(KEY, specOf('billed'), series, 'exposed')
  booking.counterFor(KEY, specOf('billed'), series, 'exposed')
  keyLabel(booking, 'k-4')
  const metrics = createMetrics({ contributors: [booking.contributeOverflow], now: () => 0 })
  const [family] = (await metrics.snapshot()).families
  expect(family?.spec.name).toBe('llm_overflow_series')
  expect(family?.samples).toContainEqual({
    labels: { family: 'llm_billed_cost_total', dimension: 'api_key' },
    value: 2,
  })
})

it('counts restated money by source, currency and direction, tokens without a currency, and nothing else', () => {
  const booking = bookingOf()
  expect(booking.restatementFor(KEY, 'cost', 'USD', 'down')).toEqual({
    family: 'llm_restated_cost_total',
    labels: { ...KEY, currency: 'USD', direction: 'down' },
  })
  expect(booking.restatementFor(KEY, 'tokens', '', 'up')).toEqual({
    family: 'llm_restated_tokens_total',
    labels: { ...KEY, direction: 'up' },
  })
  expect(booking.restatementFor(KEY, 'requests', '', 'up')).toBeUndefined()
})
