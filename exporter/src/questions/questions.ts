/** Every question that there is, as the HTTP server passes them on. */
import type { Levels } from '../otlp/levels.ts'
import type { LiveBoard } from '../otlp/live-board.ts'
import type { AnswerCache } from './answer-cache.ts'
import { answerCsv } from './answer-csv.ts'
import { answerQuery } from './answer.ts'
import { answerCalls } from './calls.ts'
import { describeCatalogue } from './catalogue.ts'
import type { QuestionContext } from './context.ts'
import { answerLive } from './live.ts'
import type { Parameters } from './parameters.ts'
import { parseQuery } from './query.ts'
import { answerReconciliation } from './reconciliation-answer.ts'
import { describeSources } from './sources.ts'
import { summarize } from './summary.ts'
import { answerUsageV1 } from './usage-v1.ts'
import { answerUserUsage } from './user-usage.ts'
import { answerValues } from './values.ts'

export type Teams = readonly string[] | undefined

/**
 * Each throws or rejects with QUERY_INVALID (or another coded error) for parameters that it cannot answer. Where `teams`
 * is given, only what belongs to them is counted or named. Objects are JSON values, strings JSON text.
 */
export interface Questions {
  query(parameters: Parameters, teams: Teams): Promise<string>
  /** The same as CSV. */
  queryCsv(parameters: Parameters, teams: Teams): Promise<string>
  summary(parameters: Parameters, teams: Teams): Promise<string>
  catalogue(teams: Teams): object
  values(parameters: Parameters, teams: Teams): object
  sources(): object
  live(parameters: Parameters, teams: Teams): object
  calls(parameters: Parameters, teams: Teams): Promise<object>
  reconciliation(parameters: Parameters): Promise<object>
  userUsage(parameters: Parameters, teams: Teams): Promise<string>
  /** Its money is written as exact number literals. */
  usageV1(parameters: Parameters, teams: Teams): Promise<string>
}

export function createQuestions(options: {
  readonly context: QuestionContext
  readonly kept: AnswerCache
  readonly live: { readonly board: LiveBoard; readonly levels: Levels }
  readonly version: string
}): Questions {
  const { context, kept, live, version } = options
  const keep =
    (
      name: string,
      ask: (context: QuestionContext, parameters: Parameters) => Promise<object | string>,
    ): ((parameters: Parameters, teams: Teams) => Promise<string>) =>
    (parameters, teams) =>
      kept.answer([name, parameters, teams], () => ask({ ...context, teams }, parameters))
  return {
    query: keep('query', async (of, parameters) => answerQuery(of, parseQuery(parameters))),
    queryCsv: keep('csv', async (of, parameters) => answerCsv(await answerQuery(of, parseQuery(parameters)))),
    summary: keep('summary', summarize),
    userUsage: keep('user', answerUserUsage),
    usageV1: keep('usage', answerUsageV1),
    catalogue: (teams) => describeCatalogue({ ...context, teams }, version),
    values: (parameters, teams) => answerValues({ ...context, teams }, parameters),
    sources: () => describeSources(context),
    live: (parameters, teams) => answerLive({ ...context, teams }, live, parameters),
    calls: (parameters, teams) => answerCalls({ ...context, teams }, parameters),
    reconciliation: (parameters) => answerReconciliation(context, parameters),
  }
}
