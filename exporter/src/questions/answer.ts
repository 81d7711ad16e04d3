/** Answers a query: what to read for each account and measure, folded into series, with all that it could not say. */
import { formatAmount, type Amount } from '@usage-explorer/core/amount'
import { DAY, HOUR, SECOND } from '../clock.ts'
import { UsageExplorerError } from '../errors.ts'
import type { SourceState } from '../ledger/ledger.ts'
import { watermark } from '../usage/coverage.ts'
import { cutName } from '../usage/cut.ts'
import type { NamedKind } from '../usage/facts.ts'
import type { Measure } from '../usage/measures.ts'
import { resolveMoment } from '../usage/moment.ts'
import { autoGranularity, widen, type Granularity } from '../usage/period.ts'
import type { Window } from '../usage/record.ts'
import type { SourceKind } from '../usage/source.ts'
import { zoneCalendar } from './calendar.ts'
import type { Account, QuestionContext } from './context.ts'
import { foldSeries, foldTotal, type Figure, type FoldedSeries } from './folding.ts'
import { noticesOf, type Notice } from './notices.ts'
import type { Query } from './query.ts'
import { read, readsDaily, type Ask, type Reading } from './reading.ts'
import { combine, type PointState } from './states.ts'
import { subjectsOf, type Subject } from './subjects.ts'

/** JSON. Instants are ISO 8601 in UTC, amounts decimal strings, null is unknown. */
export interface QueryAnswer {
  /** The window that was answered: the asked one, widened to whole hours. `to` is exclusive. */
  readonly from: string
  readonly to: string
  readonly zone: string
  readonly granularity: Granularity
  readonly series: readonly AnsweredSeries[]
  /** One for each measure and currency. */
  readonly totals: readonly AnsweredTotal[]
  readonly notices: readonly Notice[]
  readonly sources: readonly TakenSource[]
}

export interface AnsweredFigure {
  readonly amount: string | null
  readonly state: PointState
}

export interface AnsweredTotal extends AnsweredFigure {
  readonly measure: Measure
  /** '' where the measure is not money, or no amount was ever stated. */
  readonly currency: string
  readonly points: readonly AnsweredPoint[]
}

export interface AnsweredPoint extends AnsweredFigure {
  readonly start: string
}

export interface AnsweredSeries {
  readonly measure: Measure
  readonly currency: string
  /** Group-by → id. */
  readonly dimensions: Readonly<Record<string, string>>
  /** Group-by → what to show for the id, where it has a name. */
  readonly names: Readonly<Record<string, string>>
  readonly points: readonly AnsweredPoint[]
  readonly total: AnsweredFigure
}

/** What was read, and from when to when. */
export interface TakenSource extends Account {
  readonly measure: Measure
  readonly source: string
  readonly kind: SourceKind
  readonly cut: string
  readonly from: string
  readonly to: string
  /** Up to when its data is in. */
  readonly watermark: string | null
  /** Since its data last advanced. */
  readonly age_seconds: number
}

/** More would be an answer that nobody looks at and that would hold up everybody else. */
export const MOST_BUCKETS = 5000
export const MOST_POINTS = 500_000

const BUCKET_MS: Readonly<Record<Granularity, number>> = {
  hour: HOUR,
  day: DAY,
  week: 7 * DAY,
  month: 28 * DAY,
}
const NAMED: readonly NamedKind[] = ['api_key', 'user', 'project', 'model']

/** @throws UsageExplorerError QUERY_INVALID, QUERY_ZONE_UNSUPPORTED */
export async function answerQuery(context: QuestionContext, query: Query): Promise<QueryAnswer> {
  const now = context.now()
  const zone = query.zone ?? context.config.zone
  const window = windowOf(query, now, zone)
  const subjects = await subjectsOf(context, query)
  const granularity = granularityOf(context, query, window, zone, subjects)
  const calendar = zoneCalendar(window, granularity, zone)
  const series: AnsweredSeries[] = []
  const totals: AnsweredTotal[] = []
  const notices = subjects.flatMap((subject) => subject.notices)
  const sources: TakenSource[] = []
  for (const measure of query.measures) {
    const readings: Reading[] = []
    for (const subject of subjects) {
      if (subject.measure !== measure || subject.sources.length === 0) continue
      const { groupBy, where } = query
      const ask = { measure, groupBy, where, calendar, granularity, zone }
      const reading = await read(context, subject.account, subject.sources, ask)
      const reasons = context.neverReports(subject.account.provider)
      const filters = where.map(({ dimension }) => dimension)
      notices.push(...noticesOf(reading, { groupBy, filters, reasons }, now))
      sources.push(...takenOf(reading, subject.sources, now))
      readings.push(reading)
    }
    const folded = foldSeries(readings, query.groupBy, calendar.starts.length, query.top)
    if ((series.length + folded.length) * calendar.starts.length > MOST_POINTS) {
      throw new UsageExplorerError(
        'QUERY_INVALID',
        `top: series times buckets may be at most ${MOST_POINTS}; take fewer, a shorter range or a coarser granularity`,
      )
    }
    series.push(...folded.map((one) => describe(context, query, measure, calendar.starts, one)))
    totals.push(...totalsOf(measure, calendar.starts, readings, folded))
  }
  return { from: iso(window.from), to: iso(window.to), zone, granularity, series, totals, notices, sources }
}

function windowOf(query: Query, now: number, zone: string): Window {
  const from = resolveMoment(query.from, 'from', now, zone)
  const to = resolveMoment(query.to, 'to', now, zone)
  if (from >= to) {
    throw new UsageExplorerError(
      'QUERY_INVALID',
      `from: must be before to; they are ${iso(from)} and ${iso(to)}`,
    )
  }
  return widen({ from, to }, 'hour', zone)
}

/** By the hour only if everybody has hours; asked for explicitly, those who have not are left unknown. */
function granularityOf(
  context: QuestionContext,
  query: Query,
  window: Window,
  zone: string,
  subjects: readonly Subject[],
): Granularity {
  const length = window.to - window.from
  let granularity = query.granularity === 'auto' ? autoGranularity(window) : query.granularity
  if (query.granularity === 'auto' && granularity === 'hour') {
    const { groupBy, where } = query
    const calendar = { window, starts: [] }
    const daily = subjects.some(({ measure, sources }) => {
      const ask: Ask = { measure, groupBy, where, calendar, granularity: 'day', zone }
      return readsDaily(context, sources, ask)
    })
    if (daily) granularity = 'day'
  }
  if (length / BUCKET_MS[granularity] > MOST_BUCKETS) {
    throw new UsageExplorerError(
      'QUERY_INVALID',
      `granularity: an answer may have at most ${MOST_BUCKETS} buckets; take a coarser one or a shorter range`,
    )
  }
  return granularity
}

function totalsOf(
  measure: Measure,
  starts: readonly number[],
  readings: readonly Reading[],
  folded: readonly FoldedSeries[],
): AnsweredTotal[] {
  const currencies = new Set(folded.map(({ currency }) => currency))
  if (currencies.size === 0) currencies.add('')
  return [...currencies].map((currency) => {
    const series = folded.filter((one) => one.currency === currency)
    const points = starts.map((_, bucket): Figure => {
      const { state, known } = combine(readings.flatMap(({ statuses }) => statuses[bucket] ?? []))
      return { state, amount: known ? sumOf(series.map(({ points }) => points[bucket])) : null }
    })
    const total = foldTotal(readings, sumOf(series.map((one) => one.total)))
    return { measure, currency, ...figure(total), points: answeredPoints(starts, points) }
  })
}

function describe(
  { identity }: QuestionContext,
  { groupBy }: Query,
  measure: Measure,
  starts: readonly number[],
  { values, currency, account, points, total }: FoldedSeries,
): AnsweredSeries {
  const ids = groupBy.map((dimension, index) => [dimension, values[index] ?? ''] as const)
  const names = ids.flatMap(([dimension, id]) => {
    const kind = NAMED.find((named) => named === dimension)
    const name = kind === undefined ? undefined : identity.displayName(kind, { ...account, id })
    return name === undefined ? [] : [[dimension, name] as const]
  })
  return {
    measure,
    currency,
    dimensions: Object.fromEntries(ids),
    names: Object.fromEntries(names),
    points: answeredPoints(starts, points),
    total: figure(total),
  }
}

function takenOf(
  { account, measure, segments }: Reading,
  states: readonly SourceState[],
  now: number,
): TakenSource[] {
  const found: TakenSource[] = []
  for (const { from, to, taken } of segments) {
    const { source, cut } = taken
    const last = found.at(-1)
    const name = cutName(cut.cut)
    if (last?.source === source.key.source && last.cut === name && last.to === iso(from)) {
      found[found.length - 1] = { ...last, to: iso(to) }
      continue
    }
    const mark = watermark(cut.coverage)
    const movedAt = states.find((state) => state.spec.id === source.spec.id)?.movedAt ?? now
    found.push({
      ...account,
      measure,
      source: source.key.source,
      kind: source.spec.kind,
      cut: name,
      from: iso(from),
      to: iso(to),
      watermark: mark === undefined ? null : iso(mark),
      age_seconds: Math.max(0, Math.floor((now - movedAt) / SECOND)),
    })
  }
  return found
}

function answeredPoints(starts: readonly number[], points: readonly Figure[]): AnsweredPoint[] {
  return starts.map((start, index) => {
    return { start: iso(start), ...figure(points[index] ?? { amount: null, state: 'unknown' }) }
  })
}

function sumOf(figures: readonly (Figure | undefined)[]): Amount {
  return figures.reduce((sum, figure) => sum + (figure?.amount ?? 0n), 0n)
}

function figure({ amount, state }: Figure): AnsweredFigure {
  return { amount: amount === null ? null : formatAmount(amount), state }
}

function iso(at: number): string {
  return new Date(at).toISOString()
}
