/** A table: a row for each group, a column for each measure, with its share and what it is compared with. Pure. */
import type { DataFrame, Field } from '@grafana/data'
import type { QueryAnswer, Series } from '../api/contract.ts'
import { comparedName, type Titles } from '../query/describe.ts'
import type { UsageQuery } from '../types.ts'
import { addsUp, field, frame, HIDDEN, numberOf, unitOf } from './field.ts'
import { measureName, valueName } from './naming.ts'
import { noticesOf } from './notices.ts'
import { listed } from './series.ts'

type Column = Pick<Series, 'measure' | 'currency' | 'unit'>

export function breakdownFrame(query: UsageQuery, answer: QueryAnswer, titles: Titles): DataFrame {
  const series = listed(query, answer)
  const rows = [...new Map(series.map((one) => [rowKey(one), one])).values()]
  const columns = [...new Map(series.map((one) => [columnKey(one), one])).values()]
  const cells = new Map(series.map((one) => [`${columnKey(one)} ${rowKey(one)}`, one]))
  const dimensions = Object.keys(rows[0]?.dimensions ?? {})
  const fields: Field[] = dimensions.flatMap((dimension) => {
    const title = titles.get(dimension) ?? dimension
    const ids = rows.map((row) => row.dimensions[dimension] ?? '')
    const names = rows.map((row, at) => valueName(dimension, ids[at] ?? '', row.names[dimension]))
    return [
      field(dimension, 'string', names, { displayNameFromDS: title }),
      // Links need the id; people do not.
      field(`${dimension}_id`, 'string', ids, HIDDEN),
    ]
  })
  columns.forEach((column, index) => {
    const own = rows.map((row) => cells.get(`${columnKey(column)} ${rowKey(row)}`))
    const isFirst = column.measure === columns[0]?.measure
    fields.push(...columnFields(column, own, answer, titles, isFirst, index === 0 && dimensions.length > 0))
  })
  const built = frame(query.refId, '', fields, noticesOf(answer))
  return { ...built, meta: { ...built.meta, preferredVisualisationType: 'table' } }
}

function columnFields(
  column: Column,
  cells: ReadonlyArray<Series | undefined>,
  answer: QueryAnswer,
  titles: Titles,
  isFirst: boolean,
  withShare: boolean,
): Field[] {
  const title = measureName(column, answer, titles)
  const unit = unitOf(column.unit, column.currency)
  const values = cells.map((cell) => numberOf(cell?.total.amount))
  const fields = [field(title, 'number', values, { unit })]
  if (withShare && addsUp(column.unit)) {
    const sum = values.reduce<number>((total, value) => total + Math.max(0, value ?? 0), 0)
    const shares = values.map((value) => (value === null || sum === 0 ? null : value / sum))
    fields.push(
      field(`Share of ${title.toLowerCase()}`, 'number', shares, { unit: 'percentunit', min: 0, max: 1 }),
    )
  }
  // More than one measure's changes would be too wide to read.
  if (answer.compared === null || !isFirst) return fields
  const earlier = cells.map((cell) => numberOf(cell?.compared?.total.amount))
  const change = values.map((value, row) => {
    const before = earlier[row] ?? null
    return value === null || before === null || before === 0 ? null : (value - before) / Math.abs(before)
  })
  fields.push(
    field(`${title} (${comparedName(answer.compared.with)})`, 'number', earlier, { unit }),
    field(
      `${title}: difference`,
      'number',
      values.map((value, row) => {
        const before = earlier[row] ?? null
        return value === null || before === null ? null : value - before
      }),
      { unit },
    ),
    field(`${title}: change`, 'number', change, { unit: 'percentunit' }),
  )
  return fields
}

function rowKey({ dimensions }: Series): string {
  return JSON.stringify(Object.values(dimensions))
}

function columnKey({ measure, currency }: Column): string {
  return `${measure} ${currency}`
}
