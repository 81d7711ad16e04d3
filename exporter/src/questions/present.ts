/** An answer as JSON: exact figures as decimal strings, instants as ISO 8601 in UTC, null for what is unknown. */
import { formatAmount } from '@usage-explorer/core/amount'
import { SECOND } from '../clock.ts'
import type { Identity } from '../identity/identity.ts'
import { watermark } from '../usage/coverage.ts'
import { cutName } from '../usage/cut.ts'
import type { QuestionDimension } from '../usage/dimensions.ts'
import type { SourceKind } from '../usage/source.ts'
import type { Buckets } from './calendar.ts'
import type { ComparedFigure, ComparedSeries, Comparison } from './comparison.ts'
import type { Account, QuestionContext } from './context.ts'
import type { Figure } from './folding.ts'
import type { MeasuredSeries } from './measured.ts'
import { MEASURE_TABLE, type AskedMeasure, type Unit } from './measures.ts'
import { noticedMeasure, type Notice, type NoticedMeasure } from './notices.ts'
import type { Query } from './query.ts'
import type { Reading } from './reading.ts'
import type { PointState } from './states.ts'
import { namedKind } from './sums.ts'

export interface QueryAnswer {
  /** The window that was answered: the asked one, widened to whole hours. `to` is exclusive. */
  readonly from: string
  readonly to: string
  readonly zone: string
  readonly granularity: Buckets
  /** The earlier time that the figures are compared with. */
  readonly compared: { readonly with: Comparison; readonly from: string; readonly to: string } | null
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
  readonly measure: AskedMeasure
  readonly unit: Unit
  /** '' where the measure is not money, or no amount was ever stated. */
  readonly currency: string
  readonly points: readonly AnsweredPoint[]
  /** Where a comparison was asked for. */
  readonly compared?: AnsweredComparison
}

/** Its points stand at the starts of the buckets that they are compared with. */
export interface AnsweredComparison {
  readonly points: readonly (AnsweredPoint & Spread)[]
  readonly total: AnsweredFigure & Spread
}

/** Of what is usual: the lowest and the highest of what the median was taken of. */
interface Spread {
  readonly low?: string
  readonly high?: string
}

export interface AnsweredPoint extends AnsweredFigure {
  readonly start: string
}

export interface AnsweredSeries {
  readonly measure: AskedMeasure
  readonly unit: Unit
  readonly currency: string
  /** Group-by → id. */
  readonly dimensions: Readonly<Record<string, string>>
  /** Group-by → what to show for the id, where it has a name. */
  readonly names: Readonly<Record<string, string>>
  readonly points: readonly AnsweredPoint[]
  readonly total: AnsweredFigure
  /** Where a comparison was asked for. */
  readonly compared?: AnsweredComparison
}

/** What was read, and from when to when. */
export interface TakenSource extends Account {
  readonly measure: NoticedMeasure
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

export function presentTotal(
  measure: AskedMeasure,
  starts: readonly string[],
  { currency, points, total, compared }: MeasuredSeries,
): AnsweredTotal {
  const { unit } = MEASURE_TABLE[measure]
  return {
    measure,
    unit,
    currency,
    ...figure(total),
    points: answeredPoints(starts, points),
    ...presentCompared(starts, compared),
  }
}

export function presentSeries(
  { identity }: QuestionContext,
  { groupBy }: Query,
  measure: AskedMeasure,
  starts: readonly string[],
  { values, currency, account, points, total, compared }: MeasuredSeries,
): AnsweredSeries {
  const ids = groupBy.map((dimension, index) => [dimension, values[index] ?? ''] as const)
  const names = ids.flatMap(([dimension, id]) => {
    const name = nameOf(identity, dimension, { ...account, id })
    return name === undefined ? [] : [[dimension, name] as const]
  })
  return {
    measure,
    unit: MEASURE_TABLE[measure].unit,
    currency,
    dimensions: Object.fromEntries(ids),
    names: Object.fromEntries(names),
    points: answeredPoints(starts, points),
    total: figure(total),
    ...presentCompared(starts, compared),
  }
}

/** What to show for the id, where it has a name. */
export function nameOf(
  identity: Identity,
  dimension: QuestionDimension,
  of: Account & { readonly id: string },
): string | undefined {
  const kind = namedKind(dimension)
  return kind === undefined ? undefined : identity.displayName(kind, of)
}

export function presentSources({ account, measure, segments, sources }: Reading, now: number): TakenSource[] {
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
    const movedAt = sources.find((state) => state.spec.id === source.spec.id)?.movedAt ?? now
    found.push({
      ...account,
      measure: noticedMeasure(measure),
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

function answeredPoints(starts: readonly string[], points: readonly Figure[]): AnsweredPoint[] {
  return starts.map((start, index) => {
    return { start, ...figure(points[index] ?? { amount: null, state: 'unknown' }) }
  })
}

function presentCompared(
  starts: readonly string[],
  compared: ComparedSeries | undefined,
): { compared?: AnsweredComparison } {
  if (compared === undefined) return {}
  const spread = ({ low, high }: ComparedFigure): Spread =>
    low === undefined || high === undefined ? {} : { low: formatAmount(low), high: formatAmount(high) }
  const points = starts.map((start, index) => {
    const point = compared.points[index] ?? { amount: null, state: 'unknown' }
    return { start, ...figure(point), ...spread(point) }
  })
  return { compared: { points, total: { ...figure(compared.total), ...spread(compared.total) } } }
}

function figure({ amount, state }: Figure): AnsweredFigure {
  return { amount: amount === null ? null : formatAmount(amount), state }
}

export function iso(at: number): string {
  return new Date(at).toISOString()
}
