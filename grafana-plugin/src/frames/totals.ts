/** One figure for the whole range, for tiles and slices; with the earlier one before it, so that a tile shows the change. Pure. */
import type { DataFrame } from '@grafana/data'
import type { QueryAnswer } from '../api/contract.ts'
import type { Titles } from '../query/describe.ts'
import type { UsageQuery } from '../types.ts'
import { field, frame, numberOf, unitOf } from './field.ts'
import { seriesName } from './naming.ts'
import { noticesOf, reasonFor } from './notices.ts'
import { concerns, listed } from './series.ts'

export function totalFrames(query: UsageQuery, answer: QueryAnswer, titles: Titles): DataFrame[] {
  const [from, earlier] = [Date.parse(answer.from), Date.parse(answer.compared?.from ?? answer.from)]
  // A tile has room for its title or for a remark that every tile has; the data age is a tile of its own.
  const notices = noticesOf(answer).filter(({ severity }) => severity === 'warning')
  return listed(query, answer).map((series, index) => {
    const { measure, unit, currency, dimensions, total, compared } = series
    const name = seriesName(series, answer, titles)
    const isCompared = compared !== undefined
    const amounts = isCompared ? [compared.total.amount, total.amount] : [total.amount]
    const config = {
      displayNameFromDS: name,
      unit: unitOf(unit, currency),
      noValue: reasonFor(answer.notices.filter((notice) => concerns(notice.measure, measure))),
    }
    return frame(
      query.refId,
      name,
      [
        field('time', 'time', isCompared ? [earlier, from] : [from]),
        field(measure, 'number', amounts.map(numberOf), config, dimensions),
      ],
      index === 0 ? notices : [],
    )
  })
}
