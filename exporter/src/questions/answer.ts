/** Answers a query: what it measures as series in words, with all that it could not say. */
import { createTurns } from '../turns.ts'
import type { QuestionDimension } from '../usage/dimensions.ts'
import type { QuestionContext } from './context.ts'
import { measureQuery, type Measurement } from './measurement.ts'
import { notice, noticedMeasure, noticesOf, type Notice } from './notices.ts'
import {
  iso,
  presentSeries,
  presentSources,
  presentTotal,
  type AnsweredSeries,
  type QueryAnswer,
  type TakenSource,
} from './present.ts'
import type { Query } from './query.ts'

/** @throws UsageExplorerError QUERY_INVALID, QUERY_ZONE_UNSUPPORTED */
export async function answerQuery(context: QuestionContext, asked: Query): Promise<QueryAnswer> {
  const measurement = await measureQuery(context, asked)
  const { query, zone, granularity, calendar, shifted, measures, notices } = measurement
  const { window } = calendar
  const starts = calendar.starts.map(iso)
  const told = await tell(context, measurement)
  const series: AnsweredSeries[] = []
  const turn = createTurns()
  for (const one of measures) {
    for (const measured of one.series) {
      await turn()
      series.push(presentSeries(context, query, one.asked, starts, measured))
    }
  }
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
    totals: measures.flatMap((one) => one.totals.map((total) => presentTotal(one.asked, starts, total))),
    notices: distinct([...notices, ...told.notices]),
    sources: distinct(told.sources),
  }
}

/** What was read, and what that could not say. */
async function tell(
  context: QuestionContext,
  { query: { groupBy, where }, plans, reader }: Measurement,
): Promise<{ notices: Notice[]; sources: TakenSource[] }> {
  const now = context.now()
  const notices: Notice[] = []
  const sources: TakenSource[] = []
  const filters = where.map(({ dimension }) => dimension)
  for (const plan of plans) {
    const split: QuestionDimension[] = plan.typed ? [...groupBy, 'type'] : [...groupBy]
    for (const term of plan.terms) {
      for (const reading of await reader.readings(plan, term)) {
        const reasons = context.neverReports(reading.account.provider)
        notices.push(...noticesOf(reading, { groupBy: split, filters, reasons }, now))
        sources.push(...presentSources(reading, now))
      }
      for (const { account, lines } of plan.typed ? await reader.contributions(plan, term) : []) {
        if (lines.every(({ unclear }) => unclear === undefined || unclear.size === 0)) continue
        const message = `Part of ${noticedMeasure(term.measure)} is not told by type: ${plan.asked} counts what is, and is at least so much.`
        notices.push(notice('partly_typed', account, plan.asked, message))
      }
    }
  }
  return { notices, sources }
}

/** Measures that share what they read say the same of it. */
function distinct<Item>(items: readonly Item[]): Item[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()]
}
