/** Which source and cut a question reads at which time, so that nothing is added twice (design §4.4). Pure. */
import { subtract, within, type Coverage, type Span, type SpanState } from './coverage.ts'
import { cutName, type Cut } from './cut.ts'
import type { StatedDimension } from './dimensions.ts'
import type { Measure } from './measures.ts'
import type { Window } from './record.ts'
import { sourceKeyText, type SourceKey, type SourceKind, type SourceSpec } from './source.ts'

export interface CutChoice {
  readonly id: number
  readonly cut: Cut
  /** Still asked for. */
  readonly live: boolean
  readonly widthMs: number
  readonly coverage: Coverage
}

export interface SourceChoice {
  readonly key: SourceKey
  readonly spec: SourceSpec
  readonly cuts: readonly CutChoice[]
}

/** Stated dimensions any one of which tells what is needed, the most direct first. Empty: every cut tells it. */
export type Need = readonly StatedDimension[]

export interface Want {
  readonly measure: Measure
  /** Sources are ranked as for this measure; `measure` where undefined. */
  readonly rankAs?: Measure
  readonly window: Window
  /** A cut that fails one of these cannot answer at all. */
  readonly filters: readonly Need[]
  /** Given up where no cut tells them, the last one first, rather than giving no figure. */
  readonly groups: readonly Need[]
}

/** A stretch of time that is read from one cut of one source, or is unknown. */
export interface Stretch extends Window {
  readonly taken: { readonly source: SourceChoice; readonly cut: CutChoice } | undefined
  readonly state: SpanState | 'unknown'
  /** Set where only a whole is known, of which this is a part; its figure stands in the bucket where it ends. */
  readonly lump: Window | undefined
  /** For each group-by whether the cut tells it. */
  readonly split: readonly boolean[]
}

const RANKS: Readonly<Record<Measure, readonly SourceKind[]>> = {
  cost: ['billed', 'observed', 'metered', 'derived'],
  tokens: ['metered', 'observed', 'billed', 'derived'],
  requests: ['metered', 'observed', 'billed', 'derived'],
  errors: ['observed', 'metered', 'billed', 'derived'],
  tool_calls: ['observed', 'metered', 'billed', 'derived'],
  duration: ['observed', 'metered', 'billed', 'derived'],
  duration_calls: ['observed', 'metered', 'billed', 'derived'],
  first_token: ['observed', 'metered', 'billed', 'derived'],
  first_token_calls: ['observed', 'metered', 'billed', 'derived'],
}

/** The sources that can tell the measure, best first; equals in rank by name. */
export function rankSources<Source extends SourceChoice>(
  sources: readonly Source[],
  measure: Measure,
  rankAs: Measure = measure,
): Source[] {
  const rank = (source: Source): number => RANKS[rankAs].indexOf(source.spec.kind)
  const name = (source: Source): string => sourceKeyText(source.key)
  return sources
    .filter((source) => source.spec.measures.includes(measure))
    .sort((a, b) => rank(a) - rank(b) || name(a).localeCompare(name(b), 'en'))
}

/**
 * Plans one account's answer: stretches in ascending order that cover the window exactly and never overlap, each
 * read from one cut in whole buckets. What is past every watermark is taken as `provisional` where somebody answered.
 *
 * @param sources those of one account
 */
export function choose(sources: readonly SourceChoice[], want: Want): Stretch[] {
  let offers = offersOf(sources, want)
  for (;;) {
    const plan = chooseAmong(offers, want)
    const torn = tornParts(plan, offers)
    if (torn.length === 0) return plan
    offers = offers.map((offer) => ({
      ...offer,
      coverage: torn
        .filter(({ cutId }) => cutId === offer.cut.id)
        .reduce((coverage: Coverage, { part }) => subtract(coverage, part), offer.coverage),
    }))
  }
}

/** A cut that may be read, with how well it does. Lower figures are better. */
interface Offer {
  readonly source: SourceChoice
  readonly rank: number
  readonly cut: CutChoice
  readonly coverage: Coverage
  readonly split: readonly boolean[]
  /** Group-bys given up, the first one weighing most. */
  readonly lost: number
  readonly indirectness: number
}

function offersOf(sources: readonly SourceChoice[], want: Want): Offer[] {
  const { measure, rankAs, window, filters, groups } = want
  return rankSources(sources, measure, rankAs).flatMap((source, rank) =>
    source.cuts
      .filter(({ cut }) => filters.every((need) => isTold(need, cut)))
      .map((cut) => {
        const split = groups.map((need) => isTold(need, cut.cut))
        const told = groups.filter((_, index) => split[index])
        return {
          source,
          rank,
          cut,
          coverage: joinStates(within(cut.coverage, window)),
          split,
          lost: split.reduce((sum, told) => sum * 2 + (told ? 0 : 1), 0),
          indirectness: [...filters, ...told].reduce((sum, need) => sum + distance(need, cut.cut), 0),
        }
      }),
  )
}

function chooseAmong(offers: readonly Offer[], { window, groups }: Want): Stretch[] {
  const edges = new Set([window.from, window.to])
  for (const { coverage } of offers) for (const span of coverage) edges.add(span.from).add(span.to)
  const ascending = [...edges].sort((a, b) => a - b)
  const plan: Stretch[] = []
  ascending.slice(0, -1).forEach((from, index) => {
    const to = ascending[index + 1] ?? window.to
    const best = offers
      .flatMap((offer) => {
        const span = spanAt(offer.coverage, from)
        return span === undefined ? [] : [{ offer, span }]
      })
      .reduce<Bid | undefined>((a, b) => (a === undefined || compareBids(b, a) < 0 ? b : a), undefined)
    append(plan, best === undefined ? unknown(from, to, groups.length) : stretch(from, to, best))
  })
  return plan
}

interface Bid {
  readonly offer: Offer
  readonly span: Span
}

function compareBids(a: Bid, b: Bid): number {
  return (
    Number(a.span.state === 'provisional') - Number(b.span.state === 'provisional') ||
    a.offer.lost - b.offer.lost ||
    a.offer.rank - b.offer.rank ||
    Number(b.offer.cut.live) - Number(a.offer.cut.live) ||
    Number(b.span.state === 'complete') - Number(a.span.state === 'complete') ||
    a.offer.indirectness - b.offer.indirectness ||
    a.offer.cut.cut.dimensions.length - b.offer.cut.cut.dimensions.length ||
    cutName(a.offer.cut.cut).localeCompare(cutName(b.offer.cut.cut), 'en') ||
    a.offer.cut.id - b.offer.cut.id
  )
}

/** Parts of buckets and of lumps: a row cannot be divided, so a cut that won only a part of one must leave it whole. */
function tornParts(plan: readonly Stretch[], offers: readonly Offer[]): { cutId: number; part: Window }[] {
  return runs(plan).flatMap(({ from, to, cut }) => {
    const lumps = offers
      .filter((offer) => offer.cut.id === cut.id)
      .flatMap(({ coverage }) => coverage)
      .filter((span) => span.lump === true && span.from < to && span.to > from)
    const parts: Window[] = lumps.filter((lump) => lump.from < from || lump.to > to)
    const firstWhole = Math.ceil(from / cut.widthMs) * cut.widthMs
    const lastWhole = Math.floor(to / cut.widthMs) * cut.widthMs
    // The edge of a lump is wherever its readings were taken; its row belongs to it all the same.
    if (!lumps.some((lump) => lump.from === from)) parts.push({ from, to: Math.min(firstWhole, to) })
    if (!lumps.some((lump) => lump.to === to)) parts.push({ from: Math.max(lastWhole, from), to })
    return parts.filter((part) => part.to > part.from).map((part) => ({ cutId: cut.id, part }))
  })
}

/** Neighbouring stretches of one cut as one. */
function runs(plan: readonly Stretch[]): (Window & { cut: CutChoice })[] {
  const found: { from: number; to: number; cut: CutChoice }[] = []
  for (const { from, to, taken } of plan) {
    const last = found.at(-1)
    if (taken === undefined) continue
    if (last?.to === from && last.cut.id === taken.cut.id) last.to = to
    else found.push({ from, to, cut: taken.cut })
  }
  return found
}

function stretch(from: number, to: number, { offer, span }: Bid): Stretch {
  const { source, cut, split } = offer
  return { from, to, taken: { source, cut }, state: span.state, lump: span.lump ? span : undefined, split }
}

function unknown(from: number, to: number, groups: number): Stretch {
  const split = Array.from({ length: groups }, () => false)
  return { from, to, taken: undefined, state: 'unknown', lump: undefined, split }
}

function append(plan: Stretch[], added: Stretch): void {
  const last = plan.at(-1)
  const joins =
    last?.taken?.cut.id === added.taken?.cut.id &&
    last?.state === added.state &&
    last.lump?.from === added.lump?.from
  if (last !== undefined && joins) plan[plan.length - 1] = { ...last, to: added.to }
  else plan.push(added)
}

function isTold(need: Need, cut: Cut): boolean {
  return need.length === 0 || need.some((dimension) => cut.dimensions.includes(dimension))
}

function distance(need: Need, cut: Cut): number {
  return Math.max(
    0,
    need.findIndex((dimension) => cut.dimensions.includes(dimension)),
  )
}

/** When an answer was fetched does not matter here. Fewer spans make the plan cheap. */
function joinStates(coverage: Coverage): Coverage {
  const joined: Span[] = []
  for (const span of coverage) {
    const last = joined.at(-1)
    const joins = last?.to === span.from && last.state === span.state && !last.lump && !span.lump
    if (joins) joined[joined.length - 1] = { ...last, to: span.to }
    else joined.push(span)
  }
  return joined
}

function spanAt(coverage: Coverage, at: number): Span | undefined {
  return coverage.find((span) => span.from <= at && at < span.to)
}
