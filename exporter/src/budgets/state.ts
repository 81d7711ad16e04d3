/** Where a budget stands: used, left, how fast, and where that leads. */
import { divide, toNumber, type Amount } from '@usage-explorer/core/amount'
import { HOUR } from '../clock.ts'
import { createTurns } from '../turns.ts'
import { budgetPeriod, type Budget } from '../usage/budget.ts'
import type { Window } from '../usage/record.ts'
import { readFilters } from '../usage/filters.ts'
import { burnRatio, BURN_WINDOWS, createForecast, type Forecast } from './outlook.ts'
import type { BudgetReader, BudgetUsage } from './reading.ts'

export interface BudgetState extends BudgetUsage {
  readonly budget: Budget
  /** Label `budget`: the name, and with `each` also whose it is. */
  readonly label: string
  /** Whose it alone is; '' where it is not one team's. */
  readonly team: string
  readonly period: Window
  /** Used over the amount; null where nothing is known. */
  readonly ratio: number | null
  /** Over what the budget allows in as much time, by the names of {@link BURN_WINDOWS}; left out where not known. */
  readonly burn: Readonly<Record<string, number>>
  readonly forecast: Forecast | undefined
  readonly otherCurrencies: readonly string[]
}

/** The states of one budget at `now`: one, or one for each value of `each`, those that used most first. */
export async function stateOf(read: BudgetReader, budget: Budget, now: number): Promise<BudgetState[]> {
  const period = budgetPeriod(budget, now)
  const { usages, otherCurrencies } = await read(budget, period)
  // Values of one answer mostly end together, so that the calendar is worked out once.
  const forecasts = new Map<string, ReturnType<typeof createForecast>>()
  const forecastOf = ({ hours, dataEnd, used }: BudgetUsage): Forecast | undefined => {
    if (dataEnd === undefined || used === null) return undefined
    // What is known past the end of the final data counts already.
    const from = Math.max(dataEnd, period.from)
    const key = `${hours.from} ${from}`
    const forecast = forecasts.get(key) ?? createForecast(budget, period, hours.from, from)
    forecasts.set(key, forecast)
    const since = usedSince(hours, from)
    const foreseen = forecast(used - since, hours)
    if (foreseen === undefined) return undefined
    const { amount, runsOutAt } = foreseen
    return {
      amount: amount > used ? amount : used,
      runsOutAt: used >= budget.amount ? undefined : runsOutAt,
    }
  }
  const states: BudgetState[] = []
  const turn = createTurns()
  for (const usage of usages) {
    await turn()
    states.push({
      ...usage,
      budget,
      label: usage.of === '' && budget.each === undefined ? budget.name : `${budget.name}/${usage.of}`,
      team: teamOf(budget, usage.of),
      period,
      ratio: usage.used === null ? null : toNumber(divide(usage.used, budget.amount)),
      burn: burnOf(budget, period, usage, now),
      forecast: forecastOf(usage),
      otherCurrencies,
    })
  }
  return states
}

/** Whether it is used up. */
export function isExceeded({ used, budget }: Pick<BudgetState, 'used' | 'budget'>): boolean {
  return used !== null && used >= budget.amount
}

function burnOf(
  budget: Budget,
  period: Window,
  { hours, dataEnd }: BudgetUsage,
  now: number,
): Record<string, number> {
  if (dataEnd === undefined) return {}
  return Object.fromEntries(
    Object.entries(BURN_WINDOWS).flatMap(([name, windowMs]) => {
      const ratio = burnRatio(hours, { budget, period, dataEnd, windowMs, now })
      return ratio === undefined ? [] : [[name, ratio]]
    }),
  )
}

function usedSince({ from, amounts }: BudgetUsage['hours'], since: number): Amount {
  const first = Math.max(0, Math.round((since - from) / HOUR))
  return amounts.slice(first).reduce<Amount>((sum, amount) => sum + (amount ?? 0n), 0n)
}

/** A budget is one team's where it is split by team, or its filters leave one team. */
function teamOf({ each, where }: Budget, of: string): string {
  if (each === 'team') return of
  const team = readFilters(where, () => undefined).find(({ dimension }) => dimension === 'team')
  const [only, ...others] = team?.any ?? []
  return only !== undefined && 'is' in only && others.length === 0 ? only.is : ''
}
