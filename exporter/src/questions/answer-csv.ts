/** An answer as CSV (RFC 4180): one row a series and bucket, exact figures, cells that no spreadsheet runs. */
import { stringify } from 'csv-stringify/sync'
import type { QueryAnswer } from './present.ts'

/** A spreadsheet takes text that begins like this for a formula: https://owasp.org/www-community/attacks/CSV_Injection */
const FORMULA = /^[=+\-@\t\r]/

/**
 * Columns: start, measure, currency, each group-by with its name, amount (empty where unknown), state, and `compared`
 * where the question compares.
 */
export function answerCsv({ series, totals, compared }: QueryAnswer): string {
  const dimensions = Object.keys(series[0]?.dimensions ?? {})
  const header = [
    'start',
    'measure',
    'currency',
    ...dimensions.flatMap((name) => [name, `${name}_name`]),
    'amount',
    'state',
    ...(compared === null ? [] : ['compared']),
  ]
  const lines =
    dimensions.length === 0 ? totals.map((total) => ({ ...total, dimensions: {}, names: {} })) : series
  const rows = lines.flatMap(({ measure, currency, dimensions: ids, names, points, compared: earlier }) =>
    points.map(({ start, amount, state }, bucket) => [
      start,
      measure,
      currency,
      ...dimensions.flatMap((name) => [text(valueOf(ids, name)), text(valueOf(names, name))]),
      // A figure is a number also when it is negative.
      amount ?? '',
      state,
      ...(compared === null ? [] : [earlier?.points[bucket]?.amount ?? '']),
    ]),
  )
  return stringify([header, ...rows], { record_delimiter: '\r\n' })
}

function valueOf(values: Readonly<Record<string, string>>, name: string): string {
  return values[name] ?? ''
}

function text(cell: string): string {
  return FORMULA.test(cell) ? `'${cell}` : cell
}
