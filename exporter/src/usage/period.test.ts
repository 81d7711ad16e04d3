import { describe, expect, test } from 'vitest'
import { DAY, HOUR, MINUTE } from '../clock.ts'
import { UsageExplorerError } from '../errors.ts'
import {
  autoGranularity,
  bucketStarts,
  isZone,
  periodAt,
  previousPeriod,
  refuseUnlessWhole,
  utcDate,
  widen,
  type Granularity,
} from './period.ts'

const at = (text: string): number => Date.parse(text)
const iso = (window: { from: number; to: number }): string[] =>
  [window.from, window.to].map((instant) => new Date(instant).toISOString())

describe('periods', () => {
  test.each<[Granularity, string, string, string]>([
    ['hour', 'UTC', '2026-11-20T10:00:00.000Z', '2026-11-20T11:00:00.000Z'],
    ['day', 'UTC', '2026-11-20T00:00:00.000Z', '2026-11-21T00:00:00.000Z'],
    ['week', 'UTC', '2026-11-16T00:00:00.000Z', '2026-11-23T00:00:00.000Z'],
    ['month', 'UTC', '2026-11-01T00:00:00.000Z', '2026-12-01T00:00:00.000Z'],
    ['day', 'America/New_York', '2026-11-20T05:00:00.000Z', '2026-11-21T05:00:00.000Z'],
    ['month', 'Europe/Berlin', '2026-10-31T23:00:00.000Z', '2026-11-30T23:00:00.000Z'],
  ])('the %s that holds an instant in %s', (unit, zone, from, to) => {
    expect(iso(periodAt(unit, at('2026-11-20T10:30:00Z'), zone))).toEqual([from, to])
  })

  test('an instant on a boundary belongs to the period that it begins', () => {
    expect(iso(periodAt('day', at('2026-11-20T00:00:00Z'), 'UTC'))[0]).toBe('2026-11-20T00:00:00.000Z')
    expect(iso(periodAt('day', at('2026-11-19T23:59:59.999Z'), 'UTC'))[0]).toBe('2026-11-19T00:00:00.000Z')
  })

  test('the previous period ends where this one begins, also across a change of length', () => {
    expect(iso(previousPeriod('month', at('2026-03-15T00:00:00Z'), 'UTC'))).toEqual([
      '2026-02-01T00:00:00.000Z',
      '2026-03-01T00:00:00.000Z',
    ])
    expect(iso(previousPeriod('day', at('2026-03-30T12:00:00Z'), 'Europe/Berlin'))).toEqual([
      '2026-03-28T23:00:00.000Z',
      '2026-03-29T22:00:00.000Z',
    ])
  })
})

describe('buckets', () => {
  test('days are 23 and 25 hours long when clocks change', () => {
    const spring = { from: at('2026-03-27T23:00:00Z'), to: at('2026-03-30T22:00:00Z') }
    const starts = [...bucketStarts('day', spring, 'Europe/Berlin'), spring.to]
    expect(starts.slice(1).map((start, index) => (start - (starts[index] ?? 0)) / HOUR)).toEqual([24, 23, 24])
    const autumn = { from: at('2026-10-24T22:00:00Z'), to: at('2026-10-26T23:00:00Z') }
    const later = [...bucketStarts('day', autumn, 'Europe/Berlin'), autumn.to]
    expect(later.slice(1).map((start, index) => (start - (later[index] ?? 0)) / HOUR)).toEqual([25, 24])
  })

  test('the hour that a clock change repeats is two buckets', () => {
    const day = periodAt('day', at('2026-10-25T12:00:00Z'), 'Europe/Berlin')
    const starts = bucketStarts('hour', day, 'Europe/Berlin')
    expect(starts).toHaveLength(25)
    expect(new Set(starts.slice(1).map((start, index) => start - (starts[index] ?? 0)))).toEqual(
      new Set([HOUR]),
    )
  })

  test('a window that starts inside a week begins with the rest of it', () => {
    const window = { from: at('2026-11-19T00:00:00Z'), to: at('2026-11-25T00:00:00Z') }
    expect(bucketStarts('week', window, 'UTC')).toEqual([window.from, at('2026-11-23T00:00:00Z')])
  })

  test('a day without a midnight begins when it begins', () => {
    const { from, to } = periodAt('day', at('2026-04-24T12:00:00Z'), 'Africa/Cairo')
    expect((to - from) / HOUR).toBe(23)
    expect(new Date(from).toISOString()).toBe('2026-04-23T22:00:00.000Z')
  })
})

test.each<[number, Granularity]>([
  [3 * DAY, 'hour'],
  [3 * DAY + 1, 'day'],
  [92 * DAY, 'day'],
  [92 * DAY + 1, 'week'],
  [366 * DAY, 'week'],
  [366 * DAY + 1, 'month'],
])('a range of %d ms is answered by the %s', (length, granularity) => {
  expect(autoGranularity({ from: 0, to: length })).toBe(granularity)
})

test('a window is widened to whole hours and stays where it has them', () => {
  const whole = { from: at('2026-11-20T10:00:00Z'), to: at('2026-11-20T12:00:00Z') }
  expect(widen({ from: whole.from + 1, to: whole.to - 1 }, 'hour', 'UTC')).toEqual(whole)
  expect(widen(whole, 'hour', 'UTC')).toEqual(whole)
})

test('the UTC day of a local date has the same date', () => {
  expect(utcDate(at('2026-11-20T05:00:00Z'), 'America/New_York')).toBe(at('2026-11-20T00:00:00Z'))
  expect(utcDate(at('2026-11-19T23:00:00Z'), 'Europe/Berlin')).toBe(at('2026-11-20T00:00:00Z'))
})

describe('zones off the full hour', () => {
  const day = periodAt('day', at('2026-11-20T12:00:00Z'), 'Asia/Kolkata')

  test('are refused for hourly rows, by name and with what to ask instead', () => {
    const attempt = (): void => refuseUnlessWhole([day.from], HOUR, 'Asia/Kolkata')
    expect(attempt).toThrow(UsageExplorerError)
    expect(attempt).toThrow(/Asia\/Kolkata is \+05:30 from UTC.*ask in UTC/s)
  })

  test('are served by rows of a quarter of an hour', () => {
    expect(() => refuseUnlessWhole([day.from], 15 * MINUTE, 'Asia/Kolkata')).not.toThrow()
  })

  test('are judged by date: a zone may be whole in one season only', () => {
    const winter = periodAt('day', at('2026-06-20T12:00:00Z'), 'Australia/Lord_Howe')
    const summer = periodAt('day', at('2026-12-20T12:00:00Z'), 'Australia/Lord_Howe')
    expect(() => refuseUnlessWhole([summer.from], HOUR, 'Australia/Lord_Howe')).not.toThrow()
    expect(() => refuseUnlessWhole([winter.from], HOUR, 'Australia/Lord_Howe')).toThrow(UsageExplorerError)
  })
})

test('zones are IANA names', () => {
  expect(['UTC', 'Europe/Berlin', 'Etc/GMT'].every(isZone)).toBe(true)
  expect(['', 'Berlin', 'Europe/Atlantis', 'now'].some(isZone)).toBe(false)
})
