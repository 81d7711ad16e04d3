/** Reads what counts for a budget: the same questions as anybody may ask, so that the figures agree to the last digit. */
import type { Amount } from '@usage-explorer/core/amount'
import { DAY, HOUR } from '../clock.ts'
import type { QuestionContext } from '../questions/context.ts'
import type { Figure } from '../questions/folding.ts'
import { measureQuery } from '../questions/measurement.ts'
import { nameOf } from '../questions/present.ts'
import type { Query } from '../questions/query.ts'
import { createTurns } from '../turns.ts'
import type { Budget } from '../usage/budget.ts'
import { NOT_SPLIT, OTHER, UNALLOCATED, UNASSIGNED, UNATTRIBUTED } from '../usage/dimensions.ts'
import { readFilters } from '../usage/filters.ts'
import { widen } from '../usage/period.ts'
import type { Window } from '../usage/record.ts'
import { HISTORY_DAYS, type Hours } from './outlook.ts'

/** Values of `each` beyond the largest so many have no budget of their own. Times the hours of history it is what an answer may hold. */
const MOST_VALUES = 500

/** What stands for no single one has no amount for itself. */
const NOBODY: ReadonlySet<string> = new Set(['', UNASSIGNED, UNATTRIBUTED, UNALLOCATED, NOT_SPLIT, OTHER])

/** What counts for one amount: all usage of the budget, or that of one value of `each`. */
export interface BudgetUsage {
  /** Value of `each`, '' where the budget has none. */
  readonly of: string
  /** What to show for it, where it has a name. */
  readonly name: string | undefined
  /** In the period so far; null where nothing is known. */
  readonly used: Amount | null
  readonly hours: Hours
  /** Up to when `hours` are final, or known at all where nothing is ever final; undefined without any. */
  readonly dataEnd: number | undefined
}

export interface BudgetReading {
  readonly usages: readonly BudgetUsage[]
  /** Currencies in which there was cost that does not count. */
  readonly otherCurrencies: readonly string[]
}

export type BudgetReader = (budget: Budget, period: Window) => Promise<BudgetReading>

interface Line {
  readonly of: string
  readonly name: string | undefined
  readonly currency: string
  readonly used: Amount | null
  readonly points: readonly Figure[]
}

interface KnownHours {
  readonly hours: Hours
  readonly dataEnd: number | undefined
}

/**
 * Reads budgets as they stand at one instant. What budgets over the same usage have in common, the hours before, is read
 * once.
 */
export function createBudgetReader(context: QuestionContext, now: number): BudgetReader {
  const known = new Map<string, ReadonlyMap<string, KnownHours>>()

  const hoursBefore = async (budget: Budget): Promise<ReadonlyMap<string, KnownHours>> => {
    const { unit, each, where, zone } = budget
    const key = JSON.stringify([unit, each, where, zone])
    const window = widen({ from: now - HISTORY_DAYS * DAY, to: now }, 'hour', zone)
    const found = known.get(key) ?? (await readHours(context, budget, window, now))
    known.set(key, found)
    return found
  }

  return async (budget, period) => {
    const lines = await ask(context, budget, { from: period.from, to: Math.min(period.to, now) }, 'total')
    const hours = await hoursBefore(budget)
    return {
      usages: lines
        .filter((line) => counts(budget, line) && (budget.each === undefined || !NOBODY.has(line.of)))
        .map(({ of, name, used }) => ({ of, name, used, ...(hours.get(of) ?? NO_HOURS) })),
      otherCurrencies: [
        ...new Set(lines.filter((line) => !counts(budget, line)).map((line) => line.currency)),
      ].sort(),
    }
  }
}

const NO_HOURS: KnownHours = { hours: { from: 0, amounts: [] }, dataEnd: undefined }

async function readHours(
  context: QuestionContext,
  budget: Budget,
  window: Window,
  now: number,
): Promise<ReadonlyMap<string, KnownHours>> {
  const hours = new Map<string, KnownHours>()
  const turn = createTurns()
  for (const line of await ask(context, budget, window, 'hour')) {
    await turn()
    if (counts(budget, line)) hours.set(line.of, hoursOf(line.points, window.from, now))
  }
  return hours
}

async function ask(
  context: QuestionContext,
  { unit, each, where, zone }: Budget,
  window: Window,
  granularity: Query['granularity'],
): Promise<Line[]> {
  const { measures } = await measureQuery(context, {
    from: { kind: 'instant', at: window.from },
    to: { kind: 'instant', at: window.to },
    zone,
    granularity,
    measures: [typeof unit === 'string' ? unit : 'cost'],
    groupBy: each === undefined ? [] : [each],
    where: readFilters(where, () => undefined),
    top: MOST_VALUES,
    compare: undefined,
  })
  return measures.flatMap(({ series, totals }) =>
    (each === undefined ? totals : series).map(({ values: [of = ''], account, currency, points, total }) => ({
      of,
      name: each === undefined ? undefined : nameOf(context.identity, each, { ...account, id: of }),
      currency,
      used: total.amount,
      points,
    })),
  )
}

/** In the budget's currency, or in none, as what is not money or was never stated. */
function counts({ unit }: Budget, { currency }: Line): boolean {
  return currency === '' || (typeof unit !== 'string' && currency === unit.currency)
}

function hoursOf(points: readonly Figure[], from: number, now: number): KnownHours {
  const passed = points.slice(0, Math.floor((now - from) / HOUR))
  const last = (fits: (point: Figure) => boolean): number => passed.findLastIndex(fits)
  // What apps tell is never final; beside a bill it would make the newest hours look cheaper than they are.
  const final = last(({ state }) => state === 'complete')
  const end = final === -1 ? last(({ amount }) => amount !== null) : final
  return {
    hours: { from, amounts: points.map(({ amount }) => amount) },
    dataEnd: end === -1 ? undefined : from + (end + 1) * HOUR,
  }
}
