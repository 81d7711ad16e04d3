/** Which groups of an answer stay apart, and which become `other`. Pure. */
import type { Amount } from '@usage-explorer/core/amount'
import { NOT_SPLIT, OTHER, UNALLOCATED } from '../usage/dimensions.ts'
import { groupKey, type Contribution } from './folding.ts'

/** Group by its {@link groupKey} → place, the largest first. */
export type Ranking = ReadonlyMap<string, number>

/** What a split leaves over is no group: it takes no place and is never folded away. */
function isRemainder(values: readonly string[]): boolean {
  return values.some((value) => value === UNALLOCATED || value === NOT_SPLIT)
}

/**
 * The largest groups by the first of the asked measures, in each of its currencies; the others only fill what it leaves
 * free, so that all measures of an answer, and what it is compared with, have the same groups.
 *
 * @param measures contributions of each asked measure; those of compared times after all that are present
 */
export function rank(measures: readonly (readonly Contribution[])[], top: number): Ranking {
  const ranking = new Map<string, number>()
  for (const contributions of measures) {
    const lines = contributions.flatMap((one) => one.lines).filter(({ values }) => !isRemainder(values))
    for (const currency of new Set(lines.map((line) => line.currency))) {
      const sizes = new Map<string, Amount>()
      for (const { values, amounts } of lines.filter((line) => line.currency === currency)) {
        const key = groupKey(values)
        const size = [...amounts.values()].reduce((sum, amount) => sum + amount, sizes.get(key) ?? 0n)
        sizes.set(key, size)
      }
      const largest = [...sizes].sort(([a, x], [b, y]) => compare(y, x) || a.localeCompare(b, 'en'))
      const free = contributions === measures[0] ? top : top - ranking.size
      for (const [key] of largest.filter(([one]) => !ranking.has(one)).slice(0, Math.max(0, free)))
        ranking.set(key, ranking.size)
    }
  }
  return ranking
}

/** The same contributions, with every group that has no place named `other`. */
export function foldRest(contributions: readonly Contribution[], ranking: Ranking): Contribution[] {
  return contributions.map((contribution) => ({
    ...contribution,
    lines: contribution.lines.map((line) =>
      isRemainder(line.values) || ranking.has(groupKey(line.values))
        ? line
        : { ...line, values: line.values.map(() => OTHER) },
    ),
  }))
}

/** In the order of their places, then `other`, then what a split leaves over. */
export function inOrder<Group extends { readonly values: readonly string[] }>(
  groups: readonly Group[],
  ranking: Ranking,
): Group[] {
  const place = ({ values }: Group): number =>
    isRemainder(values) ? Infinity : (ranking.get(groupKey(values)) ?? Number.MAX_SAFE_INTEGER)
  return groups
    .map((group) => ({ group, place: place(group) }))
    .sort((a, b) => (a.place === b.place ? 0 : a.place - b.place))
    .map(({ group }) => group)
}

function compare(a: Amount, b: Amount): number {
  return a < b ? -1 : Number(a > b)
}
