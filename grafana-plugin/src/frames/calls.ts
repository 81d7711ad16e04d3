/** The calls that cost most, as a table. Pure. */
import type { DataFrame } from '@grafana/data'
import type { CallsAnswer } from '../api/contract.ts'
import { HIDDEN, numberOf, table, timeOf, unitOf } from './field.ts'

export function callsFrame(refId: string, { calls }: CallsAnswer): DataFrame {
  const currencies = [...new Set(calls.map(({ currency }) => currency))]
  const costs = currencies.map(
    (currency) =>
      [
        currencies.length > 1 ? `Cost (${currency})` : 'Cost',
        [
          'number',
          (call: CallsAnswer['calls'][number]) => (call.currency === currency ? numberOf(call.cost) : null),
          { unit: unitOf('currency', currency), decimals: 4 },
        ] as const,
      ] as const,
  )
  return table(refId, calls, {
    Time: ['time', ({ at }) => timeOf(at)],
    Team: ['string', ({ team }) => team],
    'API key': ['string', ({ api_key, api_key_name }) => api_key_name ?? api_key],
    api_key_id: ['string', ({ api_key }) => api_key, HIDDEN],
    Model: ['string', ({ model }) => model],
    Service: ['string', ({ service }) => service],
    Endpoint: ['string', ({ endpoint }) => endpoint],
    ...Object.fromEntries(costs),
    Tokens: [
      'number',
      ({ tokens }) => Object.values(tokens).reduce((sum, count) => sum + count, 0),
      { unit: 'short' },
    ],
    Duration: ['number', ({ duration_seconds }) => duration_seconds, { unit: 's' }],
    Response: ['string', ({ response_id }) => response_id],
    Trace: ['string', ({ trace_id }) => trace_id],
  })
}
