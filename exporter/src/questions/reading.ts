/** One account's figures of one measure: plans what to read, reads it from the ledger, and tells what is left over. */
import type { Amount } from '@usage-explorer/core/amount'
import { HOUR } from '../clock.ts'
import { tellingDimensions } from '../identity/needs.ts'
import type { SourceState } from '../ledger/ledger.ts'
import { choose, type Need, type Stretch } from '../usage/choice.ts'
import { watermark } from '../usage/coverage.ts'
import { UNALLOCATED, type QuestionDimension } from '../usage/dimensions.ts'
import type { Measure } from '../usage/measures.ts'
import { refuseUnlessWhole } from '../usage/period.ts'
import type { Window } from '../usage/record.ts'
import { bucketWindow, isDaily, utcDayCalendar, type Buckets, type Calendar } from './calendar.ts'
import type { Account, QuestionContext } from './context.ts'
import type { Filter } from '../usage/filters.ts'
import { passedOver, segmentsOf, type Segment } from './segments.ts'
import { statusIn, type Status } from './states.ts'
import { isTold, ownValue, sumsOf, type Line } from './sums.ts'

export interface Ask {
  readonly measure: Measure
  /** Sources are ranked as for this measure. */
  readonly rankAs: Measure
  readonly groupBy: readonly QuestionDimension[]
  readonly where: readonly Filter[]
  readonly calendar: Calendar
  readonly buckets: Buckets
  readonly zone: string
}

export interface Reading {
  readonly account: Account
  readonly measure: Measure
  readonly lines: readonly Line[]
  /** For each bucket. */
  readonly statuses: readonly Status[]
  readonly plan: readonly Stretch[]
  readonly segments: readonly Segment[]
  /** Some of it is what apps tell: a group that none of them told of is unknown, not 0. */
  readonly seesOnly: boolean
  /** Where only apps could tell, and none ever told of what the filters leave. */
  readonly silent: readonly Window[]
  /** Where the best source cannot apply the filters. */
  readonly unfilterable: readonly Window[]
  /** The sources that could be read. */
  readonly sources: readonly SourceState[]
  /** Up to when any source's data of the measure is in. */
  readonly newestData: number
  /** The account's data comes by the UTC day. */
  readonly daily: boolean
}

/** Whether the account's figures can only be told by UTC days. */
export function readsDaily(context: QuestionContext, sources: readonly SourceState[], ask: Ask): boolean {
  const { window } = utcDayCalendar(ask.calendar, 'day', ask.zone)
  const wants = needs(context, ask)
  const plan = choose(sources, { measure: ask.measure, rankAs: ask.rankAs, window, ...wants })
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
  const calendar = daily ? utcDayCalendar(ask.calendar, ask.buckets, ask.zone) : ask.calendar
  const { filters, groups } = needs(context, ask)
  const want = { measure, rankAs: ask.rankAs, window: calendar.window, filters, groups }
  const plan = choose(sources, want)
  for (const { taken } of daily ? [] : plan) {
    if (taken === undefined) continue
    const width = Math.min(taken.cut.widthMs, HOUR)
    refuseUnlessWhole([...calendar.starts, calendar.window.to], width, ask.zone)
  }
  const best = choose(sources, { ...want, groups: [] })
  const segments = segmentsOf(plan, best)
  const order = { measure, where: ask.where, starts: calendar.starts }
  const parts: Line[][] = []
  const silent: Window[] = []
  for (const segment of calendar.starts.length === 0 ? [] : segments) {
    const rows = await sumsOf(context, segment.taken, {
      ...order,
      window: segment,
      groupBy,
      split: segment.split,
    })
    parts.push(rows)
    // Apps tell of what they call: that none ever told anything of this is no 0.
    const { source } = segment.taken
    if (rows.length === 0 && source.spec.kind === 'observed' && !isTold(context, segment.taken, ask.where))
      silent.push(segment)
    if (segment.total === undefined) continue
    const totals = await sumsOf(context, segment.total, { ...order, window: segment, groupBy: [], split: [] })
    const name = (currency: string): string[] =>
      groupBy.map((dimension) =>
        dimension === 'currency' ? currency : (ownValue(dimension, account) ?? UNALLOCATED),
      )
    parts.push(remainder(totals, rows, name))
  }
  return {
    account,
    measure,
    lines: parts.flat(),
    statuses: ask.calendar.starts.map((_, index) => statusIn(plan, bucketWindow(calendar, index), silent)),
    plan,
    segments,
    seesOnly: segments.some(({ taken }) => taken.source.spec.kind === 'observed'),
    silent,
    unfilterable: passedOver(choose(sources, { ...want, groups: [], filters: [] }), best),
    sources,
    newestData: newestWatermark(sources),
    daily,
  }
}

/** Total minus lines, per currency and bucket, where it is not 0. Pure. */
export function remainder(
  totals: readonly Line[],
  lines: readonly Line[],
  nameOf: (currency: string) => readonly string[],
): Line[] {
  const left = new Map<string, Map<number, Amount>>()
  const add = ({ currency, amounts }: Line, sign: 1n | -1n): void => {
    const sums = left.get(currency) ?? new Map<number, Amount>()
    left.set(currency, sums)
    for (const [bucket, amount] of amounts) sums.set(bucket, (sums.get(bucket) ?? 0n) + sign * amount)
  }
  for (const line of totals) add(line, 1n)
  for (const line of lines) add(line, -1n)
  return [...left].flatMap(([currency, sums]) => {
    const amounts = new Map([...sums].filter(([, amount]) => amount !== 0n))
    return amounts.size === 0 ? [] : [{ values: nameOf(currency), currency, amounts }]
  })
}

function needs({ config }: QuestionContext, { where, groupBy }: Ask): { filters: Need[]; groups: Need[] } {
  const tell = (dimension: QuestionDimension): Need => tellingDimensions(dimension, config.mappings)
  return { filters: where.map(({ dimension }) => tell(dimension)), groups: groupBy.map(tell) }
}

function newestWatermark(sources: readonly SourceState[]): number {
  const marks = sources.flatMap(({ cuts }) => cuts.map(({ coverage }) => watermark(coverage) ?? -Infinity))
  return Math.max(-Infinity, ...marks)
}
