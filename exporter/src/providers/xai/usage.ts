/** Billed cost by the hour: POST /v1/billing/teams/{team_id}/usage, in the cuts that xAI accepts. */
import { z } from 'zod'
import { DAY, HOUR } from '../../clock.ts'
import { UsageExplorerError } from '../../errors.ts'
import type { Cut } from '../../usage/cut.ts'
import type { Answer, Window } from '../../usage/record.ts'
import type { ReadContext, UsageReader } from '../provider.ts'
import { BILLING_READ, type XaiAccount } from './account.ts'
import { deriveTokens } from './derived.ts'
import { BILLING_USAGE, DERIVED_TOKENS, HISTORY_MS } from './sources.ts'
import { cutOf, readTimeSeries, USAGE_GROUPS, type UsageGroup } from './time-series.ts'

type GroupBy = readonly UsageGroup[]

const PAIRS: readonly GroupBy[] = [
  ['api_key_id', 'description'],
  ['api_key_id', 'unit_type'],
  ['description', 'unit_type'],
]
/** A joint cut that xAI comes to accept is found within a day. */
const PROBE_EVERY_MS = DAY
/** One at which it broke may have met an outage. */
const PROBE_BROKEN_AFTER_MS = HOUR

const State = z.object({
  accepted: z.array(z.array(z.enum(USAGE_GROUPS))).min(1),
  probedAt: z.number(),
})

/** An answer, or why there is none: the group-by is rejected or too much, or the answer is too large. */
type Outcome = Answer | UsageExplorerError

export function usageReader(account: XaiAccount): UsageReader {
  return {
    source: BILLING_USAGE,
    widthMs: HOUR,
    historyMs: HISTORY_MS,
    maxWindowMs: 7 * DAY,
    read: (window, context) => new UsageRead(account, window, context).answers(),
  }
}

class UsageRead {
  readonly #account: XaiAccount
  readonly #window: Window
  readonly #context: ReadContext
  /** Group-bys that were cut short even for one bucket: smaller windows would not help. */
  readonly #hopeless = new Set<string>()

  constructor(account: XaiAccount, window: Window, context: ReadContext) {
    this.#account = account
    this.#window = window
    this.#context = context
  }

  async *answers(): AsyncGenerator<Answer> {
    const state = State.safeParse(this.#context.state).data
    const now = this.#account.now()
    const due = state === undefined || now - state.probedAt >= PROBE_EVERY_MS || state.probedAt > now
    if (due || !(yield* this.#known(state.accepted))) yield* this.#probe(state?.accepted ?? [])
  }

  /** Asks in the cuts accepted before. Returns false when one of them no longer is. */
  async *#known(accepted: readonly GroupBy[]): AsyncGenerator<Answer, boolean> {
    for (const groupBy of accepted) {
      if ((yield* this.#attempt(groupBy, accepted)) !== undefined) return false
    }
    return true
  }

  /** All dimensions jointly, else in pairs, and alone whatever is in no accepted pair. Each try is a real answer. */
  async *#probe(before: readonly GroupBy[]): AsyncGenerator<Answer> {
    const accepted: GroupBy[] = []
    // Whether it is the group-by at which the provider breaks or an outage, only a narrower one shows.
    const mayBreak = (groupBy: GroupBy): boolean => !before.some((old) => sameGroups(old, groupBy))
    let rejection = yield* this.#attempt(USAGE_GROUPS, accepted, mayBreak(USAGE_GROUPS))
    let broke = isBreakdown(rejection)
    if (rejection === undefined) accepted.push(USAGE_GROUPS)
    else {
      for (const pair of PAIRS) {
        const refusal = yield* this.#attempt(pair, accepted, mayBreak(pair))
        if (refusal === undefined) accepted.push(pair)
        else broke ||= isBreakdown(refusal)
      }
      for (const group of USAGE_GROUPS) {
        if (accepted.some((groupBy) => groupBy.includes(group))) continue
        const single = yield* this.#attempt([group], accepted)
        if (single === undefined) accepted.push([group])
        else rejection = single
      }
      if (accepted.length === 0) throw rejection
    }
    const sooner = broke ? PROBE_EVERY_MS - PROBE_BROKEN_AFTER_MS : 0
    this.#context.remember({ accepted, probedAt: this.#account.now() - sooner })
    const replaced = before.filter((old) => !accepted.some((groupBy) => sameGroups(groupBy, old)))
    if (replaced.length > 0) this.#context.retire(replaced.map(cutOf))
  }

  /**
   * Reads the window in one cut. Returns the provider's rejection where it does not accept the group-by.
   *
   * @param mayBreak takes the provider's breakdown for a rejection too
   */
  async *#attempt(
    groupBy: GroupBy,
    accepted: readonly GroupBy[],
    mayBreak = false,
  ): AsyncGenerator<Answer, UsageExplorerError | undefined> {
    const outcome = await this.#ask(groupBy, this.#window, mayBreak)
    if (isRejection(outcome) || isBreakdown(outcome)) return outcome
    yield* this.#refine(groupBy, this.#window, outcome, accepted)
    return undefined
  }

  /** Yields an answer; where it was cut short, also halves of the window, and where that does not help a coarser cut. */
  async *#refine(
    groupBy: GroupBy,
    window: Window,
    outcome: Outcome,
    accepted: readonly GroupBy[],
  ): AsyncGenerator<Answer> {
    if (isRejection(outcome)) throw outcome
    const tooLarge = outcome instanceof UsageExplorerError
    if (!tooLarge) {
      yield outcome
      const derived = await this.#derive(outcome)
      if (derived !== undefined) yield derived
      if (outcome.completeness === 'complete') return
    }
    const coarse = coarserThan(groupBy)
    const split = halvesOf(window)
    if (split.length === 0) this.#hopeless.add(groupBy.join())
    const halves = coarse !== undefined && this.#hopeless.has(groupBy.join()) ? [] : split
    for (const half of halves) yield* this.#refine(groupBy, half, await this.#ask(groupBy, half), accepted)
    if (halves.length > 0) return
    for (let next = coarse; next !== undefined; next = coarserThan(next)) {
      const coarser = next
      if (accepted.some((other) => sameGroups(other, coarser))) return
      const answer = await this.#ask(coarser, window)
      if (isRejection(answer)) continue
      yield* this.#refine(coarser, window, answer, accepted)
      return
    }
    if (tooLarge) throw outcome
  }

  async #ask(groupBy: GroupBy, window: Window, mayBreak = false): Promise<Outcome> {
    const { signal } = this.#context
    const team = await this.#account.team(signal)
    const path = await this.#account.billingPath(signal, 'usage')
    try {
      const { value, fetchedAt } = await this.#account.client.postForItems(
        path,
        requestBody(groupBy, window),
        'timeSeries',
        (document) => readTimeSeries(document, { groupBy, window, team }),
        { signal, permission: BILLING_READ },
      )
      return {
        source: this.#account.source(BILLING_USAGE),
        cut: cutOf(groupBy),
        window,
        widthMs: HOUR,
        fetchedAt,
        completeness: value.limitReached ? 'truncated' : 'complete',
        records: value.records,
      }
    } catch (error) {
      if (isRejection(error) || isTooLarge(error) || (mayBreak && isBreakdown(error))) return error
      throw error
    }
  }

  async #derive(answer: Answer): Promise<Answer | undefined> {
    const { priceList } = this.#account
    if (priceList === undefined || !canDerive(answer.cut)) return undefined
    const { records, complete } = await deriveTokens(answer.records, priceList)
    return {
      ...answer,
      source: this.#account.source(DERIVED_TOKENS),
      completeness: complete ? answer.completeness : 'truncated',
      records,
    }
  }
}

/** The end is exclusive, times are without zone marks (ISO 8601 with T and Z is refused), and the zone is UTC's name. */
function requestBody(groupBy: GroupBy, window: Window): unknown {
  return {
    analyticsRequest: {
      timeRange: {
        startTime: wallTime(window.from),
        endTime: wallTime(window.to),
        timezone: 'Etc/GMT',
      },
      timeUnit: 'TIME_UNIT_HOUR',
      values: [{ name: 'usd', aggregation: 'AGGREGATION_SUM' }],
      groupBy,
      filters: [],
    },
  }
}

function wallTime(instant: number): string {
  return new Date(instant).toISOString().slice(0, 19).replace('T', ' ')
}

function halvesOf(window: Window): Window[] {
  const buckets = (window.to - window.from) / HOUR
  const middle = window.from + Math.floor(buckets / 2) * HOUR
  if (middle === window.from) return []
  return [
    { from: window.from, to: middle },
    { from: middle, to: window.to },
  ]
}

/** Without the unit type, else without the description. */
function coarserThan(groupBy: GroupBy): GroupBy | undefined {
  if (groupBy.length < 2) return undefined
  const dropped = groupBy.includes('unit_type') ? 'unit_type' : 'description'
  return groupBy.filter((group) => group !== dropped)
}

function canDerive(cut: Cut): boolean {
  return cut.dimensions.includes('description') && cut.dimensions.includes('type')
}

function sameGroups(a: GroupBy, b: GroupBy): boolean {
  return a.length === b.length && a.every((group) => b.includes(group))
}

function isTooLarge(error: unknown): error is UsageExplorerError {
  return error instanceof UsageExplorerError && error.code === 'UPSTREAM_TOO_LARGE'
}

/** An answer that says when to come again is of an outage. */
function isBreakdown(error: unknown): error is UsageExplorerError {
  return (
    error instanceof UsageExplorerError &&
    error.code === 'UPSTREAM_FAILED' &&
    error.retryAfterMs === undefined
  )
}

function isRejection(error: unknown): error is UsageExplorerError {
  return error instanceof UsageExplorerError && error.code === 'UPSTREAM_REJECTED'
}
