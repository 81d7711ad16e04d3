/** What was billed against what apps observed, as a table. Pure. */
import type { DataFrame } from '@grafana/data'
import type { ReconciliationAnswer } from '../api/contract.ts'
import { numberOf, table, timeOf } from './field.ts'

export function reconciliationFrame(refId: string, { accounts }: ReconciliationAnswer): DataFrame {
  const rows = accounts.flatMap(({ comparisons, ...account }) =>
    comparisons.map((comparison) => ({ account, comparison })),
  )
  const notices = accounts.flatMap(({ account, measure, not_compared }) =>
    not_compared === null
      ? []
      : [{ severity: 'info' as const, text: `${measure} of ${account} is not compared: ${not_compared}.` }],
  )
  return table(
    refId,
    rows,
    {
      Provider: ['string', ({ account }) => account.provider],
      Account: ['string', ({ account }) => account.account],
      Measure: ['string', ({ account }) => account.measure],
      Group: [
        'string',
        ({ comparison: { name, api_key, model, team } }) => name ?? api_key ?? model ?? team ?? 'All',
      ],
      Currency: ['string', ({ comparison }) => comparison.currency],
      'Billed or metered': ['number', ({ comparison }) => numberOf(comparison.reference)],
      Observed: ['number', ({ comparison }) => numberOf(comparison.observed)],
      Gap: ['number', ({ comparison }) => numberOf(comparison.gap)],
      Coverage: ['number', ({ comparison }) => comparison.coverage_ratio, { unit: 'percentunit' }],
      'Days from': ['time', ({ account }) => timeOf(account.settled?.from)],
      to: ['time', ({ account }) => timeOf(account.settled?.to)],
      'Likely causes': [
        'string',
        ({ account }) => account.likely_causes.map(({ message }) => message).join(' '),
      ],
    },
    notices,
  )
}
