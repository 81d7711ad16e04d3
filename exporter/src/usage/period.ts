/** Calendar periods in a zone: their boundaries, the buckets of an answer, and which zones hourly data can serve. */
import { DateTime, IANAZone } from 'luxon'
import { DAY, HOUR, MINUTE } from '../clock.ts'
import { UsageExplorerError } from '../errors.ts'
import type { Window } from './record.ts'

export const GRANULARITIES = ['hour', 'day', 'week', 'month'] as const
export type Granularity = (typeof GRANULARITIES)[number]

/** Longest ranges that `auto` still answers by the hour, the day and the week (the longest quarter, a leap year). */
const HOURLY_UP_TO_MS: number = 3 * DAY
const DAILY_UP_TO_MS: number = 92 * DAY
const WEEKLY_UP_TO_MS: number = 366 * DAY

export function isZone(name: string): boolean {
  return IANAZone.isValidZone(name)
}

/** The hour, day, ISO week (from Monday) or month of `zone` that holds the instant. */
export function periodAt(unit: Granularity, at: number, zone: string): Window {
  const from = startOf(unit, at, zone)
  return { from, to: next(unit, from, zone) }
}

/** The period before the one that holds the instant. */
export function previousPeriod(unit: Granularity, at: number, zone: string): Window {
  const to = startOf(unit, at, zone)
  return { from: startOf(unit, to - 1, zone), to }
}

/**
 * Starts of the buckets that cover the window, ascending. The first one is the window's own start, so a window that
 * starts inside a period begins with the rest of that period.
 */
export function bucketStarts(granularity: Granularity, window: Window, zone: string): number[] {
  const starts: number[] = []
  for (let start = window.from; start < window.to; start = periodAt(granularity, start, zone).to) {
    starts.push(start)
  }
  return starts
}

/** Hours for short ranges, days for weeks, weeks for months, months beyond a year. */
export function autoGranularity(window: Window): Granularity {
  const length = window.to - window.from
  if (length <= HOURLY_UP_TO_MS) return 'hour'
  if (length <= DAILY_UP_TO_MS) return 'day'
  return length <= WEEKLY_UP_TO_MS ? 'week' : 'month'
}

/** The window widened to whole units of the zone. */
export function widen(window: Window, unit: Granularity, zone: string): Window {
  return { from: startOf(unit, window.from, zone), to: periodAt(unit, window.to - 1, zone).to }
}

/** Midnight UTC of the date that the instant has in `zone`. */
export function utcDate(at: number, zone: string): number {
  return Math.floor((at + offsetMs(at, zone)) / DAY) * DAY
}

/** Whether buckets that end at these instants can be summed exactly from rows of `widthMs`. */
export function fallOnBuckets(instants: readonly number[], widthMs: number): boolean {
  return instants.every((instant) => instant % widthMs === 0)
}

/** Throws QUERY_ZONE_UNSUPPORTED unless rows of `widthMs` can be summed between these instants of the zone. */
export function refuseUnlessWhole(instants: readonly number[], widthMs: number, zone: string): void {
  const odd = instants.find((instant) => instant % widthMs !== 0)
  if (odd === undefined) return
  const offset = DateTime.fromMillis(odd, { zone }).toFormat('ZZ')
  throw new UsageExplorerError(
    'QUERY_ZONE_UNSUPPORTED',
    `zone: ${zone} is ${offset} from UTC around ${new Date(odd).toISOString()}, and the data there comes in buckets ` +
      `of ${widthMs / MINUTE} minutes of UTC, so its days cannot be summed exactly; ask in UTC or a zone of whole hours`,
  )
}

function startOf(unit: Granularity, at: number, zone: string): number {
  // An hour is found by arithmetic because the repeated hour of a clock change has no unambiguous local time.
  if (unit === 'hour') return at - modulo(at + offsetMs(at, zone), HOUR)
  return DateTime.fromMillis(at, { zone }).startOf(unit).toMillis()
}

function next(unit: Granularity, start: number, zone: string): number {
  if (unit === 'hour') return start + HOUR
  return DateTime.fromMillis(start, { zone })
    .plus({ [unit]: 1 })
    .startOf(unit)
    .toMillis()
}

function offsetMs(at: number, zone: string): number {
  // Of UTC, which most use, a DateTime knows the offset without asking Intl.
  return DateTime.fromMillis(at, { zone }).offset * MINUTE
}

function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor
}
