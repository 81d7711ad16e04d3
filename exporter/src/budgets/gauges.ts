/** `llm_budget_*`: each period is a series of its own, so that each is a new alert. */
import { toNumber } from '@usage-explorer/core/amount'
import type { Contributor, Sample } from '../metrics/snapshot.ts'
import { unitName } from '../usage/budget.ts'
import type { Budgets } from './budgets.ts'
import type { BudgetState } from './state.ts'

/** Of a budget for each value of something, only so many are series: those that used most. */
const MOST_SERIES = 100

export function budgetGauges(budgets: Budgets): Contributor {
  return async () => {
    const families = new Map<string, Sample[]>(
      ['info', 'limit', 'threshold_ratio', 'used', 'used_ratio', 'forecast', 'burn_ratio'].map((name) => [
        name,
        [],
      ]),
    )
    const shown = new Map<string, number>()
    for (const state of await budgets.states()) {
      const { budget, label, team, period, used, ratio, burn, forecast } = state
      const count = (shown.get(budget.name) ?? 0) + 1
      shown.set(budget.name, count)
      if (count > MOST_SERIES) continue
      const labels = {
        budget: label,
        team,
        unit: unitName(budget.unit),
        period: budget.period,
        period_start: new Date(period.from).toISOString(),
      }
      const add = (name: string, value: number, more: Record<string, string> = {}): void => {
        families.get(name)?.push({ labels: { ...labels, ...more }, value })
      }
      add('limit', toNumber(budget.amount))
      for (const threshold of budget.thresholds)
        add('threshold_ratio', threshold / 100, { threshold: String(threshold) })
      if (used !== null) add('used', toNumber(used))
      if (ratio !== null) add('used_ratio', ratio)
      if (forecast !== undefined) add('forecast', toNumber(forecast.amount))
      for (const [window, value] of Object.entries(burn)) add('burn_ratio', value, { window })
      families.get('info')?.push({
        labels: {
          budget: label,
          name: nameOf(state),
          team,
          owner: budget.owner ?? '',
          action: budget.action,
        },
        value: 1,
      })
    }
    return [...families].map(([name, samples]) => ({ name: `llm_budget_${name}`, samples }))
  }
}

/** What people call it: with the name of whose it is instead of its id. */
function nameOf({ budget, label, name }: BudgetState): string {
  return name === undefined ? label : `${budget.name}/${name}`
}
