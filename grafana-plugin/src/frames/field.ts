/** Frames as plain objects: what makes them needs no Grafana to run. Pure. */
import type { DataFrame, Field, FieldConfig, FieldType, QueryResultMetaNotice } from '@grafana/data'
import type { Unit } from '../api/contract.ts'

export function field(
  name: string,
  type: 'time' | 'number' | 'string',
  values: unknown[],
  config: FieldConfig = {},
  labels?: Record<string, string>,
): Field {
  return { name, type: type as FieldType, values, config, ...(labels === undefined ? {} : { labels }) }
}

export function frame(
  refId: string,
  name: string,
  fields: Field[],
  notices: QueryResultMetaNotice[] = [],
): DataFrame {
  return {
    refId,
    name,
    fields,
    length: fields[0]?.values.length ?? 0,
    meta: { preferredVisualisationType: 'graph', ...(notices.length === 0 ? {} : { notices }) },
  }
}

/** A column of a table: its type, its cells, and how they are shown. */
type Column<Row> = readonly [
  type: 'time' | 'number' | 'string',
  cell: (row: Row) => unknown,
  config?: FieldConfig,
]

/** Ids for links, which people need not see. */
export const HIDDEN: FieldConfig = { custom: { hidden: true, hideFrom: { viz: true } } }

/** @param columns by title */
export function table<Row>(
  refId: string,
  rows: readonly Row[],
  columns: Readonly<Record<string, Column<Row>>>,
  notices: QueryResultMetaNotice[] = [],
): DataFrame {
  const fields = Object.entries(columns).map(([title, [type, cell, config]]) =>
    field(title, type, rows.map(cell), config),
  )
  const built = frame(refId, '', fields, notices)
  return { ...built, meta: { ...built.meta, preferredVisualisationType: 'table' } }
}

/** Milliseconds since 1970; null where there is no such time. */
export function timeOf(instant: string | null | undefined): number | null {
  return instant === null || instant === undefined ? null : Date.parse(instant)
}

/** As a number, which holds 15 to 17 digits: exact amounts are in the API and its CSV. */
export function numberOf(amount: string | null | undefined): number | null {
  return amount === null || amount === undefined ? null : Number(amount)
}

const CURRENCIES = [
  'USD',
  'EUR',
  'GBP',
  'JPY',
  'CHF',
  'CNY',
  'INR',
  'BRL',
  'KRW',
  'DKK',
  'NOK',
  'SEK',
  'PLN',
  'AUD',
  'CAD',
]

/** Grafana's name of a unit. @see https://grafana.com/docs/grafana/latest/panels-visualizations/configure-standard-options/#unit */
export function unitOf(unit: Unit, currency: string): string {
  switch (unit) {
    case 'currency':
      return CURRENCIES.includes(currency) ? `currency${currency}` : `currency:${currency}`
    case 'tokens':
    case 'requests':
    case 'calls':
      return 'short'
    case 'seconds':
      return 's'
    case 'ratio':
      return 'percentunit'
    case 'requests_per_second':
      return 'reqps'
    case 'number':
      return 'none'
  }
}

/** Figures of these add up; the others are ratios, rates or times. */
export function addsUp(unit: Unit): boolean {
  return unit === 'currency' || unit === 'tokens' || unit === 'requests' || unit === 'calls'
}
