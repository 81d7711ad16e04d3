/** Figures over time: a frame for each series, and one beside it for what it is compared with. Pure. */
import type { DataFrame, FieldConfig } from '@grafana/data'
import type { QueryAnswer, Series } from '../api/contract.ts'
import { comparedName, type Titles } from '../query/describe.ts'
import type { UsageQuery } from '../types.ts'
import { addsUp, field, frame, numberOf, unitOf } from './field.ts'
import { seriesName } from './naming.ts'
import { noticesOf, reasonFor } from './notices.ts'

export function seriesFrames(query: UsageQuery, answer: QueryAnswer, titles: Titles): DataFrame[] {
  const frames = listed(query, answer).flatMap((series) => framesOf(query, series, answer, titles))
  const [first] = frames
  const notices = noticesOf(answer)
  if (first !== undefined && notices.length > 0) first.meta = { ...first.meta, notices }
  return frames
}

/** Not split, totals are the series. */
export function listed({ groupBy }: Pick<UsageQuery, 'groupBy'>, { series, totals }: QueryAnswer): Series[] {
  if (groupBy.length > 0) return series
  return totals.map(({ amount, state, ...total }) => ({
    ...total,
    dimensions: {},
    names: {},
    total: { amount, state },
  }))
}

function framesOf(query: UsageQuery, series: Series, answer: QueryAnswer, titles: Titles): DataFrame[] {
  const { refId } = query
  const { measure, currency, unit, dimensions, points, compared } = series
  const name = seriesName(series, answer, titles)
  const labels = { ...dimensions, ...(currency === '' ? {} : { currency }) }
  const times = points.map(({ start }) => Date.parse(start))
  const sum = query.cumulative && addsUp(unit) ? summedUp : (values: Array<number | null>) => values
  const build = (
    title: string,
    amounts: Array<string | null | undefined>,
    custom?: FieldConfig['custom'],
  ): DataFrame => {
    const config: FieldConfig = {
      displayNameFromDS: title,
      unit: unitOf(unit, currency),
      noValue: reasonFor(answer.notices.filter((notice) => concerns(notice.measure, measure))),
      ...(custom === undefined ? {} : { custom }),
    }
    const values = sum(amounts.map(numberOf))
    return frame(refId, title, [
      field('time', 'time', times),
      field(measure, 'number', values, config, labels),
    ])
  }
  const frames = [
    build(
      name,
      points.map(({ amount }) => amount),
    ),
  ]
  if (compared === undefined || answer.compared === null) return frames
  const suffix = comparedName(answer.compared.with)
  const dashed = {
    lineStyle: { fill: 'dash', dash: [6, 6] },
    fillOpacity: 0,
    drawStyle: 'line',
    showPoints: 'never',
    stacking: { mode: 'none' },
  }
  frames.push(
    build(
      `${name} (${suffix})`,
      compared.points.map(({ amount }) => amount),
      dashed,
    ),
  )
  if (answer.compared.with === 'usual') {
    const hidden = { ...dashed, lineWidth: 0, hideFrom: { legend: true, tooltip: false, viz: false } }
    const low = `${name} (lowest of four)`
    frames.push(
      build(
        low,
        compared.points.map((point) => point.low),
        hidden,
      ),
      build(
        `${name} (highest of four)`,
        compared.points.map((point) => point.high),
        {
          ...hidden,
          fillBelowTo: low,
          fillOpacity: 12,
        },
      ),
    )
  }
  return frames
}

/** A notice of `tokens` is one of its parts and ratios too. */
export function concerns(noticed: string, measure: string): boolean {
  return (
    noticed === measure ||
    measure.includes(noticed) ||
    (noticed === 'latency' && /latency|first_token/.test(measure))
  )
}

/** What is unknown adds nothing and stays a gap. */
function summedUp(values: Array<number | null>): Array<number | null> {
  let sum = 0
  return values.map((value) => (value === null ? null : (sum += value)))
}
