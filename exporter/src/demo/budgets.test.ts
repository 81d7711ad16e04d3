import { toNumber } from '@usage-explorer/core/amount'
import { expect, test } from 'vitest'
import { DAY, HOUR } from '../clock.ts'
import { budgetPeriod, type Budget } from '../usage/budget.ts'
import { demoBudgets } from './budgets.ts'
import { compileRules } from '../identity/rules.ts'
import { UNASSIGNED } from '../usage/dimensions.ts'
import { demoMappings } from './mappings.ts'
import type { DemoKey } from './organisation.ts'
import { createUsageModel } from './usage-model.ts'

const model = createUsageModel()
const find = compileRules(demoMappings.keys)
const teamOf = ({ id, name }: DemoKey): string => find('demo', [id, name])?.team ?? UNASSIGNED

/** USD of a day by team and by user. */
function dayOf(day: number): ReadonlyMap<string, number> {
  const sums = new Map<string, number>()
  for (let hour = day; hour < day + DAY; hour += HOUR) {
    for (const { key, cost } of model.usageAt(hour)) {
      for (const name of ['', `team=${teamOf(key)}`, `user=${key.userId}`]) {
        sums.set(name, (sums.get(name) ?? 0) + toNumber(cost))
      }
    }
  }
  return sums
}

/** Thresholds that the budget has reached by the days before `at`, over all of its values. */
function reached(budget: Budget, days: ReadonlyMap<number, ReadonlyMap<string, number>>, at: number): number {
  const sums = new Map<string, number>()
  for (let day = budgetPeriod(budget, at).from; day < at; day += DAY) {
    for (const [name, cost] of days.get(day) ?? []) sums.set(name, (sums.get(name) ?? 0) + cost)
  }
  const own = [...sums].filter(([name]) =>
    budget.each === undefined ? name === (budget.where[0] ?? '') : name.startsWith(`${budget.each}=`),
  )
  return own.reduce(
    (count, [, used]) =>
      count + budget.thresholds.filter((per) => used >= (per / 100) * toNumber(budget.amount)).length,
    0,
  )
}

test('on any day of the coming year at least three thresholds are reached, so that the demo shows alerts', () => {
  const first = Date.UTC(2026, 9, 1)
  const days = new Map(
    Array.from({ length: 400 }, (_, day) => first + day * DAY).map((day) => [day, dayOf(day)]),
  )
  for (let day = 32; day < 397; day++) {
    const at = first + day * DAY
    const count = demoBudgets.reduce((sum, budget) => sum + reached(budget, days, at), 0)
    expect(count, new Date(at).toISOString()).toBeGreaterThanOrEqual(3)
  }
}, 60_000)
