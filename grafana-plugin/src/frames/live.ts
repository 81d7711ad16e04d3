/** What runs now: frames that grow by a point with each answer. Pure. */
import type { DataFrame } from '@grafana/data'
import type { LiveAnswer, LiveRates } from '../api/contract.ts'
import { field, frame, numberOf } from './field.ts'
import { valueName } from './naming.ts'

export const LIVE_MEASURES = [
  { name: 'requests_per_second', title: 'Request rate', unit: 'reqps' },
  { name: 'active_requests', title: 'Active requests', unit: 'short' },
  { name: 'tokens_per_second', title: 'Tokens per second', unit: 'short' },
  { name: 'errors_per_second', title: 'Errors per second', unit: 'short' },
  { name: 'error_ratio', title: 'Error rate', unit: 'percentunit' },
  { name: 'cost_per_minute', title: 'Cost per minute', unit: 'currency' },
] as const

export const LIVE_DIMENSIONS = ['provider', 'account', 'api_key', 'model', 'team', 'service']

/** Name of a series → its points so far. */
export interface LiveState {
  readonly series: ReadonlyMap<string, LiveSeries>
}

interface LiveSeries {
  readonly title: string
  readonly unit: string
  readonly labels: Record<string, string>
  readonly times: number[]
  readonly values: Array<number | null>
}

export const NOTHING_LIVE: LiveState = { series: new Map() }

/** @param most points that are kept of each series */
export function addLive(
  state: LiveState,
  answer: LiveAnswer,
  measures: readonly string[],
  dimension: string | undefined,
  most: number,
): LiveState {
  const at = Date.parse(answer.at)
  const series = new Map(state.series)
  const groups: Array<{ name: string; labels: Record<string, string>; rates: LiveRates }> =
    dimension === undefined
      ? [{ name: '', labels: {}, rates: answer.totals }]
      : (answer.by[dimension] ?? []).map((group) => ({
          name: valueName(dimension, group.id, group.name ?? undefined),
          labels: { [dimension]: group.id },
          rates: group,
        }))
  for (const { name, labels, rates } of groups) {
    for (const point of pointsOf(rates, measures)) {
      const title = name === '' ? point.title : measures.length > 1 ? `${name}: ${point.title}` : name
      const known = series.get(title)
      series.set(title, {
        title,
        unit: point.unit,
        labels,
        times: [...(known?.times ?? []), at].slice(-most),
        values: [...(known?.values ?? []), point.value].slice(-most),
      })
    }
  }
  return { series }
}

export function liveFrames(refId: string, { series }: LiveState): DataFrame[] {
  return [...series.values()].map(({ title, unit, labels, times, values }) =>
    frame(refId, title, [
      field('time', 'time', [...times]),
      field(title, 'number', [...values], { displayNameFromDS: title, unit }, labels),
    ]),
  )
}

function pointsOf(
  rates: LiveRates,
  measures: readonly string[],
): Array<{ title: string; unit: string; value: number | null }> {
  return LIVE_MEASURES.filter(({ name }) => measures.includes(name)).flatMap(({ name, title, unit }) => {
    if (name !== 'cost_per_minute') return [{ title, unit, value: rates[name] }]
    return Object.entries(rates.cost_per_minute).map(([currency, amount]) => ({
      title: `${title} (${currency})`,
      unit: `currency${currency}`,
      value: numberOf(amount),
    }))
  })
}
