/** A meter of our own, for apps without an OpenTelemetry SDK: cumulative sums, exact to the last bit, bounded. */
import type { Attributes, Counter, Gauge, Histogram, MetricOptions, UpDownCounter } from '@opentelemetry/api'
import type { MeterParts } from '../metrics/instruments.ts'

export interface Series {
  readonly attributes: Attributes
  /** ms since 1970; of a new series this moment. */
  readonly startedAt: number
  /** Of a histogram the sum, of a gauge the last value. */
  value: number
  /** What float64 addition lost so far (Neumaier's summation). */
  lost: number
  readonly counts: number[] | undefined
}

export interface Instrument {
  readonly name: string
  readonly unit: string
  readonly kind: 'counter' | 'updown' | 'histogram' | 'gauge'
  readonly bounds: readonly number[]
  readonly series: ReadonlyMap<string, Series>
}

export interface OwnMeter extends MeterParts {
  readonly instruments: readonly Instrument[]
}

/** Beyond it an instrument's series are one, so that the sum stays right. */
const MOST_SERIES = 2000
const OVERFLOW: Attributes = { 'otel.metric.overflow': true }

export function createOwnMeter(now: () => number): OwnMeter {
  const instruments: (Instrument & { readonly series: Map<string, Series> })[] = []

  const define = (kind: Instrument['kind'], name: string, options: MetricOptions = {}) => {
    const bounds = options.advice?.explicitBucketBoundaries ?? []
    const series = new Map<string, Series>()
    instruments.push({ name, unit: options.unit ?? '', kind, bounds, series })
    // Attributes are the same objects from call to call; their text is made once.
    const known = new WeakMap<Attributes, Series>()
    const find = (attributes: Attributes): Series => {
      const found = known.get(attributes)
      if (found !== undefined) return found
      const isFull = series.size >= MOST_SERIES
      const key = JSON.stringify(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)))
      const shown = series.has(key) || !isFull ? { key, attributes } : { key: '', attributes: OVERFLOW }
      const one = series.get(shown.key) ?? {
        attributes: shown.attributes,
        startedAt: now(),
        value: 0,
        lost: 0,
        counts: kind === 'histogram' ? new Array<number>(bounds.length + 1).fill(0) : undefined,
      }
      series.set(shown.key, one)
      known.set(attributes, one)
      return one
    }
    return { bounds, find }
  }

  const counter =
    (kind: 'counter' | 'updown') =>
    (name: string, options?: MetricOptions): Counter & UpDownCounter => {
      const { find } = define(kind, name, options)
      return { add: (value, attributes = {}) => add(find(attributes), value) }
    }
  return {
    instruments,
    createCounter: counter('counter'),
    createUpDownCounter: counter('updown'),
    createGauge: (name: string, options?: MetricOptions): Gauge => {
      const { find } = define('gauge', name, options)
      return { record: (value, attributes = {}) => void (find(attributes).value = value) }
    },
    createHistogram: (name: string, options?: MetricOptions): Histogram => {
      const { find, bounds } = define('histogram', name, options)
      return {
        record: (value, attributes = {}) => {
          const series = find(attributes)
          add(series, value)
          const at = bounds.findIndex((bound) => value <= bound)
          const { counts = [] } = series
          const bucket = at < 0 ? bounds.length : at
          counts[bucket] = (counts[bucket] ?? 0) + 1
        },
      }
    },
  }
}

function add(series: Series, value: number): void {
  const sum = series.value + value
  series.lost +=
    Math.abs(series.value) >= Math.abs(value) ? series.value - sum + value : value - sum + series.value
  series.value = sum
}
