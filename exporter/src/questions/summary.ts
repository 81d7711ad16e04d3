/** `GET /api/v1/summary`: the few figures that people look at first. */
import { periodAt, previousPeriod } from '../usage/period.ts'
import type { Window } from '../usage/record.ts'
import { answerQuery } from './answer.ts'
import type { QuestionContext } from './context.ts'
import type { Notice } from './notices.ts'
import { ParameterReader, type Parameters, type ParameterTable } from './parameters.ts'
import type { AnsweredTotal, QueryAnswer, TakenSource } from './present.ts'
import { parseQuery, QUERY_PARAMETERS } from './query.ts'

/** JSON; see {@link QueryAnswer} for the forms. */
export interface Summary {
  readonly at: string
  readonly zone: string
  readonly today: PeriodTotals
  readonly yesterday: PeriodTotals
  readonly this_month: PeriodTotals
  readonly previous_month: PeriodTotals
  /** With a point for each day, today included. */
  readonly last_30_days: {
    readonly from: string
    readonly to: string
    readonly totals: readonly AnsweredTotal[]
  }
  readonly notices: readonly Notice[]
  /** What the last 30 days were read from, with its age. */
  readonly sources: readonly TakenSource[]
}

export interface PeriodTotals {
  readonly from: string
  readonly to: string
  readonly totals: readonly Omit<AnsweredTotal, 'points' | 'unit' | 'compared'>[]
}

/** Of `GET /api/v1/summary`. */
export const SUMMARY_PARAMETERS: ParameterTable = {
  zone: QUERY_PARAMETERS.zone,
  where: QUERY_PARAMETERS.where,
}
const DAYS = 30

/**
 * Cost, tokens and requests of today, yesterday, this and the previous month, and of the last 30 days by day. The
 * periods of now end now.
 *
 * @param parameters `zone` and `where` as in a query
 * @throws UsageExplorerError QUERY_INVALID, QUERY_ZONE_UNSUPPORTED
 */
export async function summarize(context: QuestionContext, parameters: Parameters): Promise<Summary> {
  new ParameterReader(parameters, SUMMARY_PARAMETERS).check()
  const query = parseQuery({ ...parameters, measures: 'cost,tokens,requests', granularity: 'day' })
  const now = context.now()
  const zone = query.zone ?? context.config.zone
  const ask = ({ from, to }: Window): Promise<QueryAnswer> =>
    answerQuery(context, {
      ...query,
      from: { kind: 'instant', at: from },
      to: { kind: 'instant', at: Math.min(to, Math.max(now, from + 1)) },
    })
  const today = periodAt('day', now, zone)
  const days = await ask({ from: daysBefore(today.from, DAYS - 1, zone), to: today.to })
  const answers = {
    today: await ask(today),
    yesterday: await ask(previousPeriod('day', now, zone)),
    this_month: await ask(periodAt('month', now, zone)),
    previous_month: await ask(previousPeriod('month', now, zone)),
  }
  return {
    at: new Date(now).toISOString(),
    zone,
    today: totalsOf(answers.today),
    yesterday: totalsOf(answers.yesterday),
    this_month: totalsOf(answers.this_month),
    previous_month: totalsOf(answers.previous_month),
    last_30_days: { from: days.from, to: days.to, totals: days.totals },
    notices: firstOfEach([days, ...Object.values(answers)].flatMap(({ notices }) => notices)),
    sources: days.sources,
  }
}

function daysBefore(midnight: number, days: number, zone: string): number {
  let from = midnight
  for (let day = 0; day < days; day += 1) from = previousPeriod('day', from, zone).from
  return from
}

function totalsOf({ from, to, totals }: QueryAnswer): PeriodTotals {
  return {
    from,
    to,
    totals: totals.map(({ measure, currency, amount, state }) => ({ measure, currency, amount, state })),
  }
}

/** The same is said of each period, in other words only for its times. */
function firstOfEach(notices: readonly Notice[]): Notice[] {
  const found = new Map<string, Notice>()
  for (const notice of notices) {
    const key = JSON.stringify([notice.code, notice.provider, notice.account, notice.measure])
    if (!found.has(key)) found.set(key, notice)
  }
  return [...found.values()]
}
