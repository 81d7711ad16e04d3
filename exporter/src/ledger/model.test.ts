/** Random operations against a naive model. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ONE, type Amount } from '@usage-explorer/core/amount'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HOUR, MINUTE } from '../clock.ts'
import { cutName, defineCut, type Cut } from '../usage/cut.ts'
import type { Stated } from '../usage/dimensions.ts'
import type { SpanState } from '../usage/coverage.ts'
import type { SourceKey, SourceSpec } from '../usage/source.ts'
import type { Counter, Ledger } from './ledger.ts'
import { KEYS, LAG_MS, Model, RETENTION_MS, World } from './testing/model.ts'
import { openLedger } from './open.ts'

const SPEC: SourceSpec = {
  id: 'test.billing',
  kind: 'billed',
  measures: ['cost'],
  lagMs: LAG_MS,
  canState: ['api_key', 'description', 'type'],
}
const SOURCE: SourceKey = { provider: 'test', account: 'a', source: SPEC.id }
const CUTS: readonly Cut[] = [
  defineCut(['api_key', 'description', 'type']),
  defineCut(['api_key', 'type']),
  defineCut(['api_key']),
  defineCut(['description']),
]
const START = Date.UTC(2026, 0, 1, 0, 20)
const SCRAPE_MS = MINUTE

interface Cell {
  readonly key: number
  readonly description: number
  readonly type: number
  /** Buckets after the window's start. */
  readonly hour: number
  readonly amount: number
}

type Operation =
  | { kind: 'advance'; minutes: number }
  | {
      kind: 'answer'
      cut: number
      back: number
      hours: number
      truncated: boolean
      lateMinutes: number
      fails: boolean
      cells: Cell[]
    }
  | { kind: 'retire'; cut: number }
  | { kind: 'rename'; teams: number }
  | { kind: 'cap'; keys: number }
  | { kind: 'prune' }
  | { kind: 'reopen' }
  | { kind: 'release' }

const cell: fc.Arbitrary<Cell> = fc.record({
  key: fc.nat(3),
  description: fc.nat(1),
  type: fc.nat(1),
  hour: fc.nat(11),
  amount: fc.integer({ min: -3, max: 20 }),
})
const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('advance'), minutes: fc.integer({ min: 1, max: 400 }) }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('answer'),
      cut: fc.nat(3),
      back: fc.oneof(fc.integer({ min: -1, max: 6 }), fc.integer({ min: -1, max: 70 })),
      hours: fc.integer({ min: 1, max: 12 }),
      truncated: fc.boolean(),
      lateMinutes: fc.oneof(fc.constant(0), fc.nat(300)),
      fails: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
      cells: fc.array(cell, { maxLength: 12 }),
    }),
  },
  fc.record({ kind: fc.constant('retire'), cut: fc.nat(3) }),
  fc.record({ kind: fc.constant('rename'), teams: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: fc.constant('cap'), keys: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ kind: fc.constant('prune') }),
  fc.record({ kind: fc.constant('reopen') }),
  fc.record({ kind: fc.constant('release') }),
)

async function run(operations: readonly Operation[]): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'ledger-'))
  const world = new World(START)
  const model = new Model(world)
  const open = (): Promise<Ledger> =>
    openLedger({
      dataDir,
      sources: [SPEC],
      booking: world.booking,
      now: () => world.now,
      retentionMs: RETENTION_MS,
      scrapeIntervalMs: SCRAPE_MS,
    })
  let ledger = await open()
  try {
    let before = ledger.counters()
    for (const operation of operations) {
      if (operation.kind === 'reopen') {
        await ledger.close()
        ledger = await open()
        model.reassign()
      } else await perform(operation, ledger, model, world)
      nothingFell(before, ledger.counters())
      before = ledger.counters()
      await agree(ledger, model)
    }
  } finally {
    await ledger.close()
    await rm(dataDir, { recursive: true })
  }
}

async function perform(
  operation: Exclude<Operation, { kind: 'reopen' }>,
  ledger: Ledger,
  model: Model,
  world: World,
): Promise<void> {
  switch (operation.kind) {
    case 'advance':
      world.now += operation.minutes * MINUTE
      return
    case 'answer':
      await answer(operation, ledger, model, world)
      return
    case 'retire': {
      const cut = CUTS[operation.cut] ?? defineCut([])
      await ledger.retire(SOURCE, [cut])
      model.retire(cut)
      return
    }
    case 'rename':
    case 'cap':
      if (operation.kind === 'rename') world.teams = operation.teams
      else world.cap = operation.keys
      await ledger.commitFacts({ provider: 'test', account: 'a', fetchedAt: world.now, names: [] })
      model.reassign()
      return
    case 'prune':
      await ledger.prune()
      model.prune()
      return
    case 'release':
      await ledger.release()
      return
  }
}

async function answer(
  operation: Extract<Operation, { kind: 'answer' }>,
  ledger: Ledger,
  model: Model,
  world: World,
): Promise<void> {
  const cut = CUTS[operation.cut] ?? defineCut([])
  const from = (Math.floor(world.now / HOUR) - operation.back) * HOUR
  const to = from + operation.hours * HOUR
  const fetchedAt = world.now - operation.lateMinutes * MINUTE
  const rows = new Map<string, [Stated, number, Amount]>()
  for (const { key, description, type, hour, amount } of operation.cells) {
    const full: Stated = {
      api_key: KEYS[key] ?? null,
      description: `d${description}`,
      type: `t${type}`,
    }
    const stated = Object.fromEntries(
      cut.dimensions.map((dimension) => [dimension, full[dimension]]),
    ) as Stated
    const bucket = from + (hour % operation.hours) * HOUR
    rows.set(`${JSON.stringify(stated)}@${bucket}`, [stated, bucket, BigInt(amount) * (ONE / 7n)])
  }
  world.crash = operation.fails
  const committed = await ledger
    .commit({
      source: SOURCE,
      cut,
      window: { from, to },
      widthMs: HOUR,
      fetchedAt,
      completeness: operation.truncated ? 'truncated' : 'complete',
      records: [...rows.values()].map(([stated, bucketStart, amount]) => ({
        bucketStart,
        stated,
        measure: 'cost',
        currency: 'USD',
        amount,
        raw: '',
        rawUnit: 'usd',
      })),
    })
    .then(() => true)
    .catch((thrown: unknown) => {
      expect(String(thrown)).toContain('crash in the middle')
      return false
    })
  world.crash = false
  if (committed) model.answer(cut, from, to, fetchedAt, operation.truncated, rows)
}

function nothingFell(before: readonly Counter[], after: readonly Counter[]): void {
  expect(after.length).toBeGreaterThanOrEqual(before.length)
  before.forEach((counter, at) => {
    expect(after[at]?.labels).toEqual(counter.labels)
    expect((after[at]?.published ?? -1n) >= counter.published).toBe(true)
  })
}

async function agree(ledger: Ledger, model: Model): Promise<void> {
  const sums = new Map<string, Amount>()
  for (const { family, labels, ledger: sum } of ledger.counters()) {
    const { key, team, description, type } = labels
    sums.set(`${family} ${JSON.stringify(Object.entries({ description, key, team, type }))}`, sum)
  }
  const nonZero = (map: Map<string, Amount>): [string, Amount][] =>
    [...map].filter(([, amount]) => amount !== 0n).sort(([a], [b]) => (a < b ? -1 : 1))
  expect(nonZero(sums)).toEqual(nonZero(model.counters()))

  for (const state of ledger.sources().flatMap((source) => source.cuts)) {
    const cut = model.cuts.get(cutName(state.cut))
    const cells = [...(cut?.cells.values() ?? [])].filter(({ gone }) => !gone)
    const series = ledger.series(state.id)
    const rows = await ledger.sums({
      cutId: state.id,
      window: { from: 0, to: Number.MAX_SAFE_INTEGER },
      groups: new Map(series.map((one, at) => [one.id, at])),
      bucketStarts: [...new Set(cells.map(({ bucket }) => bucket))].sort((a, b) => a - b),
    })
    const starts = [...new Set(cells.map(({ bucket }) => bucket))].sort((a, b) => a - b)
    const found = rows.map(({ group, bucket, amount }) => [series[group]?.stated, starts[bucket], amount])
    const wanted = cells.map(({ stated, bucket, amount }) => [stated, bucket, amount])
    const order = (a: unknown[], b: unknown[]): number => (text(a) < text(b) ? -1 : 1)
    expect(found.sort(order)).toEqual(wanted.sort(order))
    const marks = state.coverage.flatMap((span) => {
      const buckets: [number, SpanState, number][] = []
      for (let at = span.from; at < span.to; at += HOUR) buckets.push([at, span.state, span.fetchedAt])
      return buckets
    })
    const stateOf = ([at, spanState]: [number, SpanState, number]): [number, SpanState] => [at, spanState]
    const modelMarks = [...(cut?.marks ?? [])].map(([at, mark]): [number, SpanState] => [at, mark.state])
    expect(marks.map(stateOf)).toEqual(modelMarks.sort(([a], [b]) => a - b))
  }
}

function text(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'bigint' ? inner.toString() : inner,
  )
}

test('any sequence of writes leaves the ledger and its counters as a naive model has them', async () => {
  await fc.assert(fc.asyncProperty(fc.array(operation, { minLength: 5, maxLength: 40 }), run), {
    numRuns: 40,
    endOnFailure: false,
    interruptAfterTimeLimit: 100_000,
    markInterruptAsFailure: false,
  })
}, 240_000)

test('a series whose rows vanished before its cut was exposed keeps the counter that it got then', async () => {
  const cell = { key: 3, description: 0, type: 0, hour: 0, amount: 6 }
  const a = { kind: 'answer' as const, truncated: false, lateMinutes: 0, fails: false, hours: 1 }
  await run([
    { ...a, cut: 0, back: 0, cells: [{ ...cell, key: 1 }] },
    { kind: 'advance', minutes: 120 },
    { ...a, cut: 2, back: 0, cells: [cell] },
    { ...a, cut: 2, back: 0, cells: [] },
    { kind: 'cap', keys: 1 },
    { kind: 'retire', cut: 0 },
    { kind: 'advance', minutes: 60 },
    { ...a, cut: 2, back: 0, cells: [{ ...cell, key: 0 }] },
    { kind: 'cap', keys: 4 },
    { ...a, cut: 2, back: 1, cells: [cell] },
  ])
})

test('an answer of which nothing is kept leaves on the disk what it leaves in memory', async () => {
  const a = { kind: 'answer' as const, truncated: false, lateMinutes: 0, fails: false, hours: 1 }
  const cell = { key: 1, description: 0, type: 0, hour: 0, amount: 6 }
  const beyondRetention = { ...a, cut: 0, back: 61, cells: [] }
  await run([
    beyondRetention,
    { kind: 'reopen' },
    { kind: 'advance', minutes: 60 },
    { ...a, cut: 0, back: 0, cells: [cell] },
    { kind: 'retire', cut: 0 },
    beyondRetention,
    { kind: 'reopen' },
    { kind: 'advance', minutes: 60 },
    { ...a, cut: 2, back: 0, cells: [cell] },
  ])
})
