/** The buckets that the usage endpoint can be asked for, in UTC. */
import { DAY, HOUR } from '../clock.ts'

export const TIME_UNITS = ['TIME_UNIT_HOUR', 'TIME_UNIT_DAY', 'TIME_UNIT_MONTH', 'TIME_UNIT_NONE'] as const
export type TimeUnit = (typeof TIME_UNITS)[number]

/** Starts of all buckets that overlap [from, to), ascending; NONE has one bucket that starts at `from`. */
export function bucketStarts(from: number, to: number, unit: TimeUnit): number[] {
  const starts: number[] = []
  let start = floorTo(from, unit)
  while (start < to) {
    starts.push(start)
    start = next(start, unit)
  }
  return starts
}

/** First instant of the UTC month that is `months` after the one of `instant`. */
export function monthStart(instant: number, months = 0): number {
  const date = new Date(instant)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1)
}

function floorTo(instant: number, unit: TimeUnit): number {
  switch (unit) {
    case 'TIME_UNIT_HOUR':
      return Math.floor(instant / HOUR) * HOUR
    case 'TIME_UNIT_DAY':
      return Math.floor(instant / DAY) * DAY
    case 'TIME_UNIT_MONTH':
      return monthStart(instant)
    case 'TIME_UNIT_NONE':
      return instant
  }
}

function next(start: number, unit: TimeUnit): number {
  switch (unit) {
    case 'TIME_UNIT_HOUR':
      return start + HOUR
    case 'TIME_UNIT_DAY':
      return start + DAY
    case 'TIME_UNIT_MONTH':
      return monthStart(start, 1)
    case 'TIME_UNIT_NONE':
      return Infinity
  }
}
