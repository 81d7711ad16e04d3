/** Which of a source's cuts are asked for in every window, and which only stood in for a finer one. Pure. */
import type { Coverage } from './coverage.ts'
import type { Cut } from './cut.ts'

interface ReadCut {
  readonly cut: Cut
  /** Still asked for. */
  readonly live: boolean
  readonly coverage: Coverage
}

/**
 * The live cuts that have been read, without those that only stand in where a finer answer was cut short: another
 * one holds all their dimensions and more, and has been read at least as far.
 */
export function regularCuts<T extends ReadCut>(cuts: readonly T[]): T[] {
  const read = cuts.filter(({ live, coverage }) => live && coverage.length > 0)
  return read.filter((one) => !read.some((other) => isFiner(other.cut, one.cut) && end(other) >= end(one)))
}

function isFiner(a: Cut, b: Cut): boolean {
  return (
    a.dimensions.length > b.dimensions.length &&
    b.dimensions.every((dimension) => a.dimensions.includes(dimension))
  )
}

function end({ coverage }: ReadCut): number {
  return coverage.at(-1)?.to ?? -Infinity
}
