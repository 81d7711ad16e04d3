/** Coverage: which stretches of time a source+cut has answered for, how completely, and when. Pure interval arithmetic. */
import type { Window } from './record.ts'

/**
 * `complete`: no row means 0. `partial`: rows are lower bounds. `provisional`: asked, but past the watermark, so
 * more may come. Anything outside is unknown.
 */
export type SpanState = 'complete' | 'partial' | 'provisional'

export interface Span extends Window {
  readonly state: SpanState
  /** When the newest answer for this span was asked for. */
  readonly fetchedAt: number
  /** Known only as a whole: a cumulative figure's first or long-delayed difference. */
  readonly lump?: true
  /** A later answer was truncated; what is kept is the older, complete one or higher. */
  readonly newerTruncated?: true
}

/** Disjoint spans in ascending order. */
export type Coverage = readonly Span[]

/**
 * Up to when an answer's data is in: no later than the fetch minus the source's lag, in whole buckets.
 * Never before the window's start.
 */
export function answerWatermark(window: Window, fetchedAt: number, lagMs: number, widthMs: number): number {
  const limit = Math.min(window.to, fetchedAt - lagMs)
  return Math.max(window.from, Math.floor(limit / widthMs) * widthMs)
}

/** End of the complete or partial coverage that is newest, or undefined where nothing is covered yet. */
export function watermark(coverage: Coverage): number | undefined {
  return coverage.findLast((span) => span.state !== 'provisional')?.to
}

/** Puts `span` over what was there: what it overlaps is subtracted, neighbours that say the same are joined. */
export function overlay(coverage: Coverage, span: Span): Coverage {
  if (span.to <= span.from) return coverage
  return join([...subtract(coverage, span), span].sort((a, b) => a.from - b.from))
}

/** Coverage with the window cut out of it. A lump goes as a whole: the share of what is left of it is unknown. */
export function subtract(coverage: Coverage, window: Window): Coverage {
  if (window.to <= window.from) return coverage
  return coverage.flatMap((span) => {
    if (span.to <= window.from || span.from >= window.to) return [span]
    if (span.lump === true) return []
    const left = span.from < window.from ? [{ ...span, to: window.from }] : []
    const right = span.to > window.to ? [{ ...span, from: window.to }] : []
    return [...left, ...right]
  })
}

/** The parts of `window` that no span accepted by `counts` covers, ascending. */
export function gaps(coverage: Coverage, window: Window, counts: (span: Span) => boolean): Window[] {
  const found: Window[] = []
  let from = window.from
  for (const span of coverage) {
    if (!counts(span) || span.to <= from || span.from >= window.to) continue
    if (span.from > from) found.push({ from, to: span.from })
    from = span.to
  }
  if (from < window.to) found.push({ from, to: window.to })
  return found
}

/** Parts of coverage inside the window, cut to it. A lump that sticks out is left out: its share inside is unknown. */
export function within(coverage: Coverage, window: Window): Coverage {
  if (window.to <= window.from) return []
  return coverage.flatMap((span) => {
    if (span.to <= window.from || span.from >= window.to) return []
    if (span.lump === true && (span.from < window.from || span.to > window.to)) return []
    return [{ ...span, from: Math.max(span.from, window.from), to: Math.min(span.to, window.to) }]
  })
}

function join(spans: Coverage): Coverage {
  const joined: Span[] = []
  for (const span of spans) {
    const last = joined.at(-1)
    if (last?.to === span.from && sameStatement(last, span)) {
      joined[joined.length - 1] = { ...last, to: span.to }
    } else joined.push(span)
  }
  return joined
}

function sameStatement(a: Span, b: Span): boolean {
  if (a.lump === true || b.lump === true) return false
  return a.state === b.state && a.fetchedAt === b.fetchedAt && a.newerTruncated === b.newerTruncated
}
