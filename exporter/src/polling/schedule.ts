/** Which windows of a source to read: the last hours often, what is unknown soon, all of the history now and then. Pure. */
import { HOUR } from '../clock.ts'
import { gaps, within, type Coverage } from '../usage/coverage.ts'
import type { Window } from '../usage/record.ts'

/** What a source's reader and its account's settings allow. Lengths in ms. */
export interface Terms {
  readonly widthMs: number
  /** How late the provider's data arrives. */
  readonly lagMs: number
  /** How far back to read: what the API, the account's look-back and retention all allow. */
  readonly historyMs: number
  readonly maxWindowMs: number
}

export interface Pending {
  /** Unknown stretches: never read, or last read when they were not in yet. */
  readonly backfill: readonly Window[]
  /** Known stretches whose last answer is older than the look-back that is due. */
  readonly lookback: readonly Window[]
}

/** Providers correct the last hours most, so that many are re-read at every poll even where the lag is short. */
const RECENT_MS = 6 * HOUR
/** Buckets re-read before the watermark, which the provider has only just called complete. */
const SETTLING_BUCKETS = 2

/**
 * The stretch that every poll reads: from before the watermark that a read now would give, to the end of the running
 * bucket. It always holds what is still provisional, so whatever is unknown before it is a gap.
 */
export function recentWindow({ widthMs, lagMs, historyMs }: Terms, now: number): Window {
  const to = floor(now, widthMs) + widthMs
  const back = Math.max(RECENT_MS, lagMs + SETTLING_BUCKETS * widthMs)
  return { from: Math.max(floor(now - back, widthMs), oldest(now, historyMs, widthMs)), to }
}

/** What lies before the recent window, as far back as is read at all. May be empty. */
export function historyWindow(terms: Terms, now: number): Window {
  const { from: to } = recentWindow(terms, now)
  return { from: Math.min(to, oldest(now, terms.historyMs, terms.widthMs)), to }
}

/**
 * What of the history still has to be read, newest first in each part, in windows that may be asked for at once.
 *
 * @param known what all live cuts of the source have answered for
 * @param lookbackAt when the look-back that is under way or was last finished began
 */
export function pendingWindows(terms: Terms, known: Coverage, lookbackAt: number, now: number): Pending {
  const history = historyWindow(terms, now)
  const stale = within(known, history).filter((span) => span.fetchedAt < lookbackAt)
  return {
    backfill: chunks(
      gaps(known, history, () => true),
      terms,
    ),
    lookback: chunks(stale, terms),
  }
}

/** How much of the history is known, in ms. */
export function historyProgress(
  terms: Terms,
  known: Coverage,
  now: number,
): { doneMs: number; totalMs: number } {
  const history = historyWindow(terms, now)
  const missing = gaps(known, history, () => true).reduce((sum, { from, to }) => sum + to - from, 0)
  const totalMs = history.to - history.from
  return { doneMs: totalMs - missing, totalMs }
}

/**
 * What every one of a source's cuts has answered for, each stretch with its oldest answer. Provisional answers do not
 * count, partial ones do: only a look-back can better them.
 */
export function knownToAll(cuts: readonly Coverage[]): Coverage {
  const settled = cuts.map((coverage) => coverage.filter((span) => span.state !== 'provisional'))
  const [first = [], ...others] = settled
  return others.reduce(
    (common, coverage) =>
      common.flatMap((span) =>
        within(coverage, span).map((part) => ({
          ...part,
          state: 'complete' as const,
          fetchedAt: Math.min(part.fetchedAt, span.fetchedAt),
        })),
      ),
    first,
  )
}

/** When the oldest answer in the known history was asked for: the last look-back began no later than that. */
export function lastLookback(terms: Terms, known: Coverage, now: number): number | undefined {
  const asked = within(known, historyWindow(terms, now)).map((span) => span.fetchedAt)
  return asked.length === 0 ? undefined : asked.reduce((a, b) => Math.min(a, b))
}

/**
 * Ascending windows as requests, newest first. Requests end on multiples of the largest window, so a window that
 * failed keeps its bounds while time moves on; what is wanted of one multiple is asked for in one request.
 */
export function chunks(
  windows: readonly Window[],
  { maxWindowMs, widthMs }: Pick<Terms, 'maxWindowMs' | 'widthMs'>,
): Window[] {
  const step = Math.max(widthMs, floor(maxWindowMs, widthMs))
  const found: Window[] = []
  for (const window of windows) {
    const end = ceil(window.to, widthMs)
    let from = floor(window.from, widthMs)
    while (from < end) {
      const cell = floor(from, step)
      const to = Math.min(end, cell + step)
      const last = found.at(-1)
      if (last !== undefined && last.from >= cell) found[found.length - 1] = { from: last.from, to }
      else found.push({ from, to })
      from = to
    }
  }
  return found.reverse()
}

/** Start of the oldest bucket that lies wholly inside the history; at the latest the running bucket. */
function oldest(now: number, historyMs: number, widthMs: number): number {
  return Math.min(ceil(now - historyMs, widthMs), floor(now, widthMs))
}

function floor(instant: number, step: number): number {
  return Math.floor(instant / step) * step
}

function ceil(instant: number, step: number): number {
  return Math.ceil(instant / step) * step
}
