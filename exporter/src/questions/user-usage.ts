/** `GET /api/v1/user/usage`: totals in the form that `get_usage()` of indoxhub documents, for short scripts. */
import { LosslessNumber, stringify } from 'lossless-json'
import { periodAt } from '../usage/period.ts'
import { answerQuery } from './answer.ts'
import type { QuestionContext } from './context.ts'
import { ParameterReader, type Parameters, type ParameterTable } from './parameters.ts'
import { iso, type QueryAnswer } from './present.ts'
import { parseQuery, QUERY_PARAMETERS } from './query.ts'

export const USER_USAGE_PARAMETERS: ParameterTable = {
  where: QUERY_PARAMETERS.where,
  zone: QUERY_PARAMETERS.zone,
  currency: { doc: 'Money of this currency is told. Default: USD.' },
}

const MEASURES = 'requests,tokens,cost'

/**
 * JSON text: `total_requests`, `total_tokens`, `total_cost` over all that is kept, the same of this month as
 * `current_period`, and of all by provider and by model. Figures that nobody reports are null, never 0.
 *
 * @throws UsageExplorerError QUERY_INVALID, QUERY_ZONE_UNSUPPORTED
 */
export async function answerUserUsage(context: QuestionContext, parameters: Parameters): Promise<string> {
  const reader = new ParameterReader(parameters, USER_USAGE_PARAMETERS)
  const currency = reader.one('currency') ?? 'USD'
  reader.check()
  const { where, zone: asked } = parameters
  const now = context.now()
  const zone = reader.one('zone') ?? context.config.zone
  const ask = async (from: number, groupBy: string): Promise<QueryAnswer> =>
    answerQuery(context, {
      ...parseQuery({
        ...(where && { where }),
        ...(asked && { zone: asked }),
        measures: MEASURES,
        granularity: 'month',
        ...(groupBy && { group_by: groupBy }),
      }),
      from: { kind: 'instant', at: from },
      to: { kind: 'instant', at: now },
      top: 1000,
    })
  const begin = now - context.config.retentionMs
  const month = periodAt('month', now, zone)
  const [total, period, byProvider, byModel] = [
    await ask(begin, ''),
    await ask(month.from, ''),
    await ask(begin, 'provider'),
    await ask(begin, 'model'),
  ]
  const all = figures(total.totals, currency)
  return (
    stringify({
      total_requests: all.requests,
      total_tokens: all.tokens,
      total_cost: all.cost,
      currency,
      current_period: {
        ...figures(period.totals, currency),
        period_start: iso(month.from),
        period_end: iso(month.to - 1),
      },
      by_provider: split(byProvider, 'provider', currency),
      by_model: split(byModel, 'model', currency),
    }) ?? '{}'
  )
}

interface Figures {
  requests: LosslessNumber | null
  tokens: LosslessNumber | null
  cost: LosslessNumber | null
}

type Stated = Pick<QueryAnswer['totals'][number], 'measure' | 'currency' | 'amount'>

function figures(stated: readonly Stated[], currency: string): Figures {
  const of = (measure: Stated['measure']): LosslessNumber | null => {
    const amount = stated.find(
      (one) => one.measure === measure && (measure !== 'cost' || one.currency === currency),
    )?.amount
    return amount == null ? null : new LosslessNumber(amount)
  }
  return { requests: of('requests'), tokens: of('tokens'), cost: of('cost') }
}

function split({ series }: QueryAnswer, dimension: string, currency: string): Record<string, Figures> {
  const groups = new Map<string, Stated[]>()
  for (const { dimensions, measure, currency: of, total } of series) {
    const name = dimensions[dimension] ?? ''
    groups.set(name, [...(groups.get(name) ?? []), { measure, currency: of, amount: total.amount }])
  }
  return Object.fromEntries([...groups].map(([name, stated]) => [name, figures(stated, currency)]))
}
