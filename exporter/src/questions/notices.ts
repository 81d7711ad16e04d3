/** What an answer could not say, in words. Pure. */
import { HOUR } from '../clock.ts'
import type { SourceState } from '../ledger/ledger.ts'
import { watermark, within } from '../usage/coverage.ts'
import { cutName } from '../usage/cut.ts'
import type { QuestionDimension } from '../usage/dimensions.ts'
import type { Stretch } from '../usage/choice.ts'
import type { Measure } from '../usage/measures.ts'
import type { Window } from '../usage/record.ts'
import type { Account } from './context.ts'
import type { AskedMeasure } from './measures.ts'
import type { Reading } from './reading.ts'

export interface Notice {
  readonly code:
    | 'not_reported'
    | 'nothing_read'
    | 'not_split'
    | 'not_filtered'
    | 'gap'
    | 'not_in_yet'
    | 'lower_bound'
    | 'newer_truncated'
    | 'lump'
    | 'utc_days'
    | 'derived'
    | 'derived_withheld'
    | 'no_common_source'
    | 'stale'
    | 'not_observed'
    | 'partly_typed'
  readonly provider: string
  readonly account: string
  readonly measure: NoticedMeasure
  /** For people. */
  readonly message: string
}

/** What the ledger keeps of times is one thing to people. */
export type NoticedMeasure = AskedMeasure | 'latency'

type Reasons = Readonly<Record<string, string>>

/** Dimensions that mappings tell by the key where nothing else is stated. */
const BY_KEY: readonly QuestionDimension[] = [
  'api_key',
  'user',
  'team',
  'owner',
  'cost_centre',
  'environment',
]

export function notice(
  code: Notice['code'],
  account: Account,
  measure: NoticedMeasure,
  message: string,
): Notice {
  return { code, ...account, measure, message }
}

/** No source of the account can tell the measure. */
export function notReported(account: Account, measure: Measure, reasons: Reasons): Notice {
  const noticed = noticedMeasure(measure)
  const message = reasons[noticed] ?? `No source of this account reports ${noticed}.`
  return notice('not_reported', account, noticed, message)
}

/** The word for a measure of the ledger that people and reasons use. */
export function noticedMeasure(measure: Measure): NoticedMeasure {
  switch (measure) {
    case 'duration':
    case 'duration_calls':
    case 'first_token':
    case 'first_token_calls':
      return 'latency'
    case 'cost':
    case 'tokens':
    case 'requests':
    case 'errors':
    case 'tool_calls':
      return measure
  }
}

/**
 * @param asked what the answer was split by and filtered by
 * @param now what lies after it cannot be missing
 */
export function noticesOf(
  reading: Reading,
  asked: { groupBy: readonly QuestionDimension[]; filters: readonly QuestionDimension[]; reasons: Reasons },
  now: number,
): Notice[] {
  const { account, plan, unfilterable } = reading
  const measure = noticedMeasure(reading.measure)
  const found: Notice[] = []
  const say = (code: Notice['code'], message: string): void => {
    found.push(notice(code, account, measure, message))
  }
  const where = (stretches: readonly Window[]): string => describeTimes(stretches, now)

  asked.groupBy.forEach((dimension, index) => {
    const whole = plan.filter((stretch) => stretch.taken !== undefined && stretch.split[index] === false)
    if (whole.length === 0) return
    const reason = asked.reasons[`${measure}_by_${BY_KEY.includes(dimension) ? 'key' : dimension}`] ?? ''
    say('not_split', `${measure} cannot be split by ${dimension} in ${where(whole)}. ${reason}`.trimEnd())
  })
  if (unfilterable.length > 0) {
    const by = asked.filters.join(', ')
    say(
      'not_filtered',
      `The best source of ${measure} cannot be filtered by ${by} in ${where(unfilterable)}: what is shown there, if anything, is another source's and has no remainder.`,
    )
  }
  const inside = (part: Window, whole: Window): boolean => part.from >= whole.from && part.to <= whole.to
  const missing = plan.filter(
    (part) =>
      part.state === 'unknown' && part.from < now && !unfilterable.some((whole) => inside(part, whole)),
  )
  const late = missing.filter(({ from }) => from >= reading.newestData)
  const gone = missing.filter(({ from }) => from < reading.newestData)
  if (gone.length > 0) say('gap', `Nothing is known of ${measure} in ${where(gone)}.`)
  const open = plan.filter(({ state, from }) => state === 'provisional' && from < now)
  if (late.length + open.length > 0) {
    say(
      'not_in_yet',
      `The provider's data is not in yet, or may still change, in ${where([...open, ...late])}.`,
    )
  }
  const partial = plan.filter(
    ({ state, taken }) => state === 'partial' && taken?.source.spec.kind !== 'observed',
  )
  if (partial.length > 0) say('lower_bound', `The provider returned only a part in ${where(partial)}.`)
  const reread = plan.flatMap(({ from, to, taken }) =>
    within(taken?.cut.coverage ?? [], { from, to }).filter((span) => span.newerTruncated === true),
  )
  if (reread.length > 0) {
    say(
      'newer_truncated',
      `Asked again, the provider returned only a part in ${where(reread)}: what is shown is the whole answer before that, or higher.`,
    )
  }
  const lumps = plan.flatMap(({ lump }) => lump ?? [])
  if (lumps.length > 0) {
    say('lump', `Only the sum is known of ${where(lumps)}; it stands in the bucket where that ends.`)
  }
  for (const { key, movedAt } of staleSources(reading, now)) {
    const hours = Math.floor((now - movedAt) / HOUR)
    say('stale', `${key.source} has brought nothing new for ${hours} hours; what it tells may be old.`)
  }
  if (reading.silent.length > 0) {
    say('not_observed', `No instrumented app has ever told ${measure} of this, in ${where(reading.silent)}.`)
  }
  if (reading.daily)
    say('utc_days', `${measure} is known only by the day of UTC, whatever the zone asked for.`)
  if (plan.some(({ taken }) => taken?.source.spec.kind === 'derived')) {
    say('derived', `${measure} of ${sourceNames(plan)} are computed from cost and list prices.`)
  }
  return found
}

/** A source that is this many times later than it should be is stale. */
const STALE_AFTER = 2

/** Those that the answer's last figures are read from; apps that are quiet are not late. */
function staleSources({ plan, sources }: Reading, now: number): SourceState[] {
  const last = plan.findLast(({ taken }) => taken !== undefined)?.taken
  if (last === undefined || last.source.spec.kind === 'observed') return []
  const { widthMs, coverage } = last.cut
  const mark = watermark(coverage) ?? now
  const open = plan.some(({ to }) => to > mark)
  return sources.filter(
    ({ key, spec, movedAt }) =>
      open &&
      key.source === last.source.key.source &&
      now - movedAt > STALE_AFTER * (Math.max(widthMs, HOUR) + spec.lagMs),
  )
}

function sourceNames(plan: readonly Stretch[]): string {
  const derived = plan.flatMap(({ taken }) => (taken?.source.spec.kind === 'derived' ? [taken] : []))
  return [...new Set(derived.map(({ source, cut }) => `${source.key.source} (${cutName(cut.cut)})`))].join(
    ', ',
  )
}

function describeTimes(stretches: readonly Window[], now: number): string {
  const [first] = stretches
  const from = Math.min(...stretches.map((stretch) => stretch.from))
  const to = Math.min(now, Math.max(...stretches.map((stretch) => stretch.to)))
  const text = `${new Date(from).toISOString()} to ${new Date(Math.max(from, to)).toISOString()}`
  return first !== undefined && stretches.length > 1 ? `${stretches.length} stretches from ${text}` : text
}
