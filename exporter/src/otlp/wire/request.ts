/** An OTLP export request as this service reads it, whichever of the two encodings it came in. */

/** Lists, maps and bytes are null: no label needs them. */
export type AttributeValue = string | number | bigint | boolean | null
/** Without a prototype, so that no key means anything by itself. */
export type Attributes = Readonly<Record<string, AttributeValue>>

export interface ResourceMetrics {
  readonly attributes: Attributes
  readonly scopes: readonly ScopeMetrics[]
}

export interface ScopeMetrics {
  readonly name: string
  readonly metrics: readonly Metric[]
}

export type Temporality = 'unspecified' | 'delta' | 'cumulative'

export interface Metric {
  readonly name: string
  readonly kind: 'gauge' | 'sum' | 'histogram' | 'exponential' | 'other'
  /** A gauge has none. */
  readonly temporality: Temporality
  readonly monotonic: boolean
  readonly points: readonly Point[]
}

export interface Point {
  readonly attributes: Attributes
  /** ms since 1970 with a fraction; 0 where not told. */
  readonly startMs: number
  readonly timeMs: number
  /** The series ended; there is no value. */
  readonly absent: boolean
  readonly value: number | bigint | Histogram | ExponentialHistogram | undefined
}

export interface Histogram {
  readonly count: number
  readonly sum: number | undefined
  readonly bounds: readonly number[]
  /** Empty, or one more than bounds. */
  readonly counts: readonly number[]
}

export interface ExponentialHistogram {
  readonly count: number
  readonly sum: number | undefined
  readonly scale: number
  readonly zeroCount: number
  readonly offset: number
  /** Of positive values; times are never negative. */
  readonly counts: readonly number[]
}

export interface ResourceLogs {
  readonly attributes: Attributes
  readonly scopes: readonly { readonly name: string; readonly records: readonly LogRecord[] }[]
}

export interface LogRecord {
  readonly timeMs: number
  readonly eventName: string
  readonly attributes: Attributes
  /** Hexadecimal, '' where none. */
  readonly traceId: string
}

/** The body is no OTLP request. */
export class OtlpDecodeError extends Error {
  override readonly name = 'OtlpDecodeError'
}

/** A table without a prototype's members. From a class, because V8 fills such objects more than twice as fast as `Object.create(null)`. */
const Table = function () {
  // Nothing in it yet.
} as unknown as new () => Record<string, AttributeValue>
;(Table as { prototype: object }).prototype = Object.create(null) as object

export function emptyAttributes(): Record<string, AttributeValue> {
  return new Table()
}

export const TEMPORALITIES: readonly Temporality[] = ['unspecified', 'delta', 'cumulative']
