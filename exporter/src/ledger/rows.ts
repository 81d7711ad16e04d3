/** Columns of DuckDB rows as plain values, and back. */
import { decimalValue, type DuckDBDecimalValue, type DuckDBValue } from '@duckdb/node-api'
import { SCALE, type Amount } from '@usage-explorer/core/amount'
import type { Row, Transaction } from './database.ts'

export function integer(row: Row, column: string): number {
  return Number(row[column])
}

export function optionalInteger(row: Row, column: string): number | undefined {
  return row[column] === null ? undefined : integer(row, column)
}

export function text(row: Row, column: string): string {
  const value = row[column]
  if (typeof value !== 'string') throw new Error(`column ${column} holds no text`)
  return value
}

/** DECIMAL(38,18) holds amounts in exactly the scale of Amount. */
export function amountOf(row: Row, column: string): Amount {
  return (row[column] as DuckDBDecimalValue).value
}

/** Inserts one row, values in the order of the table's columns. */
export async function insert(
  transaction: Transaction,
  table: string,
  values: readonly DuckDBValue[],
): Promise<void> {
  const named = Object.fromEntries(values.map((value, at) => [`v${at}`, value]))
  const slots = values.map((_, at) => `$v${at}`).join(', ')
  await transaction.run(`INSERT INTO ${table} VALUES (${slots})`, named)
}

export function decimal(amount: Amount): DuckDBValue {
  return decimalValue(amount, 38, SCALE)
}
