/** What an answer is compared with: an earlier time, bucket by bucket, or what is usual then. Pure. */
import type { Amount } from '@usage-explorer/core/amount'
import { DateTime } from 'luxon'
import { periodAt } from '../usage/period.ts'
import type { Window } from '../usage/record.ts'
import type { Buckets, Calendar } from './calendar.ts'
import type { Figure, FoldedSeries } from './folding.ts'
import { combine } from './states.ts'

/**
 * `previous`: as long a time before (months before months, days before days). `day` to `year`: the same time so much
 * earlier by the calendar. `usual`: the median of the same hours of the week in the four weeks before (of the four
 * months before, where buckets are months).
 */
export const COMPARISONS = ['previous', 'day', 'week', 'month', 'year', 'usual'] as const
export type Comparison = (typeof COMPARISONS)[number]

const USUAL_OF = 4
/** A median of fewer says nothing. */
const FEWEST = 2

/** An earlier time, laid beside the answer's buckets. */
export interface Shifted {
  readonly calendar: Calendar
  /** For each bucket of the answer the bucket of `calendar` beside it; -1: none, as of a 31st in a shorter month. */
  readonly beside: readonly number[]
}

export interface ComparedFigure extends Figure {
  /** Of what is usual: the lowest and highest of what the median was taken of. */
  readonly low?: Amount
  readonly high?: Amount
}

export interface ComparedSeries {
  readonly points: readonly ComparedFigure[]
  readonly total: ComparedFigure
}

type Shift = Readonly<Partial<Record<'milliseconds' | 'days' | 'weeks' | 'months' | 'years', number>>>

/** The earlier times that a comparison needs, the latest first. */
export function shiftedCalendars(
  comparison: Comparison,
  calendar: Calendar,
  granularity: Buckets,
  zone: string,
): Shifted[] {
  return shiftsOf(comparison, calendar.window, granularity, zone).map((shift) => {
    const earlier = (at: number): number => DateTime.fromMillis(at, { zone }).minus(shift).toMillis()
    const window = { from: earlier(calendar.window.from), to: earlier(calendar.window.to) }
    const starts: number[] = []
    const beside = calendar.starts.map((start) => {
      const at = earlier(start)
      // Clock changes and short months put two buckets on one: the first has it.
      if (at >= window.to || at <= (starts.at(-1) ?? -Infinity)) return -1
      return starts.push(at) - 1
    })
    return { calendar: { window, starts }, beside }
  })
}

/** @param series the same group at each of the earlier times */
export function compareWith(
  comparison: Comparison,
  shifted: readonly Shifted[],
  series: readonly (FoldedSeries | undefined)[],
  buckets: number,
): ComparedSeries {
  const unknown: Figure = { amount: null, state: 'unknown' }
  const merge = comparison === 'usual' ? usual : ([figure = unknown]: readonly Figure[]) => figure
  const points = Array.from({ length: buckets }, (_, bucket) =>
    merge(shifted.map(({ beside }, index) => series[index]?.points[beside[bucket] ?? -1] ?? unknown)),
  )
  return { points, total: merge(series.map((one) => one?.total ?? unknown)) }
}

function shiftsOf(comparison: Comparison, window: Window, granularity: Buckets, zone: string): Shift[] {
  switch (comparison) {
    case 'day':
      return [{ days: 1 }]
    case 'week':
      return [{ weeks: 1 }]
    case 'month':
      return [{ months: 1 }]
    case 'year':
      return [{ years: 1 }]
    case 'previous':
      return [lengthOf(window, zone)]
    case 'usual': {
      const unit = granularity === 'month' ? 'months' : 'weeks'
      return Array.from({ length: USUAL_OF }, (_, index) => ({ [unit]: index + 1 }))
    }
  }
}

/** In months or days where it is whole ones of the zone, so that clock changes and short months do not shift it. */
function lengthOf({ from, to }: Window, zone: string): Shift {
  for (const unit of ['month', 'day'] as const) {
    if (periodAt(unit, from, zone).from !== from || periodAt(unit, to, zone).from !== to) continue
    const count = DateTime.fromMillis(to, { zone }).diff(DateTime.fromMillis(from, { zone }), unit).as(unit)
    return { [`${unit}s`]: Math.round(count) }
  }
  return { milliseconds: to - from }
}

function usual(figures: readonly Figure[]): ComparedFigure {
  const { state } = combine(figures.map((one) => ({ state: one.state, known: one.amount !== null })))
  const known = figures.flatMap(({ amount }) => amount ?? []).sort((a, b) => (a < b ? -1 : Number(a > b)))
  const [low] = known
  const high = known.at(-1)
  if (known.length < FEWEST || low === undefined || high === undefined) return { state, amount: null }
  const middle = known.length / 2
  const [a = 0n, b = 0n] = [known[Math.ceil(middle) - 1], known[Math.floor(middle)]]
  return { state, amount: (a + b) / 2n, low, high }
}
