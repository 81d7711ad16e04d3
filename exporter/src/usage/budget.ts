/** What may be spent, of what, in which period. Pure. */
import type { Amount } from '@usage-explorer/core/amount'
import { DateTime } from 'luxon'
import type { QuestionDimension } from './dimensions.ts'
import { readFilters } from './filters.ts'
import type { Window } from './record.ts'

export const BUDGET_PERIODS = ['hour', 'day', 'week', 'month', 'quarter'] as const
export type BudgetPeriod = (typeof BUDGET_PERIODS)[number]

/** Dimensions of which each value can have the same budget. */
export const EACH = ['team', 'user', 'api_key', 'model', 'project', 'service', 'account'] as const

export interface Budget {
  /** Unique. */
  readonly name: string
  /** What counts: filters as questions take them, such as `team=search`; all usage where there are none. */
  readonly where: readonly string[]
  /** Each value of this dimension has the amount for itself; undefined: all together have it. */
  readonly each: Extract<QuestionDimension, (typeof EACH)[number]> | undefined
  readonly unit: BudgetUnit
  readonly amount: Amount
  readonly period: BudgetPeriod
  /** IANA zone in which periods begin. */
  readonly zone: string
  /** Day of the month (or of a quarter's first month, or of the week from Monday = 1) on which periods begin. */
  readonly startDay: number
  /** Per cent of the amount at which a crossing is kept, ascending. */
  readonly thresholds: readonly number[]
  /** What the instrumentation library's guard does once it is used up. */
  readonly action: 'notify' | 'block'
  readonly owner: string | undefined
}

/** Money of one currency, or a count. */
export type BudgetUnit = { readonly currency: string } | 'tokens' | 'requests'

/** As a user writes it: `USD`, `tokens`, `requests`. */
export function unitName(unit: BudgetUnit): string {
  return typeof unit === 'string' ? unit : unit.currency
}

/** The period of the budget that holds the instant. */
export function budgetPeriod(
  { period, zone, startDay }: Pick<Budget, 'period' | 'zone' | 'startDay'>,
  at: number,
): Window {
  const shift = { days: startDay - 1 }
  const from = DateTime.fromMillis(at, { zone }).minus(shift).startOf(period).plus(shift)
  // By hours the shift is 0, and local time may repeat: the hour after is found by arithmetic.
  const to = period === 'hour' ? from.plus({ hours: 1 }) : nextStart(from, period, shift)
  return { from: from.toMillis(), to: to.toMillis() }
}

function nextStart(from: DateTime, period: Exclude<BudgetPeriod, 'hour'>, shift: { days: number }): DateTime {
  return from
    .minus(shift)
    .plus(period === 'quarter' ? { months: 3 } : { [`${period}s`]: 1 })
    .startOf(period)
    .plus(shift)
}

/** What an app knows of a call before it is made. */
const GUARDED = ['team', 'user', 'model', 'api_key'] as const

/**
 * Values that a call must have to count for the budget, by dimension; undefined where an app cannot tell of a call
 * whether it counts.
 *
 * @param of value of `each`
 */
export function guardSelector(
  { where, each }: Pick<Budget, 'where' | 'each'>,
  of: string,
): Readonly<Record<string, readonly string[]>> | undefined {
  const selector = new Map<string, readonly string[]>()
  for (const { dimension, any, none } of readFilters(where, () => undefined)) {
    const values = any.flatMap((condition) => ('is' in condition ? condition.is : []))
    if (none.length > 0 || values.length < any.length || !isGuarded(dimension)) return undefined
    selector.set(dimension, values)
  }
  if (each !== undefined) {
    if (!isGuarded(each)) return undefined
    selector.set(each, [of])
  }
  return Object.fromEntries(selector)
}

function isGuarded(dimension: string): boolean {
  return GUARDED.some((guarded) => guarded === dimension)
}
