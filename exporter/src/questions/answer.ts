/** Answers a query: what to read for each account and measure, folded into series, with all that it could not say. */
import { DAY, HOUR } from '../clock.ts'
import { UsageExplorerError } from '../errors.ts'
import { resolveMoment } from '../usage/moment.ts'
import { autoGranularity, widen, type Granularity } from '../usage/period.ts'
import type { Window } from '../usage/record.ts'
import { zoneCalendar } from './calendar.ts'
import type { QuestionContext } from './context.ts'
import { foldSeries } from './folding.ts'
import { noticesOf } from './notices.ts'
import {
  iso,
  presentSeries,
  presentSources,
  presentTotals,
  type AnsweredSeries,
  type AnsweredTotal,
  type QueryAnswer,
  type TakenSource,
} from './present.ts'
import type { Query } from './query.ts'
import { read, readsDaily, type Ask, type Reading } from './reading.ts'
import { subjectsOf, type Subject } from './subjects.ts'

/** More would be an answer that nobody looks at and that would hold up everybody else. */
const MOST_BUCKETS = 5000
const MOST_POINTS = 500_000

const BUCKET_MS: Readonly<Record<Granularity, number>> = {
  hour: HOUR,
  day: DAY,
  week: 7 * DAY,
  month: 28 * DAY,
}
/** @throws UsageExplorerError QUERY_INVALID, QUERY_ZONE_UNSUPPORTED */
export async function answerQuery(context: QuestionContext, asked: Query): Promise<QueryAnswer> {
  const query = limited(asked, context.teams)
  const now = context.now()
  const zone = query.zone ?? context.config.zone
  const window = windowOf(query, now, zone)
  const subjects = await subjectsOf(context, query)
  const granularity = granularityOf(context, query, window, zone, subjects)
  const calendar = zoneCalendar(window, granularity, zone)
  const starts = calendar.starts.map(iso)
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
      sources.push(...presentSources(reading, subject.sources, now))
      readings.push(reading)
    }
    const folded = foldSeries(readings, query.groupBy, calendar.starts.length, query.top)
    if ((series.length + folded.length) * calendar.starts.length > MOST_POINTS) {
      throw new UsageExplorerError(
        'QUERY_INVALID',
        `top: series times buckets may be at most ${MOST_POINTS}; take fewer, a shorter range or a coarser granularity`,
      )
    }
    series.push(...folded.map((one) => presentSeries(context, query, measure, starts, one)))
    totals.push(...presentTotals(measure, starts, readings, folded))
  }
  return { from: iso(window.from), to: iso(window.to), zone, granularity, series, totals, notices, sources }
}

/** Nothing but what the asker may see is summed, whatever else the filters say. */
function limited(query: Query, teams: QuestionContext['teams']): Query {
  return teams === undefined
    ? query
    : { ...query, where: [...query.where, { dimension: 'team', values: teams }] }
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
