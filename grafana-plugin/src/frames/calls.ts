/** The calls that cost most, as a table. Pure. */
import type { DataFrame } from '@grafana/data'
import type { CallsAnswer } from '../api/contract.ts'
import { field, frame, numberOf, unitOf } from './field.ts'

export function callsFrame(refId: string, { calls }: CallsAnswer): DataFrame {
  const column = <Value>(of: (call: CallsAnswer['calls'][number]) => Value): Value[] => calls.map(of)
  const currencies = [...new Set(column(({ currency }) => currency))]
  const costs = currencies.map((currency) =>
    field(
      currencies.length > 1 ? `Cost (${currency})` : 'Cost',
      'number',
      column((call) => (call.currency === currency ? numberOf(call.cost) : null)),
      { unit: unitOf('currency', currency), decimals: 4 },
    ),
  )
  const built = frame(refId, '', [
    field(
      'Time',
      'time',
      column(({ at }) => Date.parse(at)),
    ),
    field(
      'Team',
      'string',
      column(({ team }) => team),
    ),
    field(
      'API key',
      'string',
      column(({ api_key, api_key_name }) => api_key_name ?? api_key),
    ),
    field(
      'api_key_id',
      'string',
      column(({ api_key }) => api_key),
      { custom: { hidden: true, hideFrom: { viz: true } } },
    ),
    field(
      'Model',
      'string',
      column(({ model }) => model),
    ),
    field(
      'Service',
      'string',
      column(({ service }) => service),
    ),
    field(
      'Endpoint',
      'string',
      column(({ endpoint }) => endpoint),
    ),
    ...costs,
    field(
      'Tokens',
      'number',
      column(({ tokens }) => Object.values(tokens).reduce((sum, count) => sum + count, 0)),
      {
        unit: 'short',
      },
    ),
    field(
      'Duration',
      'number',
      column(({ duration_seconds }) => duration_seconds),
      { unit: 's' },
    ),
    field(
      'Response',
      'string',
      column(({ response_id }) => response_id),
    ),
    field(
      'Trace',
      'string',
      column(({ trace_id }) => trace_id),
    ),
  ])
  return { ...built, meta: { preferredVisualisationType: 'table' } }
}
