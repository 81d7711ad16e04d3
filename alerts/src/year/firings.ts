/** From what an expression gives to when its alert fires: Prometheus's `for` and `keep_firing_for`. Pure. */
import { EVALUATED_MS, type Found } from './prometheus.ts'
import type { ReplayedRule } from './rules.ts'

export interface Firing {
  readonly rule: ReplayedRule
  readonly labels: Readonly<Record<string, string>>
  readonly from: number
  /** The first evaluation at which it fires no more. */
  readonly to: number
  /** Of the expression when it began to fire. */
  readonly value: number
}

/** @see https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/ */
export function firingsOf(rule: ReplayedRule, { labels: found, points }: Found): Firing[] {
  const labels = { ...found, ...rule.labels }
  const firings: Firing[] = []
  let activeAt: number | undefined
  let firing: { from: number; value: number; last: number } | undefined
  const end = (at: number): void => {
    if (firing !== undefined) firings.push({ rule, labels, from: firing.from, to: at, value: firing.value })
    firing = undefined
  }
  let before: number | undefined
  for (const [at, value] of points) {
    const goesOn = before !== undefined && at - before <= EVALUATED_MS
    if (firing !== undefined && at - firing.last > EVALUATED_MS + rule.keepFiringMs) {
      end(firing.last + EVALUATED_MS + rule.keepFiringMs)
    }
    if (!goesOn && firing === undefined) activeAt = at
    if (firing !== undefined) firing.last = at
    else if (activeAt !== undefined && at - activeAt >= rule.forMs) firing = { from: at, value, last: at }
    before = at
  }
  if (firing !== undefined) end(firing.last + EVALUATED_MS + rule.keepFiringMs)
  return firings
}
