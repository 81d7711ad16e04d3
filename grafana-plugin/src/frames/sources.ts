/** How fresh and complete each source is, as a table. Pure. */
import type { DataFrame } from '@grafana/data'
import type { SourcesAnswer } from '../api/contract.ts'
import { field, frame } from './field.ts'

export function sourcesFrame(refId: string, { accounts, sources }: SourcesAnswer): DataFrame {
  const column = <Value>(of: (source: SourcesAnswer['sources'][number]) => Value): Value[] => sources.map(of)
  const silent = (provider: string, account: string): string =>
    Object.keys(
      accounts.find((one) => one.provider === provider && one.account === account)?.never_reports ?? {},
    ).join(', ')
  const built = frame(refId, '', [
    field(
      'Provider',
      'string',
      column(({ provider }) => provider),
    ),
    field(
      'Account',
      'string',
      column(({ account }) => account),
    ),
    field(
      'Source',
      'string',
      column(({ source }) => source),
    ),
    field(
      'Kind',
      'string',
      column(({ kind }) => kind),
    ),
    field(
      'Data in up to',
      'time',
      column(({ watermark }) => (watermark === null ? null : Date.parse(watermark))),
    ),
    field(
      'Age',
      'number',
      column(({ age_seconds }) => age_seconds),
      { unit: 's' },
    ),
    field(
      'Late by nature',
      'number',
      column(({ lag_seconds }) => lag_seconds),
      { unit: 's' },
    ),
    field(
      'Complete',
      'string',
      column(({ complete }) => (complete ? 'yes' : 'no')),
    ),
    field(
      'Split by',
      'string',
      column(({ exposed_cut }) => exposed_cut ?? ''),
    ),
    field(
      'Never reported',
      'string',
      column(({ provider, account }) => silent(provider, account)),
    ),
  ])
  return { ...built, meta: { preferredVisualisationType: 'table' } }
}
