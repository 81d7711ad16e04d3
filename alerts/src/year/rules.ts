/** The rules as the replay evaluates them: recorded series written out, so that each is one expression. */
import { RECORDED } from '../default-set.ts'
import { ALERTS } from '../documents.ts'
import type { Rule } from '../rule.ts'

export interface ReplayedRule {
  readonly name: string
  readonly set: 'default' | 'more'
  readonly severity: string
  /** Labels that tell the rules of one alert apart. */
  readonly labels: Readonly<Record<string, string>>
  readonly expr: string
  readonly forMs: number
  readonly keepFiringMs: number
}

export const REPLAYED: readonly ReplayedRule[] = ALERTS.flatMap(({ name, set, rules }) =>
  rules.map((rule: Rule) => ({
    name,
    set,
    severity: rule.severity,
    labels: rule.labels ?? {},
    expr: writtenOut(rule.expr),
    forMs: milliseconds(rule.for),
    keepFiringMs: milliseconds(rule.keepFiring),
  })),
)

/** Names of the metrics that any rule reads. */
export function metricsOfRules(): ReadonlySet<string> {
  const names = REPLAYED.flatMap(({ expr }) => expr.match(/\b(?:llm|usage_explorer)_\w+/g) ?? [])
  return new Set(names)
}

function writtenOut(expr: string): string {
  return Object.entries(RECORDED).reduce((text, [name, rule]) => text.replaceAll(name, `(${rule})`), expr)
}

function milliseconds(duration = '0s'): number {
  const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 }
  const [, amount = '0', unit = 's'] = /^(\d+)([smh])$/.exec(duration) ?? []
  return Number(amount) * (units[unit] ?? 0)
}
