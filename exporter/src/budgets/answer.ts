/** Budgets as JSON: exact figures as decimal strings, instants as ISO 8601 in UTC, null for what is unknown. */
import { formatAmount, type Amount } from '@usage-explorer/core/amount'
import { DAY } from '../clock.ts'
import { unitName, type Budget } from '../usage/budget.ts'
import type { Budgets } from './budgets.ts'
import type { Crossing } from './crossings.ts'
import { isExceeded, type BudgetState } from './state.ts'

const iso = (at: number): string => new Date(at).toISOString()
const text = (amount: Amount | null): string | null => (amount === null ? null : formatAmount(amount))

/** Crossings of so long are listed beside the states. */
const CROSSINGS_MS = 92 * DAY

/** Amounts are decimal strings, instants ISO 8601 in UTC, null what is unknown. */
export interface AnsweredBudget {
  readonly name: string
  /** As the label `budget`. */
  readonly label: string
  readonly where: readonly string[]
  readonly each: string | null
  /** Value of `each`, and its name where it has one. */
  readonly of: string | null
  readonly of_name: string | null
  readonly team: string
  readonly owner: string | null
  readonly unit: string
  readonly amount: string
  readonly period: Budget['period']
  readonly zone: string
  readonly period_start: string
  readonly period_end: string
  readonly used: string | null
  readonly remaining: string | null
  readonly ratio: number | null
  readonly exceeded: boolean
  readonly burn: Readonly<Record<string, number>>
  readonly forecast: string | null
  readonly runs_out_at: string | null
  readonly data_until: string | null
  readonly thresholds: readonly number[]
  readonly action: Budget['action']
  readonly other_currencies: readonly string[]
  /** Whether it was made over HTTP. */
  readonly editable: boolean
}

export interface BudgetsAnswer {
  readonly budgets: readonly AnsweredBudget[]
  readonly crossings: readonly Crossing[]
}

/** Of `GET /api/v1/budgets`. With `teams` only what is one of theirs. */
export async function answerBudgets(
  budgets: Budgets,
  teams: readonly string[] | undefined,
  now: number,
): Promise<BudgetsAnswer> {
  const isTheirs = ({ team }: { team: string }): boolean => teams === undefined || teams.includes(team)
  const states = (await budgets.states()).filter(isTheirs)
  const crossings = await budgets.crossings(now - CROSSINGS_MS)
  return {
    budgets: states.map((state) => ({
      ...presentState(state),
      editable: !budgets.inFile.has(state.budget.name),
    })),
    crossings: crossings.filter(isTheirs),
  }
}

function presentState(state: BudgetState): Omit<AnsweredBudget, 'editable'> {
  const { budget, label, of, name, team, period, used, ratio, burn, forecast, dataEnd, otherCurrencies } =
    state
  return {
    name: budget.name,
    label,
    where: budget.where,
    each: budget.each ?? null,
    of: of === '' ? null : of,
    of_name: name ?? null,
    team,
    owner: budget.owner ?? null,
    unit: unitName(budget.unit),
    amount: formatAmount(budget.amount),
    period: budget.period,
    zone: budget.zone,
    period_start: iso(period.from),
    period_end: iso(period.to),
    used: text(used),
    remaining: used === null ? null : formatAmount(budget.amount - used),
    ratio,
    exceeded: isExceeded(state),
    burn,
    forecast: forecast === undefined ? null : formatAmount(forecast.amount),
    runs_out_at: forecast?.runsOutAt === undefined ? null : iso(forecast.runsOutAt),
    data_until: dataEnd === undefined ? null : iso(dataEnd),
    thresholds: budget.thresholds,
    action: budget.action,
    other_currencies: otherCurrencies,
  }
}
