/** Lays the plan of an answer over the plan of its total, so that what the split leaves over can be told. Pure. */
import type { CutChoice, SourceChoice, Stretch } from '../usage/choice.ts'
import type { Window } from '../usage/record.ts'

export interface Taken {
  readonly source: SourceChoice
  readonly cut: CutChoice
}

/** A stretch that is read at once. */
export interface Segment extends Window {
  readonly taken: Taken
  readonly split: readonly boolean[]
  /** Where the total under the same filters stands in another cut: the remainder is that total minus the rows taken. */
  readonly total: Taken | undefined
}

/**
 * @param plan what is read; covers the same window as `best`
 * @param best what would be read without group-bys
 */
export function segmentsOf(plan: readonly Stretch[], best: readonly Stretch[]): Segment[] {
  const segments: Segment[] = []
  let at = 0
  for (const stretch of plan) {
    for (let from = stretch.from; from < stretch.to;) {
      while ((best[at]?.to ?? Infinity) <= from) at += 1
      const to = Math.min(stretch.to, best[at]?.to ?? stretch.to)
      if (stretch.taken !== undefined) {
        add(segments, {
          from,
          to,
          taken: stretch.taken,
          split: stretch.split,
          total: totalFor(stretch, best[at]),
        })
      }
      from = to
    }
  }
  return segments
}

/** Where the best source without filters is not the one with them. */
export function passedOver(unfiltered: readonly Stretch[], filtered: readonly Stretch[]): Window[] {
  return unfiltered.flatMap((best) =>
    filtered
      .filter(({ from, to }) => from < best.to && to > best.from)
      .filter(({ taken }) => taken?.source.key.source !== best.taken?.source.key.source)
      .map(({ from, to }) => ({ from: Math.max(from, best.from), to: Math.min(to, best.to) })),
  )
}

/**
 * None where both are one cut. None past the watermark either: two cuts are asked for seconds apart, and what came in
 * between would look like a remainder. A lump cannot be compared with a part of its time.
 */
function totalFor(stretch: Stretch, best: Stretch | undefined): Taken | undefined {
  if (best?.taken === undefined || best.taken.cut.id === stretch.taken?.cut.id) return undefined
  if (stretch.state === 'provisional' || best.state === 'provisional') return undefined
  return stretch.lump === undefined && best.lump === undefined ? best.taken : undefined
}

function add(segments: Segment[], added: Segment): void {
  const last = segments.at(-1)
  const joins =
    last?.to === added.from &&
    last.taken.cut.id === added.taken.cut.id &&
    last.total?.cut.id === added.total?.cut.id
  if (joins) segments[segments.length - 1] = { ...last, to: added.to }
  else segments.push(added)
}
