/** Folds what several accounts contribute into the series of an answer. Pure, and takes turns with others. */
import type { Amount } from '@usage-explorer/core/amount'
import { OTHER, type QuestionDimension } from '../usage/dimensions.ts'
import { createTurns } from '../turns.ts'
import type { Account } from './context.ts'
import { combine, type PointState, type Status } from './states.ts'
import type { Line } from './sums.ts'

/** What an account contributes to one term. */
export interface Contribution {
  readonly account: Account
  readonly lines: readonly Line[]
  /** For each bucket. */
  readonly statuses: readonly Status[]
  /** A group without a line is unknown, not 0. */
  readonly seesOnly?: boolean
}

export interface Figure {
  /** Null where nothing is known. */
  readonly amount: Amount | null
  readonly state: PointState
  /** There is more that may belong to it: `amount` is at least so much, or null where none is sure. */
  readonly unclear?: true
}

/** A group of an answer in one currency. */
export interface Group {
  /** One value for each group-by. */
  readonly values: readonly string[]
  readonly currency: string
  /** An account that the group's ids belong to. */
  readonly account: Account
}

export interface FoldedSeries extends Group {
  readonly points: readonly Figure[]
  readonly total: Figure
}

interface Sums {
  readonly amounts: Map<number, Amount>
  readonly unclear: Set<number>
}

export function groupKey(values: readonly string[]): string {
  return JSON.stringify(values)
}

/** Every group that has a line, once for each of its currencies, in the order in which they come. */
export function groupsOf(contributions: readonly Contribution[]): Group[] {
  const groups = new Map<string, Group>()
  for (const { account, lines } of contributions) {
    for (const { values, currency } of lines) {
      const key = `${currency} ${groupKey(values)}`
      if (!groups.has(key)) groups.set(key, { values, currency, account })
    }
  }
  return [...groups.values()]
}

/**
 * One series for each group, also for those that nothing is said of: 0 where that is known.
 *
 * @param seen groups that apps told anything of in this time
 */
export async function fold(
  contributions: readonly Contribution[],
  groups: readonly Group[],
  groupBy: readonly QuestionDimension[],
  buckets: number,
  seen: ReadonlySet<string>,
): Promise<FoldedSeries[]> {
  const turn = createTurns()
  const statusesOf = createStatuses(contributions, buckets)
  const sums = await gather(contributions, turn)
  const seriesOf = (group: Group): FoldedSeries => {
    const told = contributions.filter(({ account }) => mayHold(group, account, groupBy))
    const { statuses, whole } = statusesOf(told)
    const own = sums.get(`${group.currency} ${groupKey(group.values)}`)
    const isUnseen = !seen.has(groupKey(group.values)) && told.some(({ seesOnly }) => seesOnly === true)
    if (isUnseen) return nothing(group, statuses)
    const points = statuses.map(({ state, known }, bucket): Figure => {
      const amount = own?.amounts.get(bucket) ?? (known ? 0n : null)
      return own?.unclear.has(bucket) === true ? lowerBound(amount, state) : { state, amount }
    })
    const all = [...(own?.amounts.values() ?? [])]
    const sum = whole.known || all.length > 0 ? all.reduce((total, one) => total + one, 0n) : null
    const isUnclear = own !== undefined && own.unclear.size > 0
    return {
      ...group,
      points,
      total: isUnclear ? lowerBound(sum, whole.state) : { state: whole.state, amount: sum },
    }
  }
  const series: FoldedSeries[] = []
  for (const group of groups) {
    await turn()
    series.push(seriesOf(group))
  }
  return series
}

/** What all groups sum up to: one series for each currency, or one without figures where there are no groups. */
export async function foldTotals(
  contributions: readonly Contribution[],
  buckets: number,
): Promise<FoldedSeries[]> {
  const whole = contributions.map((one) => ({
    ...one,
    lines: one.lines.map((line) => ({ ...line, values: [] })),
  }))
  const groups = groupsOf(whole)
  const none: Group = { values: [], currency: '', account: { provider: '', account: '' } }
  return fold(whole, groups.length === 0 ? [none] : groups, [], buckets, new Set([groupKey([])]))
}

function nothing(group: Group, statuses: readonly Status[]): FoldedSeries {
  const unknown: Figure = { amount: null, state: 'unknown' }
  return { ...group, points: statuses.map(() => unknown), total: unknown }
}

/** None that is sure is not 0. */
function lowerBound(amount: Amount | null, state: PointState): Figure {
  return {
    amount: amount === 0n ? null : amount,
    state: state === 'complete' ? 'partial' : state,
    unclear: true,
  }
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

async function gather(
  contributions: readonly Contribution[],
  turn: () => Promise<void>,
): Promise<Map<string, Sums>> {
  const groups = new Map<string, Sums>()
  for (const { lines } of contributions) {
    for (const { values, currency, amounts, unclear } of lines) {
      await turn()
      const key = `${currency} ${groupKey(values)}`
      const group: Sums = groups.get(key) ?? {
        amounts: new Map<number, Amount>(),
        unclear: new Set<number>(),
      }
      groups.set(key, group)
      for (const [bucket, amount] of amounts)
        group.amounts.set(bucket, (group.amounts.get(bucket) ?? 0n) + amount)
      for (const bucket of unclear ?? []) group.unclear.add(bucket)
    }
  }
  return groups
}

/** A series that names its account or provider can only come from there; any other from every account. */
function mayHold({ values }: Group, account: Account, groupBy: readonly QuestionDimension[]): boolean {
  return groupBy.every((dimension, index) => {
    if (dimension !== 'provider' && dimension !== 'account') return true
    return values[index] === OTHER || values[index] === account[dimension]
  })
}
