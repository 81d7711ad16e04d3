/** The stretches of time that usage gauges sum: calendar periods and windows that end at the watermark. Pure. */
import { DAY, HOUR } from '../clock.ts'
import { gaps, watermark, within, type Coverage } from '../usage/coverage.ts'
import { fallOnBuckets, GRANULARITIES, periodAt, previousPeriod } from '../usage/period.ts'
import type { Window } from '../usage/record.ts'

export interface Period extends Window {
  /** `day`, `previous_day` and so on. */
  readonly name: string
}

/** What is summed for one value of the label `period` or `window`. */
export interface Range extends Window {
  readonly label: 'period' | 'window'
  readonly name: string
}

/** What a gauge reads: an exposed cut, or its twin. */
export interface GaugeCut {
  readonly widthMs: number
  readonly coverage: Coverage
}

const WINDOWS_MS: Readonly<Record<string, number>> = {
  '1h': HOUR,
  '6h': 6 * HOUR,
  '24h': DAY,
  '7d': 7 * DAY,
}

/** Hour, day, week and month of now, and the one before each. In UTC where rows cannot be summed to days of the zone. */
export function periodsAt(now: number, zone: string, widthMs: number): Period[] {
  const inZone = periodsIn(now, zone)
  const edges = inZone.flatMap(({ from, to }) => [from, to])
  return widthMs <= HOUR && fallOnBuckets(edges, widthMs) ? inZone : periodsIn(now, 'UTC')
}

/**
 * The ranges that are known without a gap up to the watermark. A period is there once the watermark has passed its
 * start; a window, where it is no shorter than a bucket and the source's lag.
 */
export function rangesAt(periods: readonly Period[], cut: GaugeCut, lagMs: number): Range[] {
  const mark = watermark(cut.coverage)
  if (mark === undefined) return []
  const ofPeriods = periods
    .filter(({ from, to }) => mark > from && to - from >= cut.widthMs)
    .map(({ name, from, to }): Range => ({ label: 'period', name, from, to: Math.min(to, mark) }))
  const ofWindows = Object.entries(WINDOWS_MS)
    .filter(([, length]) => length >= cut.widthMs + lagMs)
    .map(([name, length]): Range => ({ label: 'window', name, from: mark - length, to: mark }))
  return [...ofPeriods, ...ofWindows].filter((range) => isCovered(cut.coverage, range))
}

function isCovered(coverage: Coverage, range: Window): boolean {
  return gaps(within(coverage, range), range, ({ state }) => state !== 'provisional').length === 0
}

function periodsIn(now: number, zone: string): Period[] {
  return GRANULARITIES.flatMap((unit) => [
    { name: unit, ...periodAt(unit, now, zone) },
    { name: `previous_${unit}`, ...previousPeriod(unit, now, zone) },
  ])
}
