/** The buckets of an answer: in the question's zone, or in UTC days for sources that know only those. Pure. */
import { DAY, HOUR } from '../clock.ts'
import type { Window } from '../usage/record.ts'
import { bucketStarts, utcDate, type Granularity } from '../usage/period.ts'

/** How an answer's window is cut; `total`: not at all. */
export type Buckets = Granularity | 'total'

export interface Calendar {
  readonly window: Window
  /** Ascending; the first is the window's start. */
  readonly starts: readonly number[]
}

export function zoneCalendar(window: Window, buckets: Buckets, zone: string): Calendar {
  return { window, starts: buckets === 'total' ? [window.from] : bucketStarts(buckets, window, zone) }
}

/**
 * The same dates as UTC days: bucket by bucket the same local dates, so that answers of both kinds stand side by side.
 * By the hour there is no such thing, and the calendar has no buckets.
 */
export function utcDayCalendar(calendar: Calendar, buckets: Buckets, zone: string): Calendar {
  const { from, to } = calendar.window
  const window = { from: utcDate(from, zone), to: utcDate(to - 1, zone) + DAY }
  return {
    window,
    starts: buckets === 'hour' ? [] : calendar.starts.map((start) => utcDate(start, zone)),
  }
}

/** The bucket's time, given its index. */
export function bucketWindow({ window, starts }: Calendar, index: number): Window {
  return { from: starts[index] ?? window.to, to: starts[index + 1] ?? window.to }
}

/** Rows this wide cannot be summed to hours nor to days of other zones. */
export function isDaily(widthMs: number): boolean {
  return widthMs > HOUR
}
