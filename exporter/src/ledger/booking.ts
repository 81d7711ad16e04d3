/** Which rows feed which counters: exposures of cuts, assignments of series, and the rule that nothing is booked twice (design §4.5). */
import type { Amount } from '@usage-explorer/core/amount'
import { compareForExposure } from '../usage/cut.ts'
import type { Window } from '../usage/record.ts'
import { regularCuts } from '../usage/regular.ts'
import type { CutState, Series } from './ledger.ts'
import type { Exposure, Role } from './memory.ts'
import type { Work } from './work.ts'

const ROLES: readonly Role[] = ['exposed', 'twin']

/** A change of one row, as counters see it. */
export interface Delta {
  readonly seriesId: number
  readonly bucketStart: number
  readonly amount: Amount
}

/** An exposure that has just begun; rows that its cut already holds from there on are yet to be booked. */
export interface Begun {
  readonly exposure: Exposure
  readonly cut: CutState
}

/** The exposure that is open in a role, if any. */
export function openExposure(exposures: readonly Exposure[], role: Role): Exposure | undefined {
  return exposures.find((exposure) => exposure.role === role && exposure.until === undefined)
}

/** Among the cuts in which a source is read, the one that should feed a role. */
function wantedCut(cuts: readonly CutState[], role: Role): CutState | undefined {
  const read = regularCuts(cuts)
  const [exposed] = read.toSorted((a, b) => compareForExposure(a.cut, b.cut))
  if (role === 'exposed' || exposed === undefined) return exposed
  if (holdsModel(exposed)) return undefined
  return read.filter(holdsModel).sort((a, b) => a.cut.dimensions.length - b.cut.dimensions.length)[0]
}

/**
 * Moves each role to its wanted cut. The change starts at the first bucket that no write has booked yet, so that
 * every bucket is counted in exactly one cut.
 */
export function moveExposures(work: Work): readonly Begun[] {
  const begun: Begun[] = []
  for (const role of ROLES) {
    const wanted = wantedCut(work.source.cuts, role)
    const open = openExposure(work.source.exposures, role)
    if (open?.cutId === wanted?.id) continue
    const from = frontier(work, role)
    const closed = work.source.exposures.map((exposure) =>
      exposure === open ? { ...exposure, until: from } : exposure,
    )
    const next = wanted && { role, cutId: wanted.id, from, until: undefined, bookedUntil: from }
    work.source = { ...work.source, exposures: next === undefined ? closed : [...closed, next] }
    if (wanted !== undefined && next !== undefined) begun.push({ exposure: next, cut: wanted })
  }
  return begun
}

/** Sees to it that these series of an exposed cut have the counter that they should feed from now on. */
export function assignSeries(work: Work, role: Role, series: readonly Series[]): void {
  const { booking } = work.context
  const { key, spec } = work.source
  for (const one of series) {
    const wanted = booking.counterFor(key, spec, one, role)
    if (wanted === undefined) continue
    const counterId = work.counterId(wanted)
    const list = work.assignments(one.id, role)
    const last = list.at(-1)
    if (last?.counterId === counterId) continue
    // A series that never fed a counter has nothing booked anywhere: its first counter takes all of it.
    const fromBucket = last === undefined ? 0 : frontier(work, role)
    const kept = list.filter((assignment) => assignment.fromBucket < fromBucket)
    work.assign(one.id, role, [...kept, { fromBucket, counterId }])
  }
}

/** Exposures under which a cut's buckets in the window are booked, each with the part that is. */
export function bookable(work: Work, cutId: number, window: Window): { exposure: Exposure; part: Window }[] {
  return work.source.exposures.flatMap((exposure) => {
    if (exposure.cutId !== cutId) return []
    const part = {
      from: Math.max(window.from, exposure.from),
      to: Math.min(window.to, exposure.until ?? window.to),
    }
    return part.from < part.to ? [{ exposure, part }] : []
  })
}

/** Books changed rows to the assignment in force at each bucket's start. */
export function book(work: Work, exposure: Exposure, widthMs: number, deltas: readonly Delta[]): void {
  let bookedUntil = exposure.bookedUntil
  for (const { seriesId, bucketStart, amount } of deltas) {
    const assignment = work
      .assignments(seriesId, exposure.role)
      .findLast((candidate) => candidate.fromBucket <= bucketStart)
    if (assignment === undefined) continue
    work.add(assignment.counterId, amount)
    bookedUntil = Math.max(bookedUntil, bucketStart + widthMs)
  }
  const exposures = work.source.exposures.map((other) =>
    other.role === exposure.role && other.from === exposure.from && other.cutId === exposure.cutId
      ? { ...other, bookedUntil }
      : other,
  )
  work.source = { ...work.source, exposures }
}

/** First bucket start that no write has booked in this role; before any, the first whole bucket after the epoch. */
function frontier(work: Work, role: Role): number {
  const width = Math.max(1, ...work.source.cuts.map((state) => state.widthMs))
  const first = Math.ceil(work.source.epoch / width) * width
  return Math.max(
    first,
    ...work.source.exposures
      .filter((exposure) => exposure.role === role)
      .map(({ bookedUntil }) => bookedUntil),
  )
}

function holdsModel(state: CutState): boolean {
  return state.cut.dimensions.includes('model') || state.cut.dimensions.includes('description')
}
