/** What is read next, for every state of what is known. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DAY, HOUR, MINUTE } from '../clock.ts'
import { overlay, type Coverage } from '../usage/coverage.ts'
import type { Window } from '../usage/record.ts'
import {
  chunks,
  historyProgress,
  historyWindow,
  knownToAll,
  lastLookback,
  pendingWindows,
  recentWindow,
  type Terms,
} from './schedule.ts'

const NOW = Date.UTC(2026, 10, 20, 10, 25)
const HOURLY: Terms = { widthMs: HOUR, lagMs: 2 * HOUR, historyMs: 90 * DAY, maxWindowMs: 7 * DAY }
const DAILY: Terms = { ...HOURLY, widthMs: DAY, lagMs: 12 * HOUR }
const at = (day: number, hour: number): number => Date.UTC(2026, 10, day, hour)

const complete = (window: Window, fetchedAt = NOW): Coverage => [{ ...window, state: 'complete', fetchedAt }]

describe('the recent window', () => {
  it('reaches back six hours in whole buckets and includes the running one', () => {
    expect(recentWindow(HOURLY, NOW)).toEqual({ from: at(20, 4), to: at(20, 11) })
  })

  it('reaches back beyond the lag, with two buckets to spare, where the lag is longer than that', () => {
    expect(recentWindow({ ...HOURLY, lagMs: 24 * HOUR }, NOW)).toEqual({ from: at(19, 8), to: at(20, 11) })
    expect(recentWindow(DAILY, NOW)).toEqual({ from: at(17, 0), to: at(21, 0) })
  })

  it('never reaches beyond the history, and holds the running bucket even where the history is shorter', () => {
    const short = { ...HOURLY, historyMs: 3 * HOUR }
    expect(recentWindow(short, NOW)).toEqual({ from: at(20, 8), to: at(20, 11) })
    expect(recentWindow({ ...DAILY, historyMs: HOUR }, NOW)).toEqual({ from: at(20, 0), to: at(21, 0) })
    expect(historyWindow({ ...DAILY, historyMs: HOUR }, NOW)).toEqual({ from: at(20, 0), to: at(20, 0) })
  })

  it('starts at a bucket that lies wholly inside the history', () => {
    expect(historyWindow(HOURLY, NOW).from).toBe(Date.UTC(2026, 7, 22, 11))
    expect(historyWindow(HOURLY, at(20, 10)).from).toBe(Date.UTC(2026, 7, 22, 10))
  })
})

describe('requests', () => {
  it('end on multiples of the largest window and come newest first', () => {
    const terms = { widthMs: HOUR, maxWindowMs: 5 * HOUR }
    expect(chunks([{ from: 3 * HOUR, to: 12 * HOUR }], terms)).toEqual([
      { from: 10 * HOUR, to: 12 * HOUR },
      { from: 5 * HOUR, to: 10 * HOUR },
      { from: 3 * HOUR, to: 5 * HOUR },
    ])
  })

  it('take what is wanted of one multiple together', () => {
    const windows = [
      { from: 0, to: HOUR },
      { from: 2 * HOUR, to: 3 * HOUR },
    ]
    expect(chunks(windows, { widthMs: HOUR, maxWindowMs: 5 * HOUR })).toEqual([{ from: 0, to: 3 * HOUR }])
  })

  it('are at least one bucket long, and whole buckets where the limit is not', () => {
    const window = { from: 0, to: 2 * HOUR }
    const single = [
      { from: HOUR, to: 2 * HOUR },
      { from: 0, to: HOUR },
    ]
    expect(chunks([window], { widthMs: HOUR, maxWindowMs: 10 * MINUTE })).toEqual(single)
    expect(chunks([window], { widthMs: HOUR, maxWindowMs: 119 * MINUTE })).toEqual(single)
    expect(chunks([window], { widthMs: HOUR, maxWindowMs: 120 * MINUTE })).toEqual([window])
  })

  it('hold every wanted bucket once, aligned, within the limit', () => {
    const bucket = fc.integer({ min: 0, max: 60 })
    const windows = fc.uniqueArray(bucket, { maxLength: 12 }).map((edges) => {
      const sorted = edges.toSorted((a, b) => a - b)
      return Array.from({ length: Math.floor(sorted.length / 2) }, (_, pair) => ({
        from: (sorted[2 * pair] ?? 0) * HOUR,
        to: (sorted[2 * pair + 1] ?? 0) * HOUR,
      }))
    })
    fc.assert(
      fc.property(windows, fc.integer({ min: 1, max: 20 }), (wanted, hours) => {
        const found = chunks(wanted, { widthMs: HOUR, maxWindowMs: hours * HOUR })
        for (const [index, { from, to }] of found.entries()) {
          expect(to - from).toBeGreaterThan(0)
          expect(to - from).toBeLessThanOrEqual(hours * HOUR)
          expect(from % HOUR).toBe(0)
          const older = found[index + 1]
          if (older !== undefined) expect(older.to).toBeLessThanOrEqual(from)
        }
        for (let start = 0; start < 60 * HOUR; start += HOUR) {
          const isIn = ({ from, to }: Window): boolean => from <= start && start < to
          if (wanted.some(isIn)) expect(found.filter(isIn)).toHaveLength(1)
        }
      }),
    )
  })
})

describe('what is pending', () => {
  const history = historyWindow(HOURLY, NOW)

  it('is the whole history where nothing is known, newest first, in requests of the largest window', () => {
    const { backfill, lookback } = pendingWindows(HOURLY, [], NOW, NOW)
    expect(lookback).toEqual([])
    expect(backfill[0]?.to).toBe(history.to)
    expect(backfill.at(-1)?.from).toBe(history.from)
    expect(backfill.length).toBeLessThanOrEqual(14)
    const total = backfill.reduce((sum, { from, to }) => sum + to - from, 0)
    expect(total).toBe(history.to - history.from)
    expect(historyProgress(HOURLY, [], NOW)).toEqual({ doneMs: 0, totalMs: total })
  })

  it('is nothing where all is known and no look-back is due', () => {
    const known = complete(history, NOW - 59 * MINUTE)
    expect(pendingWindows(HOURLY, known, NOW - 59 * MINUTE, NOW)).toEqual({ backfill: [], lookback: [] })
  })

  it('is only the gaps where reading stopped half-way', () => {
    const middle = at(1, 0)
    const known = complete({ from: middle, to: history.to })
    const { backfill } = pendingWindows(HOURLY, known, NOW, NOW)
    expect(backfill[0]?.to).toBe(middle)
    expect(backfill.at(-1)?.from).toBe(history.from)
  })

  it('includes what was asked for before the look-back began, and not what was asked for since', () => {
    const lookbackAt = NOW - 5 * MINUTE
    const known = overlay(complete(history, lookbackAt - 1), {
      from: at(19, 0),
      to: history.to,
      state: 'complete',
      fetchedAt: lookbackAt,
    })
    const { backfill, lookback } = pendingWindows(HOURLY, known, lookbackAt, NOW)
    expect(backfill).toEqual([])
    expect(lookback[0]?.to).toBe(at(19, 0))
    expect(lookback.at(-1)?.from).toBe(history.from)
  })
})

describe('what is known to all cuts', () => {
  it('is nothing where there is no cut, and what each has where there are several', () => {
    expect(knownToAll([])).toEqual([])
    const a = complete({ from: 0, to: 10 }, 5)
    const b = complete({ from: 4, to: 20 }, 3)
    expect(knownToAll([a, b])).toEqual(complete({ from: 4, to: 10 }, 3))
    expect(knownToAll([a, []])).toEqual([])
  })

  it('does not hold provisional answers, which are asked for again, but does hold partial ones', () => {
    const spans: Coverage = [
      { from: 0, to: 5, state: 'partial', fetchedAt: 1 },
      { from: 5, to: 9, state: 'provisional', fetchedAt: 1 },
    ]
    expect(knownToAll([spans]).map(({ from, to }) => ({ from, to }))).toEqual([{ from: 0, to: 5 }])
  })

  it('dates the last look-back by its oldest answer inside the history', () => {
    const history = historyWindow(HOURLY, NOW)
    const known: Coverage = [
      { from: history.from - DAY, to: history.from, state: 'complete', fetchedAt: 1 },
      { from: history.from, to: at(1, 0), state: 'complete', fetchedAt: 20 },
      { from: at(1, 0), to: history.to, state: 'complete', fetchedAt: 10 },
      { from: history.to, to: NOW, state: 'complete', fetchedAt: 5 },
    ]
    expect(lastLookback(HOURLY, known, NOW)).toBe(10)
    expect(lastLookback(HOURLY, [], NOW)).toBeUndefined()
  })
})
