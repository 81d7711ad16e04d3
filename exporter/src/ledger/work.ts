/** One transaction's view of memory: changes are collected here, saved with the rows, and adopted after the commit. */
import type { DuckDBValue } from '@duckdb/node-api'
import type { Amount } from '@usage-explorer/core/amount'
import { cutName, type Cut } from '../usage/cut.ts'
import type { Stated } from '../usage/dimensions.ts'
import type { Measure } from '../usage/measures.ts'
import { sourceKeyText, type SourceKey, type SourceSpec } from '../usage/source.ts'
import type { Transaction } from './database.ts'
import type { Booking, CounterKey, CutState, Series } from './ledger.ts'
import {
  addCounter,
  addSeries,
  assignmentKey,
  counterText,
  readingKey,
  seriesText,
  type Assignment,
  type CounterRow,
  type Memory,
  type Reading,
  type Role,
  type SourceRow,
} from './memory.ts'
import { append, decimal, insert, remove } from './rows.ts'

export interface WorkContext {
  readonly memory: Memory
  readonly booking: Booking
  readonly now: number
  /** How long a new counter shows 0. */
  readonly holdMs: number
  /** Highest ids given so far, shared by all that one transaction writes. */
  readonly ids: Ids
}

export interface Ids {
  source: number
  cut: number
  series: number
  counter: number
}

/** The highest ids that memory knows. */
export function idsOf({ sources, lastIds }: Memory): Ids {
  const all = [...sources.values()]
  return {
    source: Math.max(0, ...all.map(({ id }) => id)),
    cut: Math.max(0, ...all.flatMap(({ cuts }) => cuts.map(({ id }) => id))),
    ...lastIds,
  }
}

export class Work {
  readonly context: WorkContext
  source: SourceRow
  readonly #newSeries: (Series & { rawUnit: string })[] = []
  readonly #seriesIds = new Map<string, number>()
  readonly #counters = new Map<number, CounterRow>()
  readonly #counterIds = new Map<string, number>()
  readonly #assignments = new Map<string, { seriesId: number; role: Role; list: readonly Assignment[] }>()
  readonly #readings = new Map<string, { seriesId: number; reading: Reading }>()

  /** @param epoch of the source, should it be new */
  constructor(context: WorkContext, key: SourceKey, spec: SourceSpec, epoch: number = context.now) {
    this.context = context
    const known = context.memory.sources.get(sourceKeyText(key))
    this.source = known ?? {
      id: ++context.ids.source,
      key,
      spec,
      epoch,
      movedAt: context.now,
      readerState: undefined,
      cuts: [],
      exposures: [],
    }
  }

  /** The state of a cut of this source, made known if it is new. */
  cut(cut: Cut, widthMs: number): CutState {
    const known = this.source.cuts.find((state) => cutName(state.cut) === cutName(cut))
    if (known?.live === true) return known
    if (known !== undefined) return this.replaceCut({ ...known, live: true })
    const state = { id: ++this.context.ids.cut, cut, live: true, widthMs, coverage: [] }
    this.source = { ...this.source, cuts: [...this.source.cuts, state] }
    return state
  }

  replaceCut(state: CutState): CutState {
    const cuts = this.source.cuts.map((old) => (old.id === state.id ? state : old))
    this.source = { ...this.source, cuts }
    return state
  }

  /** Id of a series, made known if it is new. */
  series(cutId: number, stated: Stated, measure: Measure, currency: string, rawUnit: string): number {
    const key = seriesText(cutId, stated, measure, currency)
    const known = this.context.memory.seriesIds.get(key) ?? this.#seriesIds.get(key)
    if (known !== undefined) return known
    const id = ++this.context.ids.series
    this.#newSeries.push({ id, cutId, stated, measure, currency, rawUnit })
    this.#seriesIds.set(key, id)
    return id
  }

  seriesOf(cutId: number): readonly Series[] {
    const known = this.context.memory.seriesByCut.get(cutId) ?? []
    return [...known, ...this.#newSeries.filter((series) => series.cutId === cutId)]
  }

  counterId(key: CounterKey): number {
    const text = counterText(key)
    const known = this.context.memory.counterIds.get(text) ?? this.#counterIds.get(text)
    if (known !== undefined) return known
    const { now, holdMs, ids } = this.context
    const id = ++ids.counter
    this.#counterIds.set(text, id)
    this.#counters.set(id, {
      id,
      ...key,
      ledger: 0n,
      published: 0n,
      bornAt: now,
      visibleAt: now + holdMs,
      shown: false,
    })
    return id
  }

  counter(id: number): CounterRow {
    const counter = this.#counters.get(id) ?? this.context.memory.counters.get(id)
    if (counter === undefined) throw new Error(`there is no counter ${id}`)
    return counter
  }

  /** Adds to a counter; what it publishes follows upward only, and not before its first 0 has stood. */
  add(counterId: number, delta: Amount): void {
    const old = this.counter(counterId)
    const ledger = old.ledger + delta
    this.#counters.set(counterId, {
      ...old,
      ledger,
      published: old.shown && ledger > old.published ? ledger : old.published,
    })
  }

  assignments(seriesId: number, role: Role): readonly Assignment[] {
    const key = assignmentKey(seriesId, role)
    return this.#assignments.get(key)?.list ?? this.context.memory.assignments.get(key) ?? []
  }

  assign(seriesId: number, role: Role, list: readonly Assignment[]): void {
    this.#assignments.set(assignmentKey(seriesId, role), { seriesId, role, list })
  }

  reading(seriesId: number, cycleStart: number | undefined): Reading | undefined {
    const key = readingKey(seriesId, cycleStart)
    return this.#readings.get(key)?.reading ?? this.context.memory.readings.get(key)
  }

  setReading(seriesId: number, reading: Reading): void {
    this.#readings.set(readingKey(seriesId, reading.cycleStart), { seriesId, reading })
  }

  /** Writes what changed, if anything, inside the transaction that writes the rows. */
  async save(transaction: Transaction): Promise<void> {
    const isKnown = this.source === this.context.memory.sources.get(sourceKeyText(this.source.key))
    const changes = [this.#newSeries.length, this.#counters.size, this.#assignments.size, this.#readings.size]
    if (isKnown && changes.every((count) => count === 0)) return
    await saveSource(transaction, this.source)
    await append(
      transaction,
      'series',
      this.#newSeries.map(({ id, cutId, stated, measure, currency, rawUnit }) => [
        id,
        cutId,
        JSON.stringify(stated),
        measure,
        currency,
        rawUnit,
      ]),
    )
    await remove(transaction, 'counter', 'id', [...this.#counters.keys()])
    await append(transaction, 'counter', [...this.#counters.values()].map(counterValues))
    for (const role of ['exposed', 'twin'] as const) {
      const changed = [...this.#assignments.values()].filter((assignment) => assignment.role === role)
      const ids = changed.map(({ seriesId }) => seriesId)
      await remove(transaction, 'assignment', `role = '${role}' AND series_id`, ids)
      const rows = changed.flatMap(({ seriesId, list }) =>
        list.map(({ fromBucket, counterId }) => [seriesId, role, BigInt(fromBucket), counterId]),
      )
      await append(transaction, 'assignment', rows)
    }
    const readings = [...this.#readings.values()]
    for (const cycle of new Set(readings.map(({ reading }) => reading.cycleStart))) {
      const ids = readings
        .filter(({ reading }) => reading.cycleStart === cycle)
        .map(({ seriesId }) => seriesId)
      const condition = `cycle_start IS NOT DISTINCT FROM ${cycle ?? 'NULL'} AND series_id`
      await remove(transaction, 'reading', condition, ids)
    }
    await append(
      transaction,
      'reading',
      readings.map(({ seriesId, reading: { cycleStart, readAt, total } }) => [
        seriesId,
        cycleStart === undefined ? null : BigInt(cycleStart),
        BigInt(readAt),
        decimal(total),
      ]),
    )
  }

  /** Makes memory say what is now committed. */
  adopt(): void {
    const { memory } = this.context
    memory.sources.set(sourceKeyText(this.source.key), this.source)
    for (const series of this.#newSeries) addSeries(memory, series)
    for (const counter of this.#counters.values()) addCounter(memory, counter)
    for (const [key, { list }] of this.#assignments) memory.assignments.set(key, list)
    for (const [key, { reading }] of this.#readings) memory.readings.set(key, reading)
  }
}

async function saveSource(transaction: Transaction, source: SourceRow): Promise<void> {
  const { id, key, cuts, exposures } = source
  const cutIds = cuts.map((cut) => cut.id)
  await remove(transaction, 'source', 'id', [id])
  await remove(transaction, 'exposure', 'source_id', [id])
  await remove(transaction, 'cut', 'source_id', [id])
  await remove(transaction, 'coverage', 'cut_id', cutIds)
  await insert(transaction, 'source', [
    id,
    key.provider,
    key.account,
    key.source,
    BigInt(source.epoch),
    BigInt(source.movedAt),
    source.readerState ?? null,
  ])
  await append(
    transaction,
    'exposure',
    exposures.map(({ role, cutId, from, until, bookedUntil }) => [
      id,
      role,
      cutId,
      BigInt(from),
      until === undefined ? null : BigInt(until),
      BigInt(bookedUntil),
    ]),
  )
  await append(
    transaction,
    'cut',
    cuts.map(({ id: cutId, cut, live, widthMs }) => [cutId, id, cutName(cut), live, BigInt(widthMs)]),
  )
  const spans = cuts.flatMap(({ id: cutId, coverage }) => coverage.map((span) => ({ cutId, ...span })))
  await append(
    transaction,
    'coverage',
    spans.map(({ cutId, from, to, state, fetchedAt, lump, newerTruncated }) => [
      cutId,
      BigInt(from),
      BigInt(to),
      state,
      BigInt(fetchedAt),
      lump === true,
      newerTruncated === true,
    ]),
  )
}

function counterValues(counter: CounterRow): DuckDBValue[] {
  return [
    counter.id,
    counter.family,
    JSON.stringify(counter.labels),
    decimal(counter.ledger),
    decimal(counter.published),
    BigInt(counter.bornAt),
    BigInt(counter.visibleAt),
    counter.shown,
  ]
}
