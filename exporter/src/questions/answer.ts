/** Answers a query: what to read for each account and measure, folded into series, with all that it could not say. */
import { DAY, HOUR } from '../clock.ts'
import { UsageExplorerError } from '../errors.ts'
import type { QuestionDimension } from '../usage/dimensions.ts'
import { resolveMoment } from '../usage/moment.ts'
import { autoGranularity, widen, type Granularity } from '../usage/period.ts'
import type { Window } from '../usage/record.ts'
import { bucketWindow, zoneCalendar, type Buckets, type Calendar } from './calendar.ts'
import { shiftedCalendars } from './comparison.ts'
import type { QuestionContext } from './context.ts'
import { oneOf } from '../usage/filters.ts'
import { measureSeries, rankGroups } from './measured.ts'
import { notice, noticedMeasure, noticesOf, type Notice } from './notices.ts'
import {
  iso,
  presentSeries,
  presentSources,
  presentTotal,
  type AnsweredSeries,
  type AnsweredTotal,
  type QueryAnswer,
  type TakenSource,
} from './present.ts'
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

/** @throws UsageExplorerError QUERY_INVALID, QUERY_ZONE_UNSUPPORTED */
export async function answerQuery(context: QuestionContext, asked: Query): Promise<QueryAnswer> {
  const query = limited(asked, context.teams)
  const now = context.now()
  const zone = query.zone ?? context.config.zone
  const window = windowOf(query, now, zone)
  const { plans, notices } = await planOf(context, query)
  const granularity = granularityOf(context, query, window, zone, plans)
  const order: ReadOrder = { query, granularity, zone }
  const calendar = zoneCalendar(window, granularity, zone)
  const present = new TermReader(context, order, calendar)
  const shifted =
    query.compare === undefined ? [] : shiftedCalendars(query.compare, calendar, granularity, zone)
  const earlier = shifted.map((one) => new TermReader(context, order, one.calendar))
  const ranking = await rankGroups(plans, [present, ...earlier], query.top)
  const starts = calendar.starts.map(iso)
  const series: AnsweredSeries[] = []
  const totals: AnsweredTotal[] = []
  for (const plan of plans) {
    const measured = await measureSeries(plan, {
      query,
      ranking,
      present,
      earlier,
      shifted,
      passed: passedOf(calendar, now),
    })
    if ((series.length + measured.series.length) * starts.length > MOST_POINTS) {
      throw new UsageExplorerError(
        'QUERY_INVALID',
        `top: series times buckets may be at most ${MOST_POINTS}; take fewer, a shorter range or a coarser granularity`,
      )
    }
    series.push(...measured.series.map((one) => presentSeries(context, query, plan.asked, starts, one)))
    totals.push(...measured.totals.map((one) => presentTotal(plan.asked, starts, one)))
  }
  const told = await tell(context, query, plans, present, now)
  const [first] = shifted
  return {
    from: iso(window.from),
    to: iso(window.to),
    zone,
    granularity,
    compared:
      first === undefined || query.compare === undefined
        ? null
        : {
            with: query.compare,
            from: iso(Math.min(...shifted.map((one) => one.calendar.window.from))),
            to: iso(first.calendar.window.to),
          },
    series,
    totals,
    notices: distinct([...notices, ...told.notices]),
    sources: distinct(told.sources),
  }
}

/** What was read, and what that could not say. */
async function tell(
  context: QuestionContext,
  { groupBy, where }: Query,
  plans: readonly Plan[],
  present: TermReader,
  now: number,
): Promise<{ notices: Notice[]; sources: TakenSource[] }> {
  const notices: Notice[] = []
  const sources: TakenSource[] = []
  const filters = where.map(({ dimension }) => dimension)
  for (const plan of plans) {
    const split: QuestionDimension[] = plan.typed ? [...groupBy, 'type'] : [...groupBy]
    for (const term of plan.terms) {
      for (const reading of await present.readings(plan, term)) {
        const reasons = context.neverReports(reading.account.provider)
        notices.push(...noticesOf(reading, { groupBy: split, filters, reasons }, now))
        sources.push(...presentSources(reading, now))
      }
      for (const { account, lines } of plan.typed ? await present.contributions(plan, term) : []) {
        if (lines.every(({ unclear }) => unclear === undefined || unclear.size === 0)) continue
        const message = `Part of ${noticedMeasure(term.measure)} is not told by type: ${plan.asked} counts what is, and is at least so much.`
        notices.push(notice('partly_typed', account, plan.asked, message))
      }
    }
  }
  return { notices, sources }
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

/** Measures that share what they read say the same of it. */
function distinct<Item>(items: readonly Item[]): Item[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()]
}
