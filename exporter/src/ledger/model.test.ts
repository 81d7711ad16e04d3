/** Random operations against a naive model: a map of cells, an array of bookings, and no cleverness. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ONE, type Amount } from '@usage-explorer/core/amount'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HOUR, MINUTE } from '../clock.ts'
import { compareForExposure, cutName, defineCut, type Cut } from '../usage/cut.ts'
import type { Stated } from '../usage/dimensions.ts'
import type { SpanState } from '../usage/coverage.ts'
import type { SourceKey, SourceSpec } from '../usage/source.ts'
import type { Booking, Counter, Ledger } from './ledger.ts'
import { openLedger } from './open.ts'

const SPEC: SourceSpec = {
  id: 'test.billing',
  kind: 'billed',
  measures: ['cost'],
  lagMs: 2 * HOUR,
  canState: ['api_key', 'description', 'type'],
}
const SOURCE: SourceKey = { provider: 'test', account: 'a', source: SPEC.id }
const CUTS: readonly Cut[] = [
  defineCut(['api_key', 'description', 'type']),
  defineCut(['api_key', 'type']),
  defineCut(['api_key']),
  defineCut(['description']),
]
const KEYS = ['k1', 'k2', 'k3', null]
const START = Date.UTC(2026, 0, 1, 0, 20)
const RETENTION_HOURS = 60
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
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('advance'), minutes: fc.integer({ min: 1, max: 400 }) }) },
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
) as fc.Arbitrary<Operation>

/** What the outside decides: who owns which key, how many keys are shown, and whether a write crashes midway. */
class World {
  now = START
  teams = 1
  cap = 4
  crash = false

  readonly booking: Booking = {
    admit: () => undefined,
    counterFor: (_source, _spec, series, role) => {
      if (this.crash) throw new Error('crash in the middle of a write')
      return { family: role, labels: this.labels(series.stated) }
    },
    restatementFor: () => undefined,
  }

  labels(stated: Stated): Record<string, string> {
    const index = KEYS.indexOf(stated.api_key ?? null)
    return {
      key: stated.api_key === undefined ? '' : index < this.cap ? String(KEYS[index]) : 'other',
      team: `team${index % this.teams}`,
      description: stated.description ?? '',
      type: stated.type ?? '',
    }
  }
}

interface ModelCut {
  readonly cut: Cut
  live: boolean
  /** By series and bucket. `gone` cells are beyond retention: no longer in sums, still in counters. */
  readonly cells: Map<string, { stated: Stated; bucket: number; amount: Amount; gone: boolean }>
  readonly marks: Map<number, { state: SpanState; fetchedAt: number }>
}

type Role = 'exposed' | 'twin'

class Model {
  readonly cuts = new Map<string, ModelCut>()
  readonly exposures: { role: Role; cut: ModelCut; from: number; until: number }[] = []
  readonly assigned = new Map<string, { from: number; labels: string }[]>()
  readonly bookedUntil = { exposed: -Infinity, twin: -Infinity }
  epoch: number | undefined
  readonly world: World

  constructor(world: World) {
    this.world = world
  }

  answer(cut: Cut, from: number, to: number, fetchedAt: number, truncated: boolean, rows: Map<string, [Stated, number, Amount]>): void {
    this.epoch ??= this.world.now
    const state = this.cuts.get(cutName(cut)) ?? { cut, live: true, cells: new Map(), marks: new Map() }
    this.cuts.set(cutName(cut), state)
    const horizon = Math.floor((this.world.now - RETENTION_HOURS * HOUR) / HOUR) * HOUR
    const mark = Math.floor(Math.min(to, fetchedAt - SPEC.lagMs) / HOUR) * HOUR
    const open: number[] = []
    for (let bucket = from; bucket < to; bucket += HOUR) {
      if (bucket < horizon || (state.marks.get(bucket)?.fetchedAt ?? -1) > fetchedAt) continue
      open.push(bucket)
    }
    state.live = true
    if (open.length === 0) return
    const before = new Map([...state.cells].map(([key, { amount }]) => [key, amount]))
    for (const bucket of open) {
      const old = state.marks.get(bucket)
      if (bucket >= mark) state.marks.set(bucket, { state: 'provisional', fetchedAt })
      else if (!truncated) state.marks.set(bucket, { state: 'complete', fetchedAt })
      else if (old?.state !== 'complete') state.marks.set(bucket, { state: 'partial', fetchedAt })
    }
    this.expose()
    for (const bucket of open) {
      if (!truncated) for (const [key, old] of state.cells) if (old.bucket === bucket) state.cells.delete(key)
      for (const [key, [stated, at, amount]] of rows) {
        if (at !== bucket || amount === 0n) continue
        this.assign(state, stated, false)
        const stored = before.get(key)
        if (truncated && stored !== undefined && stored >= amount) continue
        state.cells.set(key, { stated, bucket, amount, gone: false })
      }
    }
    for (const key of new Set([...before.keys(), ...state.cells.keys()])) {
      if ((before.get(key) ?? 0n) === (state.cells.get(key)?.amount ?? 0n)) continue
      this.booked(state, Number(key.split('@')[1]))
    }
  }

  retire(cut: Cut): void {
    this.epoch ??= this.world.now
    const state = this.cuts.get(cutName(cut))
    if (state !== undefined) state.live = false
    this.expose()
  }

  reassign(): void {
    for (const { role, cut, until } of this.exposures) {
      if (until !== Infinity) continue
      for (const key of this.assigned.keys()) {
        const [name, stated, of] = JSON.parse(key) as [string, Stated, Role]
        if (name === cutName(cut.cut) && of === role) this.assign(cut, stated, true)
      }
    }
  }

  prune(): void {
    const horizon = Math.floor((this.world.now - RETENTION_HOURS * HOUR) / HOUR) * HOUR
    for (const state of this.cuts.values()) {
      for (const cell of state.cells.values()) if (cell.bucket < horizon) cell.gone = true
      for (const bucket of state.marks.keys()) if (bucket < horizon) state.marks.delete(bucket)
    }
  }

  /** Every counter's sum, from nothing but cells, exposures and assignments. */
  counters(): Map<string, Amount> {
    const sums = new Map<string, Amount>()
    for (const { role, cut, from, until } of this.exposures) {
      for (const { stated, bucket, amount } of cut.cells.values()) {
        if (bucket < from || bucket >= until) continue
        const list = this.assigned.get(JSON.stringify([cutName(cut.cut), stated, role])) ?? []
        const labels = list.findLast((candidate) => candidate.from <= bucket)?.labels
        const key = `${role} ${labels}`
        sums.set(key, (sums.get(key) ?? 0n) + amount)
      }
    }
    return sums
  }

  private expose(): void {
    const read = [...this.cuts.values()].filter((state) => state.live && state.marks.size > 0)
    const [exposed] = read.toSorted((a, b) => compareForExposure(a.cut, b.cut))
    const hasModel = (state: ModelCut): boolean => state.cut.dimensions.includes('description')
    const twin = exposed === undefined || hasModel(exposed) ? undefined : read.find(hasModel)
    for (const [role, wanted] of [['exposed', exposed], ['twin', twin]] as const) {
      const open = this.exposures.find((exposure) => exposure.role === role && exposure.until === Infinity)
      if (open?.cut === wanted) continue
      const from = Math.max(Math.ceil((this.epoch ?? 0) / HOUR) * HOUR, this.bookedUntil[role])
      if (open !== undefined) open.until = from
      if (wanted === undefined) continue
      this.exposures.push({ role, cut: wanted, from, until: Infinity })
      for (const { stated } of wanted.cells.values()) this.assign(wanted, stated, true)
      for (const { bucket } of wanted.cells.values()) {
        if (bucket >= from) this.bookedUntil[role] = Math.max(this.bookedUntil[role], bucket + HOUR)
      }
    }
  }

  private assign(state: ModelCut, stated: Stated, again: boolean): void {
    for (const role of ['exposed', 'twin'] as const) {
      const exposures = this.exposures.filter((exposure) => exposure.role === role && exposure.cut === state)
      if (exposures.length === 0) continue
      const key = JSON.stringify([cutName(state.cut), stated, role])
      const list = this.assigned.get(key) ?? []
      const isOpen = exposures.some((exposure) => exposure.until === Infinity)
      if (list.length > 0 && (!again || !isOpen)) continue
      const labels = JSON.stringify(Object.entries(this.world.labels(stated)).sort())
      if (list.at(-1)?.labels === labels) continue
      const frontier = Math.max(Math.ceil((this.epoch ?? 0) / HOUR) * HOUR, this.bookedUntil[role])
      const from = list.length === 0 ? 0 : frontier
      this.assigned.set(key, [...list.filter((old) => old.from < from), { from, labels }])
    }
  }

  private booked(state: ModelCut, bucket: number): void {
    for (const { role, cut, from, until } of this.exposures) {
      if (cut !== state || bucket < from || bucket >= until) continue
      this.bookedUntil[role] = Math.max(this.bookedUntil[role], bucket + HOUR)
    }
  }
}

async function run(operations: readonly Operation[]): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'ledger-'))
  const world = new World()
  const model = new Model(world)
  const open = (): Promise<Ledger> =>
    openLedger({
      dataDir,
      sources: [SPEC],
      booking: world.booking,
      now: () => world.now,
      retentionMs: RETENTION_HOURS * HOUR,
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
    const stated = Object.fromEntries(cut.dimensions.map((dimension) => [dimension, full[dimension]])) as Stated
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
    const { key, team, description, type } = labels as Record<string, string>
    sums.set(`${family} ${JSON.stringify(Object.entries({ description, key, team, type }))}`, sum ?? 0n)
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
  return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? inner.toString() : inner))
}

test('any sequence of writes leaves the ledger and its counters as a naive model has them', async () => {
  await fc.assert(fc.asyncProperty(fc.array(operation, { minLength: 5, maxLength: 40 }), run), {
    numRuns: 40,
    endOnFailure: false,
    interruptAfterTimeLimit: 100_000,
    markInterruptAsFailure: false,
  })
}, 240_000)
