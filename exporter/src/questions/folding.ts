/** Folds readings of several accounts into the series of an answer. Pure. */
import type { Amount } from '@usage-explorer/core/amount'
import { NOT_SPLIT, OTHER, UNALLOCATED, type QuestionDimension } from '../usage/dimensions.ts'
import type { Account } from './context.ts'
import { combine, type PointState, type Status } from './states.ts'
import type { Line } from './sums.ts'

/** What an account contributes to one measure. */
export interface Contribution {
  readonly account: Account
  readonly lines: readonly Line[]
  /** For each bucket. */
  readonly statuses: readonly Status[]
}

export interface Figure {
  /** Null where nothing is known. */
  readonly amount: Amount | null
  readonly state: PointState
}

export interface FoldedSeries {
  /** One value for each group-by. */
  readonly values: readonly string[]
  readonly currency: string
  /** An account that the series' ids belong to. */
  readonly account: Account
  readonly points: readonly Figure[]
  readonly total: Figure
}

interface Group {
  values: readonly string[]
  readonly currency: string
  readonly account: Account
  readonly amounts: Map<number, Amount>
}

/**
 * @param contributions those of one measure
 * @param top the largest series that stay apart; the others become one series a currency, named `other`
 * @returns largest first within each currency, then what is not split or not allocated
 */
export function foldSeries(
  contributions: readonly Contribution[],
  groupBy: readonly QuestionDimension[],
  buckets: number,
  top: number,
): FoldedSeries[] {
  const statusesOf = createStatuses(contributions, buckets)
  return foldRest(gather(contributions), top).map((group) => {
    const told = contributions.filter(({ account }) => mayHold(group, account, groupBy))
    const { statuses, whole } = statusesOf(told)
    const points = statuses.map(({ state, known }, bucket): Figure => {
      return { state, amount: group.amounts.get(bucket) ?? (known ? 0n : null) }
    })
    const { values, currency, account } = group
    const { state, known } = whole
    const total = { state, amount: known || group.amounts.size > 0 ? sum(group) : null }
    return { values, currency, account, points, total }
  })
}

/** The sum of figures whose times and accounts together are known as `statuses` say. */
export function foldFigures(figures: readonly Figure[], statuses: readonly Status[]): Figure {
  const { state, known } = combine(statuses)
  const stated = figures.flatMap(({ amount }) => amount ?? [])
  const amount = stated.reduce((total, one) => total + one, 0n)
  return { state, amount: known || stated.length > 0 ? amount : null }
}

/** How well each bucket and their whole are known, worked out once for all series that the same accounts may hold. */
function createStatuses(
  contributions: readonly Contribution[],
  buckets: number,
): (told: readonly Contribution[]) => { statuses: readonly Status[]; whole: Status } {
  const known = new Map<string, { statuses: readonly Status[]; whole: Status }>()
  return (told) => {
    const key = contributions.map((one) => Number(told.includes(one))).join('')
    const found = known.get(key) ?? {
      statuses: Array.from({ length: buckets }, (_, bucket) =>
        combine(told.flatMap(({ statuses }) => statuses[bucket] ?? [])),
      ),
      whole: combine(told.flatMap(({ statuses }) => statuses)),
    }
    known.set(key, found)
    return found
  }
}

function gather(contributions: readonly Contribution[]): Group[] {
  const groups = new Map<string, Group>()
  for (const { account, lines } of contributions) {
    for (const { values, currency, amounts } of lines) {
      const key = JSON.stringify([values, currency])
      const group = groups.get(key) ?? { values, currency, account, amounts: new Map<number, Amount>() }
      groups.set(key, group)
      addTo(group.amounts, amounts)
    }
  }
  return [...groups.values()]
}

function foldRest(groups: readonly Group[], top: number): Group[] {
  const folded: Group[] = []
  for (const currency of new Set(groups.map((group) => group.currency))) {
    const ranked = groups
      .filter((group) => group.currency === currency)
      .map((group) => ({ group, size: sum(group), apart: isRemainder(group), name: group.values.join('\n') }))
      .sort(
        (a, b) =>
          Number(a.apart) - Number(b.apart) || compare(b.size, a.size) || a.name.localeCompare(b.name, 'en'),
      )
      .map(({ group }) => group)
    const split = ranked.filter((group) => !isRemainder(group))
    const [first, ...rest] = split.slice(top)
    folded.push(...split.slice(0, top))
    if (first !== undefined) folded.push(merge([first, ...rest], first))
    folded.push(...ranked.filter(isRemainder))
  }
  return folded
}

function merge(groups: readonly Group[], { values, currency, account }: Group): Group {
  const amounts = new Map<number, Amount>()
  for (const group of groups) addTo(amounts, group.amounts)
  return { values: values.map(() => OTHER), currency, account, amounts }
}

/** A series that names its account or provider can only come from there; any other from every account. */
function mayHold({ values }: Group, account: Account, groupBy: readonly QuestionDimension[]): boolean {
  return groupBy.every((dimension, index) => {
    if (dimension !== 'provider' && dimension !== 'account') return true
    return values[index] === OTHER || values[index] === account[dimension]
  })
}

function isRemainder({ values }: Group): boolean {
  return values.some((value) => value === UNALLOCATED || value === NOT_SPLIT)
}

function addTo(sums: Map<number, Amount>, amounts: ReadonlyMap<number, Amount>): void {
  for (const [bucket, amount] of amounts) sums.set(bucket, (sums.get(bucket) ?? 0n) + amount)
}

function sum({ amounts }: Group): Amount {
  return [...amounts.values()].reduce((total, amount) => total + amount, 0n)
}

function compare(a: Amount, b: Amount): number {
  return a < b ? -1 : Number(a > b)
}
