/** Our own instrumentation library: types that do not overlap, exact cost, outcomes. */
import type { Attributes } from '../wire/request.ts'
import { outcome, times } from './conventions.ts'
import { textOf, type Dialect, type Meaning } from './dialect.ts'

export const OWN_SCOPE = '@usage-explorer/instrumentation'

export const own: Dialect = { rank: 0, meaningOf }

function meaningOf(metric: string, attributes: Attributes): Meaning | undefined {
  const type = (name: string): string => textOf(attributes, name) ?? 'unsplit'
  switch (metric) {
    case 'llm.client.tokens':
      return { adds: [{ measure: 'tokens', of: 'value', type: type('llm.token.type') }] }
    case 'llm.client.cost':
      return {
        adds: [
          {
            measure: 'cost',
            of: 'value',
            type: type('llm.cost.type'),
            currency: textOf(attributes, 'llm.cost.currency') ?? 'USD',
            priceSource: textOf(attributes, 'llm.cost.source') ?? '',
          },
        ],
      }
    case 'llm.client.requests':
      return { adds: outcome(attributes, 'value') }
    case 'llm.client.tool_calls':
      return { adds: [{ measure: 'tool_calls', of: 'value', type: type('llm.tool.name') }] }
    case 'gen_ai.client.operation.duration':
      return { adds: times('duration') }
    case 'gen_ai.client.operation.time_to_first_chunk':
      return { adds: times('first_token') }
    case 'llm.client.active_requests':
      return { level: 'active' }
    case 'llm.client.rate_limit.limit':
      return { level: 'limit' }
    case 'llm.client.rate_limit.remaining':
      return { level: 'remaining' }
    case 'llm.client.rate_limit.reset':
      return { level: 'reset' }
    default:
      return undefined
  }
}
