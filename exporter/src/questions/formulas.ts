/** Works out asked measures from what their terms sum up to, bucket by bucket. Pure. */
import { divide, multiply, ONE, type Amount } from '@usage-explorer/core/amount'
import { SECOND } from '../clock.ts'
import { TIME_BOUNDS } from '../usage/histogram.ts'
import type { Window } from '../usage/record.ts'
import { groupKey, type Figure, type FoldedSeries, type Group } from './folding.ts'
import type { Formula } from './measures.ts'
import { combine } from './states.ts'

/** The times of the buckets and of the whole, as far as they have passed. */
export interface Passed {
  readonly buckets: readonly Window[]
  readonly whole: Window
}

type Points = Pick<FoldedSeries, 'points' | 'total'>

/**
 * @param terms for each term of the formula its series of the same groups; of several currencies only the first term is
 * @returns one series for each of the first term's
 */
export function evaluate(
  formula: Formula,
  terms: readonly (readonly FoldedSeries[])[],
  passed: Passed,
): FoldedSeries[] {
  const [first = [], ...others] = terms
  if (formula.kind === 'sum') return [...first]
  const byGroup = others.map((series) => new Map(series.map((one) => [groupKey(one.values), one])))
  return first.map((series) => {
    const parts: Points[] = [series]
    for (const groups of byGroup) {
      const part = groups.get(groupKey(series.values))
      if (part !== undefined) parts.push(part)
    }
    const points = series.points.map((point, bucket) =>
      figure(
        formula,
        parts.map((part) => part.points[bucket] ?? point),
        passed.buckets[bucket] ?? passed.whole,
      ),
    )
    const total = figure(
      formula,
      parts.map((part) => part.total),
      passed.whole,
    )
    return { ...series, points, total }
  })
}

/**
 * The groups of each term: those of any, in the currencies of the first where that is money. Where money has several
 * currencies, a group without any has no place in one of them.
 */
export function alignGroups(terms: readonly (readonly Group[])[]): Group[][] {
  const [first = [], ...others] = terms
  if (others.length === 0) return [[...first]]
  const plain = (groups: readonly Group[]): Map<string, Group> =>
    new Map(groups.map((group) => [groupKey(group.values), { ...group, currency: '' }]))
  const all = plain(terms.flat())
  const currencies = [...new Set(first.map(({ currency }) => currency))]
  const [only = ''] = currencies
  const had = plain(first)
  const added = [...all].flatMap(([key, group]) =>
    had.has(key) || currencies.length > 1 ? [] : [{ ...group, currency: only }],
  )
  return [[...first, ...added], ...others.map(() => [...all.values()])]
}

function figure(formula: Formula, parts: readonly Figure[], { from, to }: Window): Figure {
  const { state } = combine(parts.map((part) => ({ state: part.state, known: part.amount !== null })))
  const amounts = parts.flatMap(({ amount, unclear }) => (unclear === true ? [] : (amount ?? [])))
  const [of, over] = amounts
  if (amounts.length < parts.length || of === undefined) return { state, amount: null }
  switch (formula.kind) {
    case 'sum':
      return { state, amount: of }
    case 'rate':
      return { state, amount: to > from ? (of * BigInt(SECOND)) / BigInt(to - from) : null }
    case 'ratio':
      // Nothing over nothing is no figure, and neither is something.
      if (over === undefined || over === 0n) return { state, amount: null }
      return { state, amount: divide(multiply(of, formula.times), over) }
    case 'percentile':
      return { state, amount: percentile(amounts, formula.permille) }
  }
}

/**
 * The value at a rank of a histogram, linear inside the bucket that holds it; in the last bucket its lower bound.
 *
 * @param counts for each of the histogram's buckets
 * @returns seconds, or null where nothing was counted
 * @see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile
 */
export function percentile(counts: readonly Amount[], permille: bigint): Amount | null {
  const all = counts.reduce((sum, count) => sum + count, 0n)
  if (all <= 0n) return null
  const wanted = (all * permille) / 1000n
  let below = 0n
  for (const [index, count] of counts.entries()) {
    if (below + count < wanted || count === 0n) {
      below += count
      continue
    }
    const lower = bound(index - 1)
    const upper = index < TIME_BOUNDS.length ? bound(index) : lower
    return lower + multiply(upper - lower, divide(wanted - below, count))
  }
  return bound(TIME_BOUNDS.length - 1)
}

function bound(index: number): Amount {
  const seconds = TIME_BOUNDS[index] ?? 0
  // Bounds have at most two decimals.
  return (BigInt(Math.round(seconds * 100)) * ONE) / 100n
}
