/** Label sets of usage gauges, bounded by the configured caps. */
import type { CappedDimension, MetricsConfig } from '../config/config.ts'
import { CAPPED, createCaps } from '../identity/caps.ts'
import type { Resolved } from '../identity/identity.ts'
import type { Measure } from '../usage/measures.ts'

export type GaugeLabels = Readonly<Record<string, string>>

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

/** Folds values beyond a family's caps into `other`. */
export function createFold(
  limits: Readonly<Record<CappedDimension, number>>,
): (family: string, labels: GaugeLabels) => GaugeLabels {
  const caps = createCaps(limits)
  return (family, labels) => {
    const folded = CAPPED.flatMap((dimension): (readonly [string, string])[] => {
      const value = labels[dimension] ?? ''
      const shown = caps.fold(family, dimension, value)
      return shown === value ? [] : [[dimension, shown]]
    })
    return folded.length === 0 ? labels : { ...labels, ...Object.fromEntries<string>(folded) }
  }
}
