/** Label sets of usage gauges, bounded by the configured caps. */
import type { CappedDimension, MetricsConfig } from '../config/config.ts'
import type { Resolved } from '../identity/identity.ts'
import { OTHER, UNATTRIBUTED } from '../usage/dimensions.ts'
import type { Measure } from '../usage/measures.ts'

export type GaugeLabels = Readonly<Record<string, string>>

/** Values that stand for no single thing take no place under a cap. */
const RESERVED: ReadonlySet<string> = new Set(['', UNATTRIBUTED, OTHER])
const CAPPED: readonly CappedDimension[] = ['project', 'api_key', 'user', 'endpoint', 'model']

/** @param byKey false for the twins by model, which have no label `api_key` */
export function gaugeLabels(
  resolved: Resolved,
  currency: string,
  options: { measure: Measure; byKey: boolean; metrics: MetricsConfig },
): GaugeLabels {
  const { measure, byKey, metrics } = options
  const { provider, account, project, team, api_key, user, endpoint, model, type } = resolved
  return {
    provider,
    account,
    project,
    team,
    ...(byKey ? { api_key } : {}),
    ...(metrics.user ? { user } : {}),
    ...(metrics.endpoint ? { endpoint } : {}),
    model,
    ...(measure === 'cost' ? { currency } : {}),
    ...(measure === 'tokens' ? { token_type: type } : {}),
  }
}

/**
 * Folds values beyond a family's caps into `other`. What was shown once keeps its place as long as the service runs,
 * so that no series flips between its own name and `other`.
 */
export function createFold(
  caps: Readonly<Record<CappedDimension, number>>,
): (family: string, labels: GaugeLabels) => GaugeLabels {
  const shown = new Map<string, Set<string>>()
  const isShown = (family: string, dimension: CappedDimension, value: string): boolean => {
    const shelf = `${family}/${dimension}`
    const values = shown.get(shelf) ?? new Set<string>()
    shown.set(shelf, values)
    if (!values.has(value) && values.size < caps[dimension]) values.add(value)
    return values.has(value)
  }
  return (family, labels) => {
    const folded = CAPPED.filter((dimension) => {
      const value = labels[dimension] ?? ''
      return !RESERVED.has(value) && !isShown(family, dimension, value)
    })
    return folded.length === 0
      ? labels
      : { ...labels, ...Object.fromEntries(folded.map((dimension) => [dimension, OTHER])) }
  }
}
