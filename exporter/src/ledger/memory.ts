/** The small part of the ledger that is kept in memory: everything but facts and documents. Mirrors committed state. */
import type { Amount } from '@usage-explorer/core/amount'
import type { Coverage, Span, SpanState } from '../usage/coverage.ts'
import { defineCut } from '../usage/cut.ts'
import { STATED_DIMENSIONS, type Stated } from '../usage/dimensions.ts'
import { MEASURES, type Measure } from '../usage/measures.ts'
import { sourceKeyText, type SourceKey, type SourceSpec } from '../usage/source.ts'
import type { Counter, CounterKey, CutState, LedgerFacts, Series } from './ledger.ts'
import type { Database, Row } from './database.ts'
import { loadFacts } from './facts.ts'
import { amountOf, integer, optionalInteger, text } from './rows.ts'

export type Role = 'exposed' | 'twin'

/** From which bucket until which a cut feeds counters in a role. */
export interface Exposure {
  readonly role: Role
  readonly cutId: number
  readonly from: number
  /** Exclusive; undefined while it lasts. */
  readonly until: number | undefined
  /** End of the newest bucket that was booked under it. */
  readonly bookedUntil: number
}

export interface SourceRow {
  readonly id: number
  readonly key: SourceKey
  readonly spec: SourceSpec
  readonly epoch: number
  readonly movedAt: number
  readonly readerState: string | undefined
  readonly cuts: readonly CutState[]
  readonly exposures: readonly Exposure[]
}

export interface CounterRow extends Counter {
  readonly id: number
  /** When its first 0 has stood long enough. */
  readonly visibleAt: number
  readonly shown: boolean
}

/** From this bucket on a series feeds this counter. */
export interface Assignment {
  readonly fromBucket: number
  readonly counterId: number
}

export interface Reading {
  readonly cycleStart: number | undefined
  readonly readAt: number
  readonly total: Amount
}

export interface Memory {
  readonly sources: Map<string, SourceRow>
  readonly seriesByCut: Map<number, Series[]>
  /** Series ids by cut and {@link seriesText}. */
  readonly seriesIds: Map<string, number>
  readonly counters: Map<number, CounterRow>
  /** Counter ids by {@link counterText}. */
  readonly counterIds: Map<string, number>
  /** By series and role, ascending. */
  readonly assignments: Map<string, readonly Assignment[]>
  /** Last reading of each series and cycle. */
  readonly readings: Map<string, Reading>
  /** Highest ids given so far; those of purged accounts leave gaps. */
  readonly lastIds: { series: number; counter: number }
  facts: LedgerFacts
  /** Accounts of which nothing is published. */
  readonly hidden: Set<string>
}

/** The records of a series share what they state, so that its text is made once and not for each of them. */
const statedTexts = new WeakMap<Stated, string>()

export function seriesText(cutId: number, stated: Stated, measure: Measure, currency: string): string {
  const known = statedTexts.get(stated)
  const text = known ?? JSON.stringify(STATED_DIMENSIONS.map((one) => stated[one] ?? (one in stated ? 0 : 1)))
  if (known === undefined) statedTexts.set(stated, text)
  return `${cutId} ${measure} ${currency} ${text}`
}

/** What no two counters share: where an account is read from another source since, both feed the one that is shown. */
export function counterText({ family, labels }: CounterKey): string {
  return JSON.stringify([family, Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))])
}

export function assignmentKey(seriesId: number, role: Role): string {
  return `${seriesId}/${role}`
}

export function readingKey(seriesId: number, cycleStart: number | undefined): string {
  return `${seriesId}/${cycleStart ?? ''}`
}

/** Reads everything but facts and documents. `specs` must hold every source that the file mentions. */
export async function loadMemory(database: Database, specs: readonly SourceSpec[]): Promise<Memory> {
  const memory: Memory = {
    sources: await loadSources(database, specs),
    seriesByCut: new Map(),
    seriesIds: new Map(),
    counters: new Map(),
    counterIds: new Map(),
    assignments: new Map(),
    readings: new Map(),
    lastIds: { series: 0, counter: 0 },
    facts: await loadFacts((sql) => database.read(sql)),
    hidden: new Set((await database.read('SELECT account FROM removed')).map((row) => text(row, 'account'))),
  }
  for (const row of await database.read('SELECT * FROM series ORDER BY id')) {
    const measure = MEASURES.find((candidate) => candidate === text(row, 'measure'))
    if (measure === undefined) throw new Error(`the ledger holds an unknown measure: ${text(row, 'measure')}`)
    addSeries(memory, {
      id: integer(row, 'id'),
      cutId: integer(row, 'cut_id'),
      stated: JSON.parse(text(row, 'stated')) as Stated,
      measure,
      currency: text(row, 'currency'),
    })
  }
  for (const row of await database.read('SELECT * FROM counter ORDER BY id'))
    addCounter(memory, toCounter(row))
  for (const row of await database.read('SELECT * FROM assignment ORDER BY from_bucket')) {
    const key = `${integer(row, 'series_id')}/${text(row, 'role')}`
    const assignment = { fromBucket: integer(row, 'from_bucket'), counterId: integer(row, 'counter_id') }
    memory.assignments.set(key, [...(memory.assignments.get(key) ?? []), assignment])
  }
  for (const row of await database.read('SELECT * FROM reading')) {
    const cycleStart = optionalInteger(row, 'cycle_start')
    memory.readings.set(readingKey(integer(row, 'series_id'), cycleStart), {
      cycleStart,
      readAt: integer(row, 'read_at'),
      total: amountOf(row, 'total'),
    })
  }
  return memory
}

export function addSeries(memory: Memory, series: Series): void {
  const list = memory.seriesByCut.get(series.cutId)
  if (list === undefined) memory.seriesByCut.set(series.cutId, [series])
  else list.push(series)
  memory.lastIds.series = Math.max(memory.lastIds.series, series.id)
  memory.seriesIds.set(seriesText(series.cutId, series.stated, series.measure, series.currency), series.id)
}

export function addCounter(memory: Memory, counter: CounterRow): void {
  memory.lastIds.counter = Math.max(memory.lastIds.counter, counter.id)
  memory.counters.set(counter.id, counter)
  memory.counterIds.set(counterText(counter), counter.id)
}

async function loadSources(
  database: Database,
  specs: readonly SourceSpec[],
): Promise<Map<string, SourceRow>> {
  const cuts = await database.read('SELECT * FROM cut ORDER BY id')
  const spans = await database.read('SELECT * FROM coverage ORDER BY from_at')
  const exposures = await database.read('SELECT * FROM exposure ORDER BY from_bucket')
  const sources = new Map<string, SourceRow>()
  for (const row of await database.read('SELECT * FROM source ORDER BY id')) {
    const id = integer(row, 'id')
    const spec = specs.find((candidate) => candidate.id === text(row, 'source'))
    if (spec === undefined) throw new Error(`the ledger holds an unknown source: ${text(row, 'source')}`)
    const key = { provider: text(row, 'provider'), account: text(row, 'account'), source: spec.id }
    sources.set(sourceKeyText(key), {
      id,
      key,
      spec,
      epoch: integer(row, 'epoch'),
      movedAt: integer(row, 'moved_at'),
      readerState: row['reader_state'] === null ? undefined : text(row, 'reader_state'),
      cuts: cuts.filter((cut) => integer(cut, 'source_id') === id).map((cut) => toCut(cut, spans)),
      exposures: exposures.filter((exposure) => integer(exposure, 'source_id') === id).map(toExposure),
    })
  }
  return sources
}

function toCut(row: Row, spans: readonly Row[]): CutState {
  const id = integer(row, 'id')
  const names = text(row, 'dimensions').split('+')
  return {
    id,
    cut: defineCut(STATED_DIMENSIONS.filter((dimension) => names.includes(dimension))),
    live: row['live'] === true,
    widthMs: integer(row, 'width_ms'),
    coverage: spans.filter((span) => integer(span, 'cut_id') === id).map(toSpan) satisfies Coverage,
  }
}

function toSpan(row: Row): Span {
  return {
    from: integer(row, 'from_at'),
    to: integer(row, 'to_at'),
    state: text(row, 'state') as SpanState,
    fetchedAt: integer(row, 'fetched_at'),
    ...(row['lump'] === true ? { lump: true as const } : {}),
    ...(row['newer_truncated'] === true ? { newerTruncated: true as const } : {}),
  }
}

function toExposure(row: Row): Exposure {
  return {
    role: text(row, 'role') as Role,
    cutId: integer(row, 'cut_id'),
    from: integer(row, 'from_bucket'),
    until: optionalInteger(row, 'until_bucket'),
    bookedUntil: integer(row, 'booked_until'),
  }
}

function toCounter(row: Row): CounterRow {
  return {
    id: integer(row, 'id'),
    family: text(row, 'family'),
    labels: JSON.parse(text(row, 'labels')) as Record<string, string>,
    ledger: amountOf(row, 'ledger'),
    published: amountOf(row, 'published'),
    bornAt: integer(row, 'born_at'),
    visibleAt: integer(row, 'visible_at'),
    shown: row['shown'] === true,
  }
}
