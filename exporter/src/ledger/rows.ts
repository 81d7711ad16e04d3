/** Columns of DuckDB rows as plain values, and back. */
import {
  BIGINT,
  BOOLEAN,
  DECIMAL,
  INTEGER,
  VARCHAR,
  decimalValue,
  type DuckDBDecimalValue,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api'
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

type BulkTable =
  | 'cut'
  | 'coverage'
  | 'exposure'
  | 'series'
  | 'reading'
  | 'counter'
  | 'assignment'
  | 'name'
  | 'stream'
  | 'temp.staged'

/** Column types of the tables that are written in bulk, in the order of the schema. */
const COLUMNS: Readonly<Record<BulkTable, readonly DuckDBType[]>> = {
  cut: [INTEGER, INTEGER, VARCHAR, BOOLEAN, BIGINT],
  coverage: [INTEGER, BIGINT, BIGINT, VARCHAR, BIGINT, BOOLEAN, BOOLEAN],
  exposure: [INTEGER, VARCHAR, INTEGER, BIGINT, BIGINT, BIGINT],
  series: [INTEGER, INTEGER, VARCHAR, VARCHAR, VARCHAR, VARCHAR],
  reading: [INTEGER, BIGINT, BIGINT, DECIMAL(38, SCALE)],
  counter: [INTEGER, VARCHAR, VARCHAR, DECIMAL(38, SCALE), DECIMAL(38, SCALE), BIGINT, BIGINT, BOOLEAN],
  assignment: [INTEGER, VARCHAR, BIGINT, INTEGER],
  name: [VARCHAR, VARCHAR, VARCHAR, VARCHAR, BOOLEAN, BIGINT, VARCHAR],
  stream: [VARCHAR, BIGINT, VARCHAR],
  'temp.staged': [INTEGER, BIGINT, DECIMAL(38, SCALE), VARCHAR],
}

/** Appends rows, values in the order of the table's columns: many times quicker than inserts. */
export async function append(
  transaction: Transaction,
  table: BulkTable,
  rows: readonly (readonly DuckDBValue[])[],
): Promise<void> {
  if (rows.length > 0) await transaction.append(table, COLUMNS[table], rows)
}

/** Deletes the rows whose `column` is one of `ids`. */
export async function remove(
  transaction: Transaction,
  table: BulkTable | 'source',
  column: string,
  ids: readonly number[],
): Promise<void> {
  if (ids.length > 0) await transaction.run(`DELETE FROM ${table} WHERE ${column} IN (${ids.join(', ')})`)
}
