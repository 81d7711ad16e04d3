/** What was billed against what apps observed, as a table. Pure. */
import type { DataFrame } from '@grafana/data'
import type { ReconciliationAnswer } from '../api/contract.ts'
import { field, frame, numberOf } from './field.ts'

export function reconciliationFrame(refId: string, { accounts }: ReconciliationAnswer): DataFrame {
  const rows = accounts.flatMap(({ comparisons, ...account }) =>
    comparisons.map((comparison) => ({
      ...account,
      ...comparison,
      reference: account.reference,
      billed: comparison.reference,
    })),
  )
  const notices = accounts.flatMap(({ account, measure, not_compared }) =>
    not_compared === null
      ? []
      : [{ severity: 'info' as const, text: `${measure} of ${account} is not compared: ${not_compared}.` }],
  )
  const column = <Value>(of: (row: (typeof rows)[number]) => Value): Value[] => rows.map(of)
  const built = frame(
    refId,
    '',
    [
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
        'Measure',
        'string',
        column(({ measure }) => measure),
      ),
      field(
        'Group',
        'string',
        column(({ name, api_key, model, team }) => name ?? api_key ?? model ?? team ?? 'All'),
      ),
      field(
        'Currency',
        'string',
        column(({ currency }) => currency),
      ),
      field(
        'Billed or metered',
        'number',
        column(({ billed }) => numberOf(billed)),
      ),
      field(
        'Observed',
        'number',
        column(({ observed }) => numberOf(observed)),
      ),
      field(
        'Gap',
        'number',
        column(({ gap }) => numberOf(gap)),
      ),
      field(
        'Coverage',
        'number',
        column(({ coverage_ratio }) => coverage_ratio),
        { unit: 'percentunit' },
      ),
      field(
        'Days from',
        'time',
        column(({ settled }) => (settled === null ? null : Date.parse(settled.from))),
      ),
      field(
        'to',
        'time',
        column(({ settled }) => (settled === null ? null : Date.parse(settled.to))),
      ),
      field(
        'Likely causes',
        'string',
        column(({ likely_causes }) => likely_causes.map(({ message }) => message).join(' ')),
      ),
    ],
    notices,
  )
  return { ...built, meta: { ...built.meta, preferredVisualisationType: 'table' } }
}
