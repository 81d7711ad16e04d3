/** Where budgets stand, as a table. Pure. */
import type { DataFrame, FieldConfig } from '@grafana/data'
import type { BudgetsAnswer } from '../api/contract.ts'
import { HIDDEN, numberOf, table, timeOf, unitOf } from './field.ts'

type Budget = BudgetsAnswer['budgets'][number]

/** Units differ from row to row, so that amounts stand beside theirs. */
const AMOUNT: FieldConfig = { unit: 'short', decimals: 0 }
const SHARE: FieldConfig = { unit: 'percentunit', decimals: 0 }

export function budgetsFrame(refId: string, { budgets }: BudgetsAnswer): DataFrame {
  const burn = (window: string) => (budget: Budget) => budget.burn[window] ?? null
  const units = new Set(budgets.map(({ unit }) => unit))
  const [only] = units
  const isMoney = units.size === 1 && only !== undefined && /^[A-Z]{3}$/.test(only)
  const amount: FieldConfig = isMoney ? { unit: unitOf('currency', only) } : AMOUNT
  return table(refId, budgets, {
    Budget: ['string', nameOf],
    Team: ['string', ({ team }) => team],
    Used: ['number', ({ ratio }) => ratio, SHARE],
    'Used amount': ['number', ({ used }) => numberOf(used), amount],
    Limit: ['number', (budget) => numberOf(budget.amount), amount],
    Unit: ['string', ({ unit }) => unit],
    Forecast: ['number', ({ forecast }) => numberOf(forecast), amount],
    'Forecast of limit': [
      'number',
      (budget) => (budget.forecast === null ? null : Number(budget.forecast) / Number(budget.amount)),
      SHARE,
    ],
    'Used up on': ['time', ({ runs_out_at }) => timeOf(runs_out_at)],
    'Burn, 24 h': ['number', burn('24h'), { unit: 'none', decimals: 2 }],
    'Burn, 3 days': ['number', burn('3d'), { unit: 'none', decimals: 2 }],
    Ends: ['time', ({ period_end }) => timeOf(period_end)],
    Owner: ['string', ({ owner }) => owner ?? ''],
    label: ['string', ({ label }) => label, HIDDEN],
  })
}

function nameOf({ name, label, of_name: whose }: Budget): string {
  return whose === null ? label : `${name}/${whose}`
}
