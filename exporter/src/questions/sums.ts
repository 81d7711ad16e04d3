/** Exact sums of one cut's rows, filtered and grouped by what ids mean today. */
import type { Amount } from '@usage-explorer/core/amount'
import type { Resolved } from '../identity/identity.ts'
import type { Series } from '../ledger/ledger.ts'
import { NOT_SPLIT, type QuestionDimension } from '../usage/dimensions.ts'
import type { Measure } from '../usage/measures.ts'
import type { Window } from '../usage/record.ts'
import type { Account, QuestionContext } from './context.ts'
import type { Filter } from './query.ts'
import type { Taken } from './segments.ts'

export interface Cell {
  /** One value for each group-by. */
  readonly values: readonly string[]
  readonly currency: string
  readonly bucket: number
  readonly amount: Amount
}

export interface SumsOrder {
  readonly measure: Measure
  readonly where: readonly Filter[]
  readonly window: Window
  /** Starts of the answer's buckets. */
  readonly starts: readonly number[]
  readonly groupBy: readonly QuestionDimension[]
  /** For each group-by whether the cut tells it. */
  readonly split: readonly boolean[]
}

/** The rows of one cut in one stretch, grouped; one bucket may occur more than once. */
export async function sumsOf(
  context: QuestionContext,
  { source, cut }: Taken,
  order: SumsOrder,
): Promise<Cell[]> {
  const { measure, where, starts, window, groupBy, split } = order
  const groups = new Map<number, number>()
  const known = new Map<string, number>()
  const labels: Pick<Cell, 'values' | 'currency'>[] = []
  for (const series of context.ledger.series(cut.id)) {
    if (series.measure !== measure) continue
    const resolved = context.identity.resolve(source.key, series)
    if (!where.every((filter) => passes(context, filter, resolved, series))) continue
    const values = groupBy.map((dimension, index) =>
      split[index] === true
        ? valueOf(dimension, resolved, series)
        : (ownValue(dimension, source.key) ?? NOT_SPLIT),
    )
    const key = JSON.stringify([values, series.currency])
    const group = known.get(key) ?? labels.length
    if (group === labels.length) {
      known.set(key, group)
      labels.push({ values, currency: series.currency })
    }
    groups.set(series.id, group)
  }
  if (groups.size === 0) return []
  const rows = await context.ledger.sums({ cutId: cut.id, window, groups, bucketStarts: starts })
  const cells = rows.flatMap(({ group, bucket, amount }) => {
    const label = labels[group]
    return label === undefined ? [] : [{ ...label, bucket, amount }]
  })
  // Inside coverage no row means 0: an answer that is not split says so in the currencies that the account has.
  const zeros = groupBy.every((dimension) => ownValue(dimension, source.key) !== undefined)
    ? labels.map((label) => ({ ...label, bucket: 0, amount: 0n }))
    : []
  return [...zeros, ...cells]
}

function passes(
  { identity }: QuestionContext,
  { dimension, values }: Filter,
  resolved: Resolved,
  series: Series,
): boolean {
  const id = valueOf(dimension, resolved, series)
  if (values.includes(id)) return true
  if (dimension !== 'api_key' && dimension !== 'user' && dimension !== 'project' && dimension !== 'model')
    return false
  const { provider, account } = resolved
  return values.includes(identity.displayName(dimension, { provider, account, id }) ?? id)
}

function valueOf(dimension: QuestionDimension, resolved: Resolved, series: Series): string {
  return dimension === 'currency' ? series.currency : resolved[dimension]
}

/** What an account's rows have without being split. */
export function ownValue(dimension: QuestionDimension, { provider, account }: Account): string | undefined {
  if (dimension === 'provider') return provider
  return dimension === 'account' ? account : undefined
}
