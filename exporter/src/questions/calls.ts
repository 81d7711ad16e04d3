/** `GET /api/v1/calls/top`: the single calls that cost most. */
import { formatAmount } from '@usage-explorer/core/amount'
import type { Series } from '../ledger/ledger.ts'
import type { QuestionContext } from './context.ts'
import { FILTER_DOC, readFilters } from '../usage/filters.ts'
import { ParameterReader, type Parameters, type ParameterTable } from './parameters.ts'
import { iso } from './present.ts'
import { passes } from './sums.ts'
import { MOMENT_FORMS, parseMoment, resolveMoment, type Moment } from '../usage/moment.ts'

const DEFAULT_LIMIT = 20
const LARGEST_LIMIT = 500

export const CALLS_PARAMETERS: ParameterTable = {
  from: { doc: `${MOMENT_FORMS}. Default: now-24h.` },
  to: { doc: 'As `from`. Default: now.' },
  where: { doc: FILTER_DOC, many: true },
  limit: { doc: `So many of each currency, 1 to ${LARGEST_LIMIT}. Default: ${DEFAULT_LIMIT}.` },
}

/** JSON. Never what was asked or answered: nobody sends that. */
export interface CallsAnswer {
  readonly from: string
  readonly to: string
  readonly calls: readonly {
    readonly at: string
    readonly provider: string
    readonly account: string
    readonly model: string
    readonly api_key: string
    readonly api_key_name: string | null
    readonly team: string
    readonly user: string
    readonly service: string
    readonly endpoint: string
    readonly cost: string
    readonly currency: string
    readonly price_source: string
    readonly tokens: Readonly<Record<string, number>>
    readonly duration_seconds: number | null
    readonly response_id: string
    readonly trace_id: string
  }[]
}

/** @throws UsageExplorerError QUERY_INVALID */
export async function answerCalls(context: QuestionContext, parameters: Parameters): Promise<CallsAnswer> {
  const reader = new ParameterReader(parameters, CALLS_PARAMETERS)
  const now = context.now()
  const moment = (name: 'from' | 'to', fallback: string): Moment => {
    const parsed = parseMoment(reader.one(name) ?? fallback)
    if (parsed === undefined) reader.problem(name, `must be ${MOMENT_FORMS}`)
    return parsed ?? { kind: 'ago', ms: 0 }
  }
  const from = resolveMoment(moment('from', 'now-24h'), 'from', now, context.config.zone)
  const to = resolveMoment(moment('to', 'now'), 'to', now, context.config.zone)
  const where = readFilters(reader.all('where'), (text) => reader.problem('where', text))
  const limit = Number(reader.one('limit') ?? DEFAULT_LIMIT)
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= LARGEST_LIMIT)) {
    reader.problem('limit', `must be a whole number from 1 to ${LARGEST_LIMIT}`)
  }
  reader.check()
  const counts = new Map<string, number>()
  const calls = (await context.ledger.calls({ from, to })).flatMap((call) => {
    const { source, stated, currency } = call
    const series: Series = { id: 0, cutId: 0, stated, measure: 'cost', currency }
    const of = context.identity.resolve(source, series)
    if (!where.every((filter) => passes(context, filter, of, series))) return []
    const place = counts.get(currency) ?? 0
    if (place >= limit || context.teams?.includes(of.team) === false) return []
    counts.set(currency, place + 1)
    return [
      {
        at: iso(call.at),
        provider: of.provider,
        account: of.account,
        model: of.model,
        api_key: of.api_key,
        api_key_name: context.identity.displayName('api_key', { ...of, id: of.api_key }) ?? null,
        team: of.team,
        user: of.user,
        service: of.service,
        endpoint: of.endpoint,
        cost: formatAmount(call.cost),
        currency,
        price_source: call.priceSource,
        tokens: call.tokens,
        duration_seconds: call.durationSeconds ?? null,
        response_id: call.responseId,
        trace_id: call.traceId,
      },
    ]
  })
  return { from: iso(from), to: iso(to), calls }
}
