/** A cut is the set of dimensions that an answer was grouped by. */
import { STATED_DIMENSIONS, type StatedDimension } from './dimensions.ts'

export interface Cut {
  /** In the order of STATED_DIMENSIONS, without repeats. */
  readonly dimensions: readonly StatedDimension[]
}

export function defineCut(dimensions: readonly StatedDimension[]): Cut {
  return { dimensions: STATED_DIMENSIONS.filter((dimension) => dimensions.includes(dimension)) }
}

/** A stable name for a cut: its dimensions joined by `+`, or `total`. */
export function cutName(cut: Cut): string {
  return cut.dimensions.length === 0 ? 'total' : cut.dimensions.join('+')
}

/**
 * Orders cuts by what counters prefer (design §4.5): api_key first, then model (stated or in the description),
 * then type; ties go to fewer dimensions, then name.
 */
export function compareForExposure(a: Cut, b: Cut): number {
  for (const wanted of [['api_key'], ['model', 'description'], ['type']] as const) {
    const holds = (cut: Cut): boolean => wanted.some((dimension) => cut.dimensions.includes(dimension))
    if (holds(a) !== holds(b)) return holds(a) ? -1 : 1
  }
  return a.dimensions.length - b.dimensions.length || cutName(a).localeCompare(cutName(b), 'en')
}
