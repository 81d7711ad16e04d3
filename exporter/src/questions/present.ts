/** An answer as JSON: exact figures as decimal strings, instants as ISO 8601 in UTC, null for what is unknown. */
import { formatAmount } from '@usage-explorer/core/amount'
import { SECOND } from '../clock.ts'
import type { SourceState } from '../ledger/ledger.ts'
import { watermark } from '../usage/coverage.ts'
import { cutName } from '../usage/cut.ts'
import type { NamedKind } from '../usage/facts.ts'
import type { Measure } from '../usage/measures.ts'
import type { Granularity } from '../usage/period.ts'
import type { SourceKind } from '../usage/source.ts'
import type { Account, QuestionContext } from './context.ts'
import { foldFigures, type Figure, type FoldedSeries } from './folding.ts'
import type { Notice } from './notices.ts'
import type { Query } from './query.ts'
import type { Reading } from './reading.ts'
import type { PointState } from './states.ts'

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

const NAMED: readonly NamedKind[] = ['api_key', 'user', 'project', 'model']

export function presentTotals(
  measure: Measure,
  starts: readonly string[],
  readings: readonly Reading[],
  folded: readonly FoldedSeries[],
): AnsweredTotal[] {
  const currencies = new Set(folded.map(({ currency }) => currency))
  if (currencies.size === 0) currencies.add('')
  return [...currencies].map((currency) => {
    const series = folded.filter((one) => one.currency === currency)
    const points = starts.map((_, bucket) =>
      foldFigures(
        series.flatMap(({ points }) => points[bucket] ?? []),
        readings.flatMap(({ statuses }) => statuses[bucket] ?? []),
      ),
    )
    const total = foldFigures(
      series.map((one) => one.total),
      readings.flatMap(({ statuses }) => statuses),
    )
    return { measure, currency, ...figure(total), points: answeredPoints(starts, points) }
  })
}

export function presentSeries(
  { identity }: QuestionContext,
  { groupBy }: Query,
  measure: Measure,
  starts: readonly string[],
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

export function presentSources(
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

function answeredPoints(starts: readonly string[], points: readonly Figure[]): AnsweredPoint[] {
  return starts.map((start, index) => {
    return { start, ...figure(points[index] ?? { amount: null, state: 'unknown' }) }
  })
}

function figure({ amount, state }: Figure): AnsweredFigure {
  return { amount: amount === null ? null : formatAmount(amount), state }
}

export function iso(at: number): string {
  return new Date(at).toISOString()
}
