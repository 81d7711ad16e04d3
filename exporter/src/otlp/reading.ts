/** A point as figures that can be compared with the one before it: exact totals, and buckets in the one layout. */
import { fromInteger, parseAmount, type Amount } from '@usage-explorer/core/amount'
import { bucketOf, TIME_BUCKETS } from '../usage/histogram.ts'
import type { ExponentialHistogram, Histogram, Point } from './wire/request.ts'

export interface Reading {
  readonly total: Amount
  readonly count: number
  /** By {@link TIME_BUCKETS}; empty where the point has none. */
  readonly buckets: readonly number[]
  /** Some bucket's bound is none of ours, so that its calls may stand one bucket too high. */
  readonly approximate: boolean
}

/**
 * Digits of a float64 that are noise of adding: beyond a billionth of a cent, a nanosecond or a token. Rounding the running
 * total, not its steps, keeps errors from adding up.
 */
const DECIMALS = 12

/** Undefined where the point holds no figure, or none that can be counted (NaN, negative). */
export function readPoint({ value }: Point): Reading | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'bigint') return value < 0n ? undefined : figure(fromInteger(value))
  if (typeof value === 'number') {
    const total = amountOf(value)
    return total === undefined ? undefined : figure(total)
  }
  const total = amountOf(value.sum ?? 0)
  if (total === undefined || !isCount(value.count) || !value.counts.every(isCount)) return undefined
  const { buckets, approximate } = 'scale' in value ? exponential(value) : explicit(value)
  return { total, count: value.count, buckets, approximate }
}

function figure(total: Amount): Reading {
  return { total, count: 0, buckets: [], approximate: false }
}

function amountOf(value: number): Amount | undefined {
  return Number.isFinite(value) && value >= 0 && value < 1e19
    ? parseAmount(value.toFixed(DECIMALS))?.amount
    : undefined
}

function isCount(count: number): boolean {
  return Number.isFinite(count) && count >= 0
}

const POSITIONS: ReadonlyMap<string, number> = new Map(TIME_BUCKETS.map((bucket, at) => [bucket, at]))

function explicit({ bounds, counts }: Histogram): Pick<Reading, 'buckets' | 'approximate'> {
  const buckets = TIME_BUCKETS.map(() => 0)
  let approximate = false
  counts.forEach((count, at) => {
    if (count === 0) return
    const bound = bounds[at] ?? Infinity
    approximate ||= bound !== Infinity && !POSITIONS.has(String(bound))
    add(buckets, bound, count)
  })
  return { buckets, approximate }
}

/** Upper bound of bucket i: 2^((offset + i + 1) / 2^scale). Source: opentelemetry.io/docs/specs/otel/metrics/data-model. */
function exponential(histogram: ExponentialHistogram): Pick<Reading, 'buckets' | 'approximate'> {
  const { scale, zeroCount, offset, counts } = histogram
  const buckets = TIME_BUCKETS.map(() => 0)
  add(buckets, 0, zeroCount)
  counts.forEach((count, at) => {
    if (count > 0) add(buckets, 2 ** ((offset + at + 1) / 2 ** scale), count)
  })
  return { buckets, approximate: counts.some((count) => count > 0) }
}

function add(buckets: number[], bound: number, count: number): void {
  const at = POSITIONS.get(bucketOf(bound)) ?? buckets.length - 1
  buckets[at] = (buckets[at] ?? 0) + count
}
