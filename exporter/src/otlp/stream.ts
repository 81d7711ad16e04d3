/** How far one stream of points was counted, and what the next point of it adds. */
import { formatAmount, parseAmount, type Amount } from '@usage-explorer/core/amount'
import type { Reading } from './reading.ts'
import type { Temporality } from './wire/request.ts'

/** What a point adds. */
export interface Growth {
  readonly total: Amount
  readonly count: number
  readonly buckets: readonly number[]
}

export interface StreamPosition {
  /** Newest point that was counted. */
  readonly timeMs: number
  /** Of a cumulative stream. */
  readonly last?: Growth | undefined
  /** Ends of delta points that were counted, newest last: a replayed one is known again. */
  readonly ends?: readonly number[] | undefined
}

/** So many delta points may arrive in another order than they were made. */
const ENDS_KEPT = 32

export interface Step {
  readonly position: StreamPosition
  /** Undefined: nothing new. */
  readonly growth: Growth | undefined
}

/**
 * What a point adds to what was counted of its stream. Streams are told apart by when they started, so that a restart is a
 * new stream and an old one's late points find their own position.
 *
 * @param countsWhole whether the first point of a cumulative stream counts: it began when we were there already
 */
export function advance(
  position: StreamPosition | undefined,
  reading: Reading,
  point: { readonly timeMs: number; readonly temporality: Temporality; readonly countsWhole: boolean },
): Step | undefined {
  const { timeMs } = point
  const now = growthOf(reading)
  if (point.temporality === 'delta') {
    const ends = position?.ends ?? []
    // Older than all that is remembered: whether it was counted can no longer be known.
    if (ends.includes(timeMs) || (ends.length >= ENDS_KEPT && timeMs < (ends[0] ?? 0))) return undefined
    const kept = [...ends, timeMs].sort((a, b) => a - b).slice(-ENDS_KEPT)
    return { position: { timeMs: Math.max(timeMs, position?.timeMs ?? 0), ends: kept }, growth: now }
  }
  if (position?.last === undefined) {
    return { position: { timeMs, last: now }, growth: point.countsWhole ? now : undefined }
  }
  if (timeMs <= position.timeMs) return undefined
  const { last } = position
  // It fell without saying that it started anew: what it shows now was counted since.
  const restarted = now.total < last.total || now.count < last.count
  return { position: { timeMs, last: now }, growth: restarted ? now : difference(now, last) }
}

export function writePosition({ timeMs, last, ends }: StreamPosition): string {
  return JSON.stringify({
    t: timeMs,
    ...(last && { v: formatAmount(last.total), n: last.count, b: last.buckets }),
    ...(ends && { e: ends }),
  })
}

export function readPosition(text: string): StreamPosition {
  const { t, v, n, b, e } = JSON.parse(text) as {
    t: number
    v?: string
    n?: number
    b?: number[]
    e?: number[]
  }
  const total = v === undefined ? undefined : parseAmount(v)?.amount
  return {
    timeMs: t,
    ...(total !== undefined && { last: { total, count: n ?? 0, buckets: b ?? [] } }),
    ...(e && { ends: e }),
  }
}

function growthOf({ total, count, buckets }: Reading): Growth {
  return { total, count, buckets }
}

function difference(now: Growth, last: Growth): Growth {
  return {
    total: now.total - last.total,
    count: now.count - last.count,
    buckets: now.buckets.map((count, at) => count - (last.buckets[at] ?? 0)),
  }
}
