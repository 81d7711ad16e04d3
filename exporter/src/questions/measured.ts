/** One asked measure's series and totals, beside what they are compared with. */
import { compareWith, type ComparedSeries, type Shifted } from './comparison.ts'
import {
  fold,
  foldTotals,
  groupKey,
  groupsOf,
  type Contribution,
  type FoldedSeries,
  type Group,
} from './folding.ts'
import { alignGroups, evaluate, type Passed } from './formulas.ts'
import { MEASURE_TABLE } from './measures.ts'
import type { Query } from './query.ts'
import { foldRest, inOrder, rank, type Ranking } from './ranking.ts'
import type { Plan, TermReader } from './terms.ts'

export interface MeasuredSeries extends FoldedSeries {
  readonly compared: ComparedSeries | undefined
}

export interface MeasureOrder {
  readonly query: Query
  readonly ranking: Ranking
  readonly present: TermReader
  /** One for each of `shifted`. */
  readonly earlier: readonly TermReader[]
  readonly shifted: readonly Shifted[]
  readonly passed: Passed
}

/** @param readers the present one first */
export async function rankGroups(
  plans: readonly Plan[],
  readers: readonly TermReader[],
  top: number,
): Promise<Ranking> {
  const measures: Contribution[][] = []
  for (const reader of readers) {
    for (const plan of plans) {
      // The parts of a percentile have the same groups.
      for (const term of plan.terms.slice(0, 2)) measures.push(await reader.contributions(plan, term))
    }
  }
  return rank(measures, top)
}

export async function measureSeries(
  plan: Plan,
  order: MeasureOrder,
): Promise<{ series: MeasuredSeries[]; totals: MeasuredSeries[] }> {
  const { query, ranking, present, earlier, shifted, passed } = order
  const { formula } = MEASURE_TABLE[plan.asked]
  const { groupBy, compare } = query
  const readers = [present, ...earlier]
  // By time, then by term.
  const told: Contribution[][][] = []
  for (const reader of readers) {
    const terms: Contribution[][] = []
    for (const term of plan.terms) terms.push(foldRest(await reader.contributions(plan, term), ranking))
    told.push(terms)
  }
  const groups = alignGroups(
    plan.terms.map((_, term) => inOrder(groupsOf(told.flatMap((terms) => terms[term] ?? [])), ranking)),
  )
  const evaluated = async (
    foldTerm: (
      contributions: readonly Contribution[],
      groups: readonly Group[],
      buckets: number,
      seen: ReadonlySet<string>,
    ) => Promise<FoldedSeries[]>,
  ): Promise<MeasuredSeries[]> => {
    const times: FoldedSeries[][] = []
    for (const [time, terms] of told.entries()) {
      // How long an earlier bucket took is all of it: rates of earlier times are over whole buckets.
      const { window, starts } = readers[time]?.calendar ?? present.calendar
      const ends = starts.map((from, index) => ({ from, to: starts[index + 1] ?? window.to }))
      const seen = new Set(groupsOf(terms.flat()).map(({ values }) => groupKey(values)))
      const folded: FoldedSeries[][] = []
      for (const [term, contributions] of terms.entries())
        folded.push(await foldTerm(contributions, groups[term] ?? [], starts.length, seen))
      times.push(evaluate(formula, folded, time === 0 ? passed : { buckets: ends, whole: window }))
    }
    const [now = [], ...before] = times
    const byKey = before.map((list) => new Map(list.map((one) => [keyOf(one), one])))
    return now.map((series) => {
      // An earlier time in which no currency occurs is a 0 in any.
      const beside = byKey.map(
        (found) => found.get(keyOf(series)) ?? found.get(keyOf({ ...series, currency: '' })),
      )
      const compared =
        compare === undefined ? undefined : compareWith(compare, shifted, beside, series.points.length)
      return { ...series, compared }
    })
  }
  return {
    series: await evaluated((contributions, own, buckets, seen) =>
      fold(contributions, own, groupBy, buckets, seen),
    ),
    totals: await evaluated((contributions, _own, buckets) => foldTotals(contributions, buckets)),
  }
}

function keyOf({ values, currency }: Group): string {
  return `${currency} ${groupKey(values)}`
}
