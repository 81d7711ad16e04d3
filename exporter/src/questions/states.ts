/** How well a figure of an answer is known. Pure. */
import type { Stretch } from '../usage/choice.ts'
import type { Window } from '../usage/record.ts'

/**
 * `complete`: final. `partial`: a lower bound; some of it was never answered or is still to come. `provisional`: as
 * answered so far, may still change. `lump`: only a longer stretch is known, and its figure stands where it ends.
 * `unknown`: nothing is known.
 */
export type PointState = 'complete' | 'partial' | 'provisional' | 'lump' | 'unknown'

export interface Status {
  readonly state: PointState
  /** Whether no row means 0. Where it is false the figure is what the rows say, and null without any. */
  readonly known: boolean
}

const UNKNOWN: Status = { state: 'unknown', known: false }

/**
 * How well the plan tells this part of its time.
 *
 * @param silent stretches in which no row means nothing
 */
export function statusIn(plan: readonly Stretch[], window: Window, silent: readonly Window[] = []): Status {
  return combine(
    plan
      .filter((stretch) => stretch.from < window.to && stretch.to > window.from)
      .map(({ state, lump, ...stretch }) => {
        if (silent.some(({ from, to }) => from < stretch.to && to > stretch.from)) return UNKNOWN
        const settled = state === 'complete' || state === 'partial'
        if (lump === undefined) return { state, known: settled }
        const endsHere = lump.to > window.from && lump.to <= window.to
        return { state: endsHere && lump.from >= window.from ? state : 'lump', known: settled && endsHere }
      }),
  )
}

/** How well a sum of figures is known. */
export function combine(parts: readonly Status[]): Status {
  const has = (state: PointState): boolean => parts.some((part) => part.state === state)
  const known = parts.some((part) => part.known)
  if (parts.length === 0 || parts.every((part) => part.state === 'unknown'))
    return { state: 'unknown', known }
  if (has('provisional')) return { state: 'provisional', known }
  if (has('lump')) return { state: 'lump', known }
  return { state: has('partial') || has('unknown') ? 'partial' : 'complete', known }
}
