/** Reads and sums what a query asks for, exactly, before anything is put into words. */
import { DAY, HOUR } from '../clock.ts'
import { UsageExplorerError } from '../errors.ts'
import { oneOf } from '../usage/filters.ts'
import { resolveMoment } from '../usage/moment.ts'
import { autoGranularity, widen, type Granularity } from '../usage/period.ts'
import type { Window } from '../usage/record.ts'
import { bucketWindow, zoneCalendar, type Buckets, type Calendar } from './calendar.ts'
import { shiftedCalendars, type Shifted } from './comparison.ts'
import type { QuestionContext } from './context.ts'
import { measureSeries, rankGroups, type MeasuredSeries } from './measured.ts'
import type { AskedMeasure } from './measures.ts'
import type { Notice } from './notices.ts'
import { iso } from './present.ts'
import type { Query } from './query.ts'
import { readsDaily } from './reading.ts'
import { planOf, TermReader, type Plan, type ReadOrder } from './terms.ts'

/** More would be an answer that nobody looks at and that would hold up everybody else. */
const MOST_BUCKETS = 5000
const MOST_POINTS = 500_000

const BUCKET_MS: Readonly<Record<Granularity, number>> = {
  hour: HOUR,
  day: DAY,
  week: 7 * DAY,
  month: 28 * DAY,
}

/** What was asked, as it was understood, and what it measures. */
export interface Measurement {
  /** With what the asker may not see filtered out. */
  readonly query: Query
  readonly zone: string
  readonly granularity: Buckets
  readonly calendar: Calendar
  readonly shifted: readonly Shifted[]
  readonly measures: readonly {
    readonly asked: AskedMeasure
    readonly series: readonly MeasuredSeries[]
    readonly totals: readonly MeasuredSeries[]
  }[]
  readonly plans: readonly Plan[]
  /** Has read what the plans need. */
  readonly reader: TermReader
  readonly notices: readonly Notice[]
}

/** @throws UsageExplorerError QUERY_INVALID, QUERY_ZONE_UNSUPPORTED */
export async function measureQuery(context: QuestionContext, asked: Query): Promise<Measurement> {
  const query = limited(asked, context.teams)
  const now = context.now()
  const zone = query.zone ?? context.config.zone
  const window = windowOf(query, now, zone)
  const { plans, notices } = await planOf(context, query)
  const granularity = granularityOf(context, query, window, zone, plans)
  const order: ReadOrder = { query, granularity, zone }
  const calendar = zoneCalendar(window, granularity, zone)
  const reader = new TermReader(context, order, calendar)
  const shifted =
    query.compare === undefined ? [] : shiftedCalendars(query.compare, calendar, granularity, zone)
  const earlier = shifted.map((one) => new TermReader(context, order, one.calendar))
  const ranking = await rankGroups(plans, [reader, ...earlier], query.top)
  const measures: Measurement['measures'][number][] = []
  let points = 0
  for (const plan of plans) {
    const passed = passedOf(calendar, now)
    const measured = await measureSeries(plan, { query, ranking, present: reader, earlier, shifted, passed })
    points += measured.series.length * calendar.starts.length
    if (points > MOST_POINTS) {
      throw new UsageExplorerError(
        'QUERY_INVALID',
        `top: series times buckets may be at most ${MOST_POINTS}; take fewer, a shorter range or a coarser granularity`,
      )
    }
    measures.push({ asked: plan.asked, ...measured })
  }
  return { query, zone, granularity, calendar, shifted, measures, plans, reader, notices }
}

/** Nothing but what the asker may see is summed, whatever else the filters say. */
function limited(query: Query, teams: QuestionContext['teams']): Query {
  return teams === undefined ? query : { ...query, where: [...query.where, oneOf('team', teams)] }
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

function passedOf(calendar: Calendar, now: number): { buckets: Window[]; whole: Window } {
  const passed = ({ from, to }: Window): Window => ({ from, to: Math.max(from, Math.min(to, now)) })
  return {
    buckets: calendar.starts.map((_, index) => passed(bucketWindow(calendar, index))),
    whole: passed(calendar.window),
  }
}

/** By the hour only if everybody has hours; asked for explicitly, those who have not are left unknown. */
function granularityOf(
  context: QuestionContext,
  query: Query,
  window: Window,
  zone: string,
  plans: readonly Plan[],
): Buckets {
  let granularity: Buckets = query.granularity === 'auto' ? autoGranularity(window) : query.granularity
  if (query.granularity === 'auto' && granularity === 'hour') {
    const { groupBy, where } = query
    const calendar = { window, starts: [] }
    const daily = plans.some(({ terms, subjects }) =>
      subjects.some(({ sources }) => {
        const measure = terms[0]?.measure ?? 'cost'
        return readsDaily(context, sources, {
          measure,
          rankAs: measure,
          groupBy,
          where,
          calendar,
          buckets: 'day',
          zone,
        })
      }),
    )
    if (daily) granularity = 'day'
  }
  if (granularity !== 'total' && (window.to - window.from) / BUCKET_MS[granularity] > MOST_BUCKETS) {
    throw new UsageExplorerError(
      'QUERY_INVALID',
      `granularity: an answer may have at most ${MOST_BUCKETS} buckets; take a coarser one or a shorter range`,
    )
  }
  return granularity
}
