/** What really happened in the simulated year, by which firings are judged. */
import { toNumber } from '@usage-explorer/core/amount'
import { HOUR } from '../../../exporter/src/clock.ts'
import { correctionOf } from '../../../exporter/src/demo/arrival.ts'
import { appsAt } from '../../../exporter/src/demo/apps.ts'
import { demoMappings } from '../../../exporter/src/demo/mappings.ts'
import type { DemoKey } from '../../../exporter/src/demo/organisation.ts'
import { createUsageModel } from '../../../exporter/src/demo/usage-model.ts'

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

export interface Whose {
  readonly team?: string
  readonly user?: string
}

const known = new Map<
  number,
  readonly { readonly team: string; readonly user: string; readonly cost: number }[]
>()

/** USD of all hours that begin in [from, to), as they settled. */
export function costOf({ team, user }: Whose, from: number, to: number): number {
  let sum = 0
  for (let hour = Math.ceil(from / HOUR) * HOUR; hour < to; hour += HOUR) {
    const cells = known.get(hour) ?? cellsOf(hour)
    known.set(hour, cells)
    for (const cell of cells) {
      if ((team ?? cell.team) === cell.team && (user ?? cell.user) === cell.user) sum += cell.cost
    }
  }
  return sum
}

function cellsOf(hour: number): { team: string; user: string; cost: number }[] {
  return model
    .usageAt(hour)
    .map(({ key, cost }) => ({ team: teamOf(key), user: key.userId, cost: toNumber(cost) }))
}

/** Whether a day between the two was first stated wrong, so that what was told then differs from what settled. */
export function hasMisstated(from: number, to: number): boolean {
  for (let at = from; at < to; at += 24 * HOUR) if ((correctionOf(at) ?? 0) > to) return true
  return false
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

function teamOf({ name }: DemoKey): string {
  const rule = demoMappings.keys.find(({ match }) =>
    new RegExp(`^${match.replaceAll('*', '.*')}$`).test(name),
  )
  return rule?.team ?? 'unassigned'
}
