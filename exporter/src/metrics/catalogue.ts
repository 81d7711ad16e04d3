/** Every metric that the service publishes, in one table: instruments, checks, docs and lint derive from it. */
import { BUDGET_METRICS } from './catalogue/budgets.ts'
import { OBSERVED_METRICS } from './catalogue/observed.ts'
import { ACCOUNT_METRICS } from './catalogue/accounts.ts'
import { SERVICE_METRICS } from './catalogue/service.ts'
import type { MetricSpec } from './catalogue/spec.ts'
import { USAGE_COUNTERS } from './catalogue/usage-counters.ts'
import { USAGE_GAUGES } from './catalogue/usage-gauges.ts'

/** In the order in which /metrics and the docs list them. */
export const CATALOGUE: readonly MetricSpec[] = [
  ...USAGE_COUNTERS,
  ...OBSERVED_METRICS,
  ...USAGE_GAUGES,
  ...BUDGET_METRICS,
  ...ACCOUNT_METRICS,
  ...SERVICE_METRICS,
]

const BY_NAME: ReadonlyMap<string, MetricSpec> = new Map(CATALOGUE.map((spec) => [spec.name, spec]))

/** The row of a metric, or undefined where the table has none. */
export function findMetric(name: string): MetricSpec | undefined {
  return BY_NAME.get(name)
}
