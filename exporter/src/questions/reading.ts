/** One account's figures of one measure: plans what to read, reads it from the ledger, and tells what is left over. */
import type { Amount } from '@usage-explorer/core/amount'
import { HOUR } from '../clock.ts'
import { tellingDimensions } from '../identity/needs.ts'
import type { SourceState } from '../ledger/ledger.ts'
import { choose, type Need, type Stretch } from '../usage/choice.ts'
import { watermark } from '../usage/coverage.ts'
import { UNALLOCATED, type QuestionDimension } from '../usage/dimensions.ts'
import type { Measure } from '../usage/measures.ts'
import { refuseUnlessWhole, type Granularity } from '../usage/period.ts'
import type { Window } from '../usage/record.ts'
import { bucketWindow, isDaily, utcDayCalendar, type Calendar } from './calendar.ts'
import type { Account, QuestionContext } from './context.ts'
import type { Filter } from './query.ts'
import { passedOver, segmentsOf, type Segment } from './segments.ts'
import { statusIn, type Status } from './states.ts'
import { ownValue, sumsOf, type Cell } from './sums.ts'

export interface Ask {
  readonly measure: Measure
  readonly groupBy: readonly QuestionDimension[]
  readonly where: readonly Filter[]
  readonly calendar: Calendar
  readonly granularity: Granularity
  readonly zone: string
}

export interface Reading {
  readonly account: Account
  readonly measure: Measure
  /** Also holds cells of 0 for groups that have no rows in the window but are part of the answer. */
  readonly cells: readonly Cell[]
  /** For each bucket. */
  readonly statuses: readonly Status[]
  readonly plan: readonly Stretch[]
  readonly segments: readonly Segment[]
  /** Where the best source cannot apply the filters. */
  readonly unfilterable: readonly Window[]
  /** Up to when any source's data of the measure is in. */
  readonly newestData: number
  /** The account's data comes by the UTC day. */
  readonly daily: boolean
}

/** Whether the account's figures can only be told by UTC days. */
export function readsDaily(context: QuestionContext, sources: readonly SourceState[], ask: Ask): boolean {
  const { window } = utcDayCalendar(ask.calendar, 'day', ask.zone)
  const wants = needs(context, ask)
  const plan = choose(sources, { measure: ask.measure, window, ...wants })
  return plan.some(({ taken }) => taken !== undefined && isDaily(taken.cut.widthMs))
}

/**
 * @param sources those of one account, at least one of which can tell the measure
 * @throws UsageExplorerError QUERY_ZONE_UNSUPPORTED
 */
export async function read(
  context: QuestionContext,
  account: Account,
  sources: readonly SourceState[],
  ask: Ask,
): Promise<Reading> {
  const { measure, groupBy } = ask
  const daily = readsDaily(context, sources, ask)
  const calendar = daily ? utcDayCalendar(ask.calendar, ask.granularity, ask.zone) : ask.calendar
  const { filters, groups } = needs(context, ask)
  const want = { measure, window: calendar.window, filters, groups }
  const plan = choose(sources, want)
  for (const { taken } of daily ? [] : plan) {
    if (taken === undefined) continue
    const width = Math.min(taken.cut.widthMs, HOUR)
    refuseUnlessWhole([...calendar.starts, calendar.window.to], width, ask.zone)
  }
  const best = choose(sources, { ...want, groups: [] })
  const segments = segmentsOf(plan, best)
  const order = { measure, where: ask.where, starts: calendar.starts }
  const cells: Cell[] = []
  for (const segment of calendar.starts.length === 0 ? [] : segments) {
    const rows = await sumsOf(context, segment.taken, {
      ...order,
      window: segment,
      groupBy,
      split: segment.split,
    })
    cells.push(...rows)
    if (segment.total === undefined) continue
    const totals = await sumsOf(context, segment.total, { ...order, window: segment, groupBy: [], split: [] })
    const name = (currency: string): string[] =>
      groupBy.map((dimension) =>
        dimension === 'currency' ? currency : (ownValue(dimension, account) ?? UNALLOCATED),
      )
    cells.push(...remainder(totals, rows, name))
  }
  return {
    account,
    measure,
    cells,
    statuses: ask.calendar.starts.map((_, index) => statusIn(plan, bucketWindow(calendar, index))),
    plan,
    segments,
    unfilterable: passedOver(choose(sources, { ...want, groups: [], filters: [] }), best),
    newestData: newestWatermark(sources),
    daily,
  }
}

/** Total minus rows, per bucket and currency, where it is not 0. Pure. */
export function remainder(
  totals: readonly Cell[],
  rows: readonly Cell[],
  nameOf: (currency: string) => readonly string[],
): Cell[] {
  const left = new Map<string, { currency: string; bucket: number; amount: Amount }>()
  const add = ({ currency, bucket, amount }: Cell, sign: 1n | -1n): void => {
    const key = `${bucket}/${currency}`
    const before = left.get(key)?.amount ?? 0n
    left.set(key, { currency, bucket, amount: before + sign * amount })
  }
  for (const cell of totals) add(cell, 1n)
  for (const cell of rows) add(cell, -1n)
  return [...left.values()]
    .filter(({ amount }) => amount !== 0n)
    .map((cell) => ({ ...cell, values: nameOf(cell.currency) }))
}

function needs({ config }: QuestionContext, { where, groupBy }: Ask): { filters: Need[]; groups: Need[] } {
  const tell = (dimension: QuestionDimension): Need => tellingDimensions(dimension, config.mappings)
  return { filters: where.map(({ dimension }) => tell(dimension)), groups: groupBy.map(tell) }
}

function newestWatermark(sources: readonly SourceState[]): number {
  const marks = sources.flatMap(({ cuts }) => cuts.map(({ coverage }) => watermark(coverage) ?? -Infinity))
  return Math.max(-Infinity, ...marks)
}
