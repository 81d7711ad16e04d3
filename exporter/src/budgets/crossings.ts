/** When a budget crossed one of its thresholds: once in each period, kept as long as usage is. */
import { formatAmount, type Amount } from '@usage-explorer/core/amount'
import { HOUR } from '../clock.ts'
import { unitName } from '../usage/budget.ts'
import type { Note } from '../usage/note.ts'
import type { BudgetState } from './state.ts'

export interface Crossing {
  /** As the label `budget`. */
  readonly budget: string
  readonly team: string
  /** Per cent of the amount. */
  readonly threshold: number
  readonly period_start: string
  /** When usage crossed it, to the hour; when that was noticed, where the hour is not known. */
  readonly crossed_at: string
  readonly used: string
  readonly amount: string
  readonly unit: string
}

/**
 * Those of a state that are new, or that more of the past shows to have been earlier than was known.
 *
 * @param known ids with their times
 */
export function newCrossings(state: BudgetState, known: ReadonlyMap<string, number>, now: number): Note[] {
  const { budget, used, period, label, team } = state
  if (used === null) return []
  return budget.thresholds.flatMap((threshold): Note[] => {
    const limit = (budget.amount * BigInt(threshold)) / 100n
    const period_start = new Date(period.from).toISOString()
    const id = JSON.stringify([label, period_start, threshold])
    if (used < limit) return []
    const at = crossedAt(state, limit) ?? now
    if (at >= (known.get(id) ?? Infinity)) return []
    const body: Crossing = {
      budget: label,
      team,
      threshold,
      period_start,
      crossed_at: new Date(at).toISOString(),
      used: formatAmount(used),
      amount: formatAmount(budget.amount),
      unit: unitName(budget.unit),
    }
    return [{ kind: 'crossing', id, at, body }]
  })
}

/** End of the hour in which the period's sum reached the limit. */
function crossedAt({ hours, period }: BudgetState, limit: Amount): number | undefined {
  if (hours.from > period.from) return undefined
  let sum = 0n
  const first = Math.round((period.from - hours.from) / HOUR)
  const index = hours.amounts.findIndex((amount, hour) => {
    if (hour < first) return false
    sum += amount ?? 0n
    return sum >= limit
  })
  return index === -1 ? undefined : hours.from + (index + 1) * HOUR
}
