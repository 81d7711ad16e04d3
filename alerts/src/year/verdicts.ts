/** Whether a firing was right, by what really happened. */
import { formatAmount } from '@usage-explorer/core/amount'
import { DAY, HOUR } from '../../../exporter/src/clock.ts'
import { demoBudgets } from '../../../exporter/src/demo/budgets.ts'
import { demoMappings } from '../../../exporter/src/demo/mappings.ts'
import { runawayFactor } from '../../../exporter/src/demo/workload.ts'
import { budgetPeriod, type Budget } from '../../../exporter/src/usage/budget.ts'
import { THRESHOLDS as T } from '../thresholds.ts'
import type { Firing } from './firings.ts'
import { costOf, costShown, failingShare, isOutage, mostCalls, type Whose } from './truth.ts'

/** A reason in words, or why there is none. */
export interface Verdict {
  readonly right: boolean
  readonly why: string
}

type Judge = (firing: Firing) => Verdict

const demoTeams = Object.keys(demoMappings.teams)
const right = (why: string): Verdict => ({ right: true, why })
const wrong = (why: string): Verdict => ({ right: false, why })
const dollars = (amount: number): string => `${amount.toFixed(0)} USD`

/** One for each alert of the default set. */
const JUDGES: Readonly<Record<string, Judge>> = {
  LLMBudgetReached: ({ labels, from }) => {
    const { budget, amount, whose, start } = budgetOf(labels)
    const threshold = (Number(labels['threshold']) / 100) * amount
    const used = costOf(whose, start, from)
    if (used >= threshold) return right('as much was used')
    // One day in ten is stated too high for half of the keys, and corrected nine days later.
    if (costShown(whose, start, from) >= threshold)
      return right('as much was billed then; the provider corrected it later')
    return wrong(`${budget.name}: ${dollars(used)} of ${dollars(threshold)} were used`)
  },
  LLMBudgetBurn: ({ labels, from }) => {
    const { budget, amount, whose, start } = budgetOf(labels)
    const { to } = budgetPeriod(budget, from)
    const used = costOf(whose, start, to)
    if (used > amount) return right('the period ended over the budget')
    return wrong(
      `${budget.name} (${labels['pace'] ?? ''}): the period ended at ${dollars(used)} of ${dollars(amount)}`,
    )
  },
  LLMCostSpike: ({ labels, from }) => {
    const team = labels['team'] ?? ''
    if (team === 'research' && runawayFactor(from - 3 * HOUR) >= 2) return right("the agent's loop ran away")
    const weeks = [1, 2, 3, 4].map((week) =>
      costOf({ team }, from - 8 * HOUR - week * 7 * DAY, from - 2 * HOUR - week * 7 * DAY),
    )
    return wrong(
      `${team}: ${dollars(costOf({ team }, from - 8 * HOUR, from - 2 * HOUR))} after ${weeks.map(dollars).join(', ')}`,
    )
  },
  LLMErrorRate: ({ labels, from }) => share(labels['team'], from, ['server', 'timeout', 'network']),
  LLMRateLimit: ({ labels, from }) => {
    if (labels['cause'] === 'refused') return share(labels['team'], from, ['rate_limit'])
    // The demo's apps burst to 1.4 times their average; their limit is 480 a minute.
    const perMinute =
      (Math.max(...hoursBefore(from).map((hour) => mostCalls(labels['model'] ?? '', hour))) / 60) * 1.4
    return perMinute > 480 * (1 - T.headroom)
      ? right('the app used nearly all of its limit')
      : wrong(`${perMinute.toFixed(0)} calls a minute of 480`)
  },
  LLMAccountFunds: ({ from }) => {
    const month = new Date(from)
    const used = costOf({}, Date.UTC(month.getUTCFullYear(), month.getUTCMonth(), 1), from)
    return used > T.limitWarning * 20_000
      ? right('the month had used 80 % of the spending limit')
      : wrong(`${dollars(used)} of 20000 USD were used`)
  },
  LLMDataStale: ({ from }) =>
    [0, 1, 2, 3, 4, 5, 6, 7].some((hours) => isOutage(from - hours * HOUR))
      ? right('the provider was down')
      : wrong(`nothing was down at ${new Date(from).toISOString()}`),
}

/** Periods of budgets by the week or month that lie in the window, and how many ended within their amount. */
export function budgetPeriods(window: { from: number; to: number }): { all: number; within: number } {
  let [all, within] = [0, 0]
  for (const budget of demoBudgets.filter(({ period }) => period === 'week' || period === 'month')) {
    const whose: Whose[] =
      budget.each === 'team' ? demoTeams.map((team) => ({ team })) : [whoseOf(budget, '')]
    for (
      let { from, to } = budgetPeriod(budget, window.from);
      to <= window.to;
      { from, to } = budgetPeriod(budget, to)
    ) {
      if (from < window.from) continue
      all += whose.length
      within += whose.filter((one) => costOf(one, from, to) <= Number(formatAmount(budget.amount))).length
    }
  }
  return { all, within }
}

/** undefined: an alert that nobody judges, because it is a digest and no reason to act. */
export function verdictOf(firing: Firing): Verdict | undefined {
  return JUDGES[firing.rule.name]?.(firing)
}

function share(team = '', from: number, types: readonly string[]): Verdict {
  const most = Math.max(...hoursBefore(from).map((hour) => failingShare(team, hour, types)))
  // A bad stretch that began within the hour is less than all of it.
  return most > T.errorRatio
    ? right(`more than 5 % of the team's calls failed that way`)
    : wrong(`${team}: ${(most * 100).toFixed(1)} % failed`)
}

function hoursBefore(at: number): number[] {
  const hour = Math.floor(at / HOUR) * HOUR
  return [hour, hour - HOUR, hour - 2 * HOUR]
}

function budgetOf(labels: Readonly<Record<string, string>>): {
  budget: Budget
  amount: number
  whose: Whose
  start: number
} {
  const [name, ...rest] = (labels['budget'] ?? '').split('/')
  const budget = demoBudgets.find((one) => one.name === name)
  if (budget === undefined) throw new Error(`no budget ${name ?? ''}`)
  const whose = whoseOf(budget, rest.join('/'))
  const amount = Number(formatAmount(budget.amount))
  return { budget, amount, whose, start: Date.parse(labels['period_start'] ?? '') }
}

/** @param of value of `each` */
function whoseOf({ each, where }: Budget, of: string): Whose {
  if (each !== undefined) return { [each]: of }
  const team = where.find((filter) => filter.startsWith('team='))?.slice('team='.length)
  return team === undefined ? {} : { team }
}
