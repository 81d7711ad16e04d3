/** Tokens computed from cost and list price are shown only while they agree with what the provider itself counts. */
import type { Amount } from '@usage-explorer/core/amount'
import { DAY } from '../clock.ts'
import type { SourceState } from '../ledger/ledger.ts'
import { choose } from '../usage/choice.ts'
import { watermark } from '../usage/coverage.ts'
import { periodAt } from '../usage/period.ts'
import type { Window } from '../usage/record.ts'
import type { QuestionContext } from './context.ts'
import { segmentsOf } from './segments.ts'
import { sumsOf } from './sums.ts'

/** They agree where the differences of all models together stay below one part in so many. */
const TOLERANCE = 100n

/**
 * Whether an account's derived tokens are within 1 % of its metered ones, model by model, over the current billing
 * month, or the last one while less than a day of the current can be compared. False where nothing can.
 *
 * @param sources those of one account
 */
export async function derivedAgree(
  context: QuestionContext,
  sources: readonly SourceState[],
): Promise<boolean> {
  const derived = sources.filter(({ spec }) => spec.kind === 'derived')
  const metered = sources.filter(({ spec }) => spec.kind === 'metered' && spec.measures.includes('tokens'))
  const marks = [derived, metered].map((group) =>
    Math.max(0, ...group.flatMap(({ cuts }) => cuts.map(({ coverage }) => watermark(coverage) ?? 0))),
  )
  const to = beforeLump(metered, Math.min(...marks))
  if (to === 0) return false
  const window = { from: periodAt('month', to - DAY, 'UTC').from, to }
  const [computed, counted] = [
    await byModel(context, derived, window),
    await byModel(context, metered, window),
  ]
  if (computed === undefined || counted === undefined) return false
  let total = 0n
  let difference = 0n
  for (const model of new Set([...computed.keys(), ...counted.keys()])) {
    const [a, b] = [computed.get(model) ?? 0n, counted.get(model) ?? 0n]
    total += b
    difference += a > b ? a - b : b - a
  }
  return difference * TOLERANCE <= total
}

/** Of a lump that sticks out, the share inside is unknown: what comes before it can be compared. */
function beforeLump(sources: readonly SourceState[], to: number): number {
  const spans = sources.flatMap(({ cuts }) => cuts.flatMap(({ coverage }) => coverage))
  return spans.find((span) => span.lump === true && span.from < to && to < span.to)?.from ?? to
}

/** Undefined where the window is not known as a whole. */
async function byModel(
  context: QuestionContext,
  sources: readonly SourceState[],
  window: Window,
): Promise<ReadonlyMap<string, Amount> | undefined> {
  const groups = [['model', 'description']] as const
  const plan = choose(sources, { measure: 'tokens', window, filters: [], groups })
  const whole = plan.every(({ state, split }) => state !== 'unknown' && split[0] === true)
  if (!whole) return undefined
  const order = { measure: 'tokens', where: [], starts: [window.from], groupBy: ['model'] } as const
  const sums = new Map<string, Amount>()
  for (const segment of segmentsOf(plan, plan)) {
    const lines = await sumsOf(context, segment.taken, { ...order, window: segment, split: segment.split })
    for (const { values, amounts } of lines) {
      const [model = ''] = values
      for (const amount of amounts.values()) sums.set(model, (sums.get(model) ?? 0n) + amount)
    }
  }
  return sums
}
