/** An OTLP metrics request as this service reads it, whichever of the two encodings it came in. */

/** Arrays, key-value lists and bytes are JSON text. An int is a bigint, a double is a number. */
export type AttributeValue = string | number | bigint | boolean | null

/** Inherits nothing, so that no key means anything by itself. */
export type Attributes = Readonly<Record<string, AttributeValue>>

export interface MetricsRequest {
  readonly resources: readonly ResourceMetrics[]
}

export interface ResourceMetrics {
  readonly attributes: Attributes
  readonly scopes: readonly ScopeMetrics[]
}

export interface ScopeMetrics {
  readonly name: string
  readonly version: string
  readonly metrics: readonly Metric[]
}

export interface Metric {
  readonly name: string
  readonly unit: string
  /** Empty where the metric states no data of any kind that is known. */
  readonly kind: 'gauge' | 'sum' | 'histogram' | 'exponential' | 'summary' | 'empty'
  /** Gauges and summaries have none. */
  readonly temporality: 'delta' | 'cumulative' | 'unspecified'
  readonly monotonic: boolean
  readonly points: readonly Point[]
}

/** The points of a summary have neither value nor histogram. */
export interface Point {
  readonly attributes: Attributes
  /** ms since 1970 with a fraction; 0 where not told. */
  readonly startMs: number
  /** ms since 1970 with a fraction. */
  readonly timeMs: number
  /** The series ended; there is no value. */
  readonly noRecordedValue: boolean
  readonly value?: NumberValue
  readonly histogram?: Histogram
  readonly exponential?: ExponentialHistogram
}

/** as_int is a bigint, as_double is a number. */
export type NumberValue = bigint | number

/** Counts beyond 2⁵³ are nearly right only. */
export interface Histogram {
  readonly count: number
  readonly sum: number | undefined
  readonly bounds: readonly number[]
  readonly counts: readonly number[]
}

export interface ExponentialHistogram {
  readonly count: number
  readonly sum: number | undefined
  readonly scale: number
  readonly zeroCount: number
  readonly zeroThreshold: number
  readonly positive: ExponentialBuckets
  readonly negative: ExponentialBuckets
}

export interface ExponentialBuckets {
  readonly offset: number
  readonly counts: readonly number[]
}
