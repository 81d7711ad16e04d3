/** How fresh and complete each source is, as a table. Pure. */
import type { DataFrame } from '@grafana/data'
import type { SourcesAnswer } from '../api/contract.ts'
import { table, timeOf } from './field.ts'

export function sourcesFrame(refId: string, { accounts, sources }: SourcesAnswer): DataFrame {
  const silent = (provider: string, account: string): string[] =>
    Object.keys(
      accounts.find((one) => one.provider === provider && one.account === account)?.never_reports ?? {},
    )
  return table(refId, sources, {
    Provider: ['string', ({ provider }) => provider],
    Account: ['string', ({ account }) => account],
    Source: ['string', ({ source }) => source],
    Kind: ['string', ({ kind }) => kind],
    'Data in up to': ['time', ({ watermark }) => timeOf(watermark)],
    Age: ['number', ({ age_seconds }) => age_seconds, { unit: 's' }],
    'Late by nature': ['number', ({ lag_seconds }) => lag_seconds, { unit: 's' }],
    Complete: ['string', ({ complete }) => (complete ? 'yes' : 'no')],
    'Split by': ['string', ({ exposed_cut }) => exposed_cut ?? ''],
    'Never reported': ['string', ({ provider, account }) => silent(provider, account).join(', ')],
  })
}
