/** What really happened in the simulated year, by which firings are judged. */
import { toNumber } from '@usage-explorer/core/amount'
import { HOUR } from '../../../exporter/src/clock.ts'
import { appsAt } from '../../../exporter/src/demo/apps.ts'
import { demoMappings } from '../../../exporter/src/demo/mappings.ts'
import type { DemoKey } from '../../../exporter/src/demo/organisation.ts'
import { createUsageModel, type UsageCell } from '../../../exporter/src/demo/usage-model.ts'
import { compileRules } from '../../../exporter/src/identity/rules.ts'
import { UNASSIGNED } from '../../../exporter/src/usage/dimensions.ts'

/** Stretches in which the provider answers 500 to everything, so that LLMDataStale has something to find. */
export const OUTAGES: readonly { readonly from: number; readonly hours: number }[] = [
  { from: Date.parse('2026-01-14T06:00:00Z'), hours: 4 },
  { from: Date.parse('2026-04-03T20:00:00Z'), hours: 14 },
  { from: Date.parse('2026-08-19T10:00:00Z'), hours: 4 },
]

export function isOutage(at: number): boolean {
  return OUTAGES.some(({ from, hours }) => at >= from && at < from + hours * HOUR)
}

const model = createUsageModel()
const findRule = compileRules(demoMappings.keys)

export interface Whose {
  readonly team?: string
  readonly user?: string
}

interface Cost {
  readonly team: string
  readonly user: string
  readonly cost: number
}

const settled = new Map<number, readonly Cost[]>()

/** USD of all hours that begin in [from, to), as they settled. */
export function costOf(whose: Whose, from: number, to: number): number {
  let sum = 0
  for (let hour = Math.ceil(from / HOUR) * HOUR; hour < to; hour += HOUR) {
    const costs = settled.get(hour) ?? costsOf(model.usageAt(hour))
    settled.set(hour, costs)
    sum += sumOf(whose, costs)
  }
  return sum
}

/** The same as the provider showed it at `to`, which it may have corrected since; the last hour as apps saw it. */
export function costShown(whose: Whose, from: number, to: number): number {
  const bill = Math.max(from, to - HOUR)
  let sum = costOf(whose, bill, to)
  for (let hour = Math.ceil(from / HOUR) * HOUR; hour < bill; hour += HOUR) {
    sum += sumOf(whose, costsOf(model.visibleAt(hour, to)))
  }
  return sum
}

function costsOf(cells: readonly UsageCell[]): Cost[] {
  return cells.map(({ key, cost }) => ({ team: teamOf(key), user: key.userId, cost: toNumber(cost) }))
}

function sumOf({ team, user }: Whose, costs: readonly Cost[]): number {
  const own = costs.filter((one) => (team ?? one.team) === one.team && (user ?? one.user) === one.user)
  return own.reduce((sum, { cost }) => sum + cost, 0)
}

/** Share of a team's calls of an hour that failed in one of these ways. */
export function failingShare(team: string, hour: number, types: readonly string[]): number {
  const apps = appsAt(model, hour).filter(({ key }) => teamOf(key) === team)
  const calls = apps.reduce((sum, app) => sum + app.calls, 0)
  const failed = apps
    .flatMap(({ errors }) => types.map((type) => errors.get(type) ?? 0))
    .reduce((a, b) => a + b, 0)
  return calls === 0 ? 0 : failed / calls
}

/** Most calls an hour of one service with a model. */
export function mostCalls(modelName: string, hour: number): number {
  return Math.max(0, ...appsAt(model, hour).flatMap((app) => (app.model === modelName ? [app.calls] : [])))
}

function teamOf({ id, name }: DemoKey): string {
  return findRule('demo', [id, name])?.team ?? UNASSIGNED
}
