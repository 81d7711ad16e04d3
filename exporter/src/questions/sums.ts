/** Exact sums of one cut's rows, filtered and grouped by what ids mean today. */
import type { Amount } from '@usage-explorer/core/amount'
import type { Resolved } from '../identity/identity.ts'
import type { Series } from '../ledger/ledger.ts'
import { UsageExplorerError } from '../errors.ts'
import { inTurns } from '../turns.ts'
import { NOT_SPLIT, type QuestionDimension } from '../usage/dimensions.ts'
import type { NamedKind } from '../usage/facts.ts'
import type { Measure } from '../usage/measures.ts'
import type { Window } from '../usage/record.ts'
import type { Account, QuestionContext } from './context.ts'
import { accepts, type Filter } from '../usage/filters.ts'
import type { Taken } from './segments.ts'

/** One line of an answer: a group with what its rows sum up to. */
export interface Line {
  /** One value for each group-by. */
  readonly values: readonly string[]
  readonly currency: string
  /** By the index of the answer's bucket, for those that have rows. */
  readonly amounts: ReadonlyMap<number, Amount>
  /** Buckets in which it cannot be told how much of what there is belongs to the line. */
  readonly unclear?: ReadonlySet<number>
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

const NAMED: readonly NamedKind[] = ['api_key', 'user', 'project', 'model']

/** More sums than this at once would take the service's memory and hold up everybody else. */
const MOST_SUMS = 5_000_000

/**
 * The rows of one cut in one stretch, grouped.
 *
 * @throws UsageExplorerError QUERY_INVALID when there are too many groups for so many buckets
 */
export async function sumsOf(
  context: QuestionContext,
  { source, cut }: Taken,
  order: SumsOrder,
): Promise<Line[]> {
  const { measure, where, starts, window, groupBy, split } = order
  const groups = new Map<number, number>()
  const known = new Map<string, number>()
  const lines: (Line & { amounts: Map<number, Amount> })[] = []
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
    const group = known.get(key) ?? lines.length
    if (group === lines.length) {
      known.set(key, group)
      lines.push({ values, currency: series.currency, amounts: new Map() })
    }
    groups.set(series.id, group)
  }
  if (groups.size === 0) return []
  if (lines.length * starts.length > MOST_SUMS) {
    throw new UsageExplorerError(
      'QUERY_INVALID',
      `granularity: ${lines.length} groups in ${starts.length} buckets are too many; take a coarser one, a shorter range or a filter`,
    )
  }
  const rows = await context.ledger.sums({ cutId: cut.id, window, groups, bucketStarts: starts })
  await inTurns(rows, ({ group, bucket, amount }) => {
    lines[group]?.amounts.set(bucket, amount)
  })
  // Inside coverage no row means 0: an answer that is not split says so in the currencies that the account has.
  const whole = groupBy.every((dimension) => ownValue(dimension, source.key) !== undefined)
  return whole ? lines : lines.filter(({ amounts }) => amounts.size > 0)
}

/** Whether the cut has rows of any measure that the filters leave. */
export function isTold(context: QuestionContext, { source, cut }: Taken, where: readonly Filter[]): boolean {
  return context.ledger
    .series(cut.id)
    .some((series) =>
      where.every((filter) => passes(context, filter, context.identity.resolve(source.key, series), series)),
    )
}

export function passes(
  { identity }: QuestionContext,
  filter: Filter,
  resolved: Resolved,
  series: Series,
): boolean {
  const { dimension } = filter
  const id = valueOf(dimension, resolved, series)
  const kind = namedKind(dimension)
  if (kind === undefined) return accepts(filter, [id])
  const { provider, account } = resolved
  const name = identity.displayName(kind, { provider, account, id })
  return accepts(filter, name === undefined ? [id] : [id, name])
}

/** The kind of names that the dimension's ids have. */
export function namedKind(dimension: QuestionDimension): NamedKind | undefined {
  return NAMED.find((kind) => kind === dimension)
}

export function valueOf(dimension: QuestionDimension, resolved: Resolved, series: Series): string {
  return dimension === 'currency' ? series.currency : resolved[dimension]
}

/** What an account's rows have without being split. */
export function ownValue(dimension: QuestionDimension, { provider, account }: Account): string | undefined {
  if (dimension === 'provider') return provider
  return dimension === 'account' ? account : undefined
}
