/** Reads what counts for a budget: the same questions as anybody may ask, so that the figures agree to the last digit. */
import { parseAmount, type Amount } from '@usage-explorer/core/amount'
import { DAY, HOUR } from '../clock.ts'
import { answerQuery } from '../questions/answer.ts'
import type { QuestionContext } from '../questions/context.ts'
import type { AskedMeasure } from '../questions/measures.ts'
import type { AnsweredPoint, QueryAnswer } from '../questions/present.ts'
import type { Query } from '../questions/query.ts'
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

interface Line {
  readonly of: string
  readonly name: string | undefined
  readonly currency: string
  readonly amount: string | null
  readonly points: readonly AnsweredPoint[]
}

/** @param now the period is read up to here */
export async function readBudget(
  context: QuestionContext,
  budget: Budget,
  period: Window,
  now: number,
): Promise<BudgetReading> {
  const measure: AskedMeasure = typeof budget.unit === 'string' ? budget.unit : 'cost'
  const currency = typeof budget.unit === 'string' ? '' : budget.unit.currency
  const ask = (window: Window, granularity: Query['granularity']): Promise<QueryAnswer> =>
    answerQuery(context, {
      from: { kind: 'instant', at: window.from },
      to: { kind: 'instant', at: window.to },
      zone: budget.zone,
      granularity,
      measures: [measure],
      groupBy: budget.each === undefined ? [] : [budget.each],
      where: readFilters(budget.where, () => undefined),
      top: MOST_VALUES,
      compare: undefined,
    })
  const history = widen({ from: now - HISTORY_DAYS * DAY, to: now }, 'hour', budget.zone)
  const [whole, hourly] = [
    await ask({ from: period.from, to: Math.min(period.to, now) }, 'total'),
    await ask(history, 'hour'),
  ]
  const linesOf = ({ totals, series }: QueryAnswer): readonly Line[] =>
    budget.each === undefined
      ? totals.map((total) => ({ ...total, of: '', name: undefined }))
      : series.map(({ dimensions, names, currency: inCurrency, points, total }) => ({
          of: dimensions[budget.each ?? ''] ?? '',
          name: names[budget.each ?? ''],
          currency: inCurrency,
          points,
          amount: total.amount,
        }))
  const counts = (line: Line): boolean => line.currency === currency || line.currency === ''
  const hours = new Map(
    linesOf(hourly)
      .filter(counts)
      .map((line) => [line.of, line.points]),
  )
  const lines = linesOf(whole)
  return {
    usages: lines
      .filter((line) => counts(line) && (budget.each === undefined || !NOBODY.has(line.of)))
      .map(({ of, name, amount }) => ({
        of,
        name,
        used: amountOf(amount),
        ...hoursOf(hours.get(of) ?? [], history.from, now),
      })),
    otherCurrencies: [...new Set(lines.filter((line) => !counts(line)).map((line) => line.currency))].sort(),
  }
}

function hoursOf(
  points: readonly AnsweredPoint[],
  from: number,
  now: number,
): { hours: Hours; dataEnd: number | undefined } {
  const passed = points.slice(0, Math.floor((now - from) / HOUR))
  const last = (fits: (point: AnsweredPoint) => boolean): number => passed.findLastIndex(fits)
  // What apps tell is never final; beside a bill it would make the newest hours look cheaper than they are.
  const final = last(({ state }) => state === 'complete')
  const end = final === -1 ? last(({ amount }) => amount !== null) : final
  return {
    hours: { from, amounts: points.map(({ amount }) => amountOf(amount)) },
    dataEnd: end === -1 ? undefined : from + (end + 1) * HOUR,
  }
}

function amountOf(text: string | null): Amount | null {
  return text === null ? null : (parseAmount(text)?.amount ?? null)
}
