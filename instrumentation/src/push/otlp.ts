/** Metrics and log records as OTLP/JSON. Source: opentelemetry.io/docs/specs/otlp, JSON Protobuf Encoding. */
import type { AttributeValue, Attributes } from '@opentelemetry/api'
import { SCOPE } from '../metrics/names.ts'
import type { Instrument, Series } from './meter.ts'

/** AGGREGATION_TEMPORALITY_CUMULATIVE. */
const CUMULATIVE = 2

export interface LogRecord {
  readonly at: number
  readonly eventName: string
  readonly traceId: string
  readonly attributes: Attributes
}

/** The body of `POST /v1/metrics`. */
export function writeMetrics(instruments: readonly Instrument[], resource: Attributes, now: number): string {
  const metrics = instruments
    .filter(({ series }) => series.size > 0)
    .map((instrument) => ({ name: instrument.name, unit: instrument.unit, ...dataOf(instrument, now) }))
  return JSON.stringify({
    resourceMetrics: [
      {
        resource: { attributes: attributesOf(resource) },
        scopeMetrics: [{ scope: { name: SCOPE }, metrics }],
      },
    ],
  })
}

/** The body of `POST /v1/logs`. */
export function writeLogs(records: readonly LogRecord[], resource: Attributes): string {
  const logRecords = records.map(({ at, eventName, traceId, attributes }) => ({
    timeUnixNano: nanoseconds(at),
    eventName,
    traceId,
    attributes: attributesOf(attributes),
  }))
  return JSON.stringify({
    resourceLogs: [
      {
        resource: { attributes: attributesOf(resource) },
        scopeLogs: [{ scope: { name: SCOPE }, logRecords }],
      },
    ],
  })
}

function dataOf({ kind, bounds, series }: Instrument, now: number): object {
  const points = [...series.values()]
  const common = ({ attributes, startedAt }: Series): object => ({
    attributes: attributesOf(attributes),
    startTimeUnixNano: nanoseconds(startedAt),
    timeUnixNano: nanoseconds(now),
  })
  if (kind === 'histogram') {
    const dataPoints = points.map((point) => {
      const counts = point.counts ?? []
      return {
        ...common(point),
        count: String(counts.reduce((a, b) => a + b, 0)),
        sum: point.value + point.lost,
        bucketCounts: counts.map(String),
        explicitBounds: bounds,
      }
    })
    return { histogram: { aggregationTemporality: CUMULATIVE, dataPoints } }
  }
  const dataPoints = points.map((point) => ({ ...common(point), asDouble: point.value + point.lost }))
  if (kind === 'gauge') return { gauge: { dataPoints } }
  return { sum: { aggregationTemporality: CUMULATIVE, isMonotonic: kind === 'counter', dataPoints } }
}

function attributesOf(attributes: Attributes): object[] {
  return Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value: valueOf(value) }],
  )
}

function valueOf(value: AttributeValue): object {
  if (typeof value === 'boolean') return { boolValue: value }
  if (typeof value === 'number')
    return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value }
  return { stringValue: String(value) }
}

/** A float64 has no room for nanoseconds since 1970. */
function nanoseconds(ms: number): string {
  return `${Math.round(ms * 1000)}000`
}
