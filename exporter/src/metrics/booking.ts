/** Which counter a ledger series feeds: its family, its labels, and the caps that keep the number of series bounded. */
import type { CappedDimension } from '../config/config.ts'
import { CAPPED, createCaps } from '../identity/caps.ts'
import type { Identity } from '../identity/identity.ts'
import type { Booking, Counter, CounterKey, Series } from '../ledger/ledger.ts'
import { SUCCESS, type Measure } from '../usage/measures.ts'
import { BUCKET, SUM } from './contributors/histograms.ts'
import type { SourceKey, SourceSpec } from '../usage/source.ts'
import type { Contributor } from './snapshot.ts'

export interface MetricsBooking extends Booking {
  /** `llm_overflow_series`. */
  readonly contributeOverflow: Contributor
}

/**
 * @param options.includeUser whether counters carry the label `user`; likewise `includeEndpoint`
 */
export function createBooking(options: {
  readonly identity: Identity
  readonly caps: Readonly<Record<CappedDimension, number>>
  readonly includeUser: boolean
  readonly includeEndpoint: boolean
}): MetricsBooking {
  const { identity, includeUser, includeEndpoint } = options
  const caps = createCaps(options.caps)
  /** By family and dimension the ledger's series whose value does not show. */
  const overflow = new Map<
    string,
    { readonly labels: Record<string, string>; readonly series: Set<number> }
  >()
  const overflowOf = (family: string, dimension: CappedDimension): Set<number> => {
    const key = `${family}/${dimension}`
    const found = overflow.get(key) ?? { labels: { family, dimension }, series: new Set() }
    overflow.set(key, found)
    return found.series
  }

  const fold = (family: string, dimension: CappedDimension, value: string, seriesId: number): string => {
    if (value === '') return value
    const shown = caps.fold(family, dimension, value)
    const hidden = overflowOf(family, dimension)
    if (shown !== value) hidden.add(seriesId)
    return shown
  }

  return {
    admit(counters: readonly Counter[]) {
      for (const { family, labels } of counters) {
        for (const dimension of CAPPED) {
          const value = labels[dimension] ?? ''
          if (value === '') continue
          caps.admit(family, dimension, value)
          overflowOf(family, dimension)
        }
      }
    },

    counterFor(source, spec, series, role): CounterKey | undefined {
      const family = usageFamily(spec, series, role)
      if (family === undefined) return undefined
      const resolved = identity.resolve(source, series)
      const capped = (dimension: CappedDimension): string =>
        fold(family, dimension, resolved[dimension], series.id)
      return {
        family,
        labels: {
          provider: resolved.provider,
          account: resolved.account,
          project: capped('project'),
          team: resolved.team,
          ...(role === 'exposed' ? { api_key: capped('api_key') } : {}),
          ...(includeUser ? { user: capped('user') } : {}),
          ...(includeEndpoint ? { endpoint: capped('endpoint') } : {}),
          model: capped('model'),
          ...(spec.kind === 'observed'
            ? { service: resolved.service, ...observedLabels(series, resolved.type) }
            : typeLabels(series.measure, resolved.type, series.currency)),
        },
      }
    },

    restatementFor(source, measure, currency, direction): CounterKey | undefined {
      const labels = { ...sourceLabels(source), direction }
      if (measure === 'cost') return { family: 'llm_restated_cost_total', labels: { ...labels, currency } }
      if (measure === 'tokens') return { family: 'llm_restated_tokens_total', labels }
      return undefined
    },

    contributeOverflow: () => [
      {
        name: 'llm_overflow_series',
        samples: [...overflow.values()].map(({ labels, series }) => ({ labels, value: series.size })),
      },
    ],
  }
}

/** Derived sources feed no counter. */
function usageFamily(spec: SourceSpec, { measure }: Series, role: 'exposed' | 'twin'): string | undefined {
  switch (spec.kind) {
    case 'billed':
      if (measure !== 'cost') return undefined
      return role === 'exposed' ? 'llm_billed_cost_total' : 'llm_billed_model_cost_total'
    case 'metered':
      return role === 'exposed' ? METERED[measure] : undefined
    case 'observed':
      return role === 'exposed' ? OBSERVED[measure] : undefined
    case 'derived':
      return undefined
  }
}

const METERED: Partial<Record<Measure, string>> = {
  tokens: 'llm_metered_tokens_total',
  requests: 'llm_metered_requests_total',
}

/** Errors are requests with an outcome; they have no counter of their own. */
const OBSERVED: Partial<Record<Measure, string>> = {
  tokens: 'llm_observed_tokens_total',
  cost: 'llm_observed_cost_total',
  requests: 'llm_observed_requests_total',
  tool_calls: 'llm_observed_tool_calls_total',
  duration: `llm_observed_request_duration_seconds${SUM}`,
  duration_calls: `llm_observed_request_duration_seconds${BUCKET}`,
  first_token: `llm_observed_time_to_first_token_seconds${SUM}`,
  first_token_calls: `llm_observed_time_to_first_token_seconds${BUCKET}`,
}

function observedLabels({ measure, stated, currency }: Series, type: string): Record<string, string> {
  switch (measure) {
    case 'cost':
      return { cost_type: type, currency, price_source: stated.price_source ?? '' }
    case 'tokens':
      return { token_type: type }
    case 'requests':
      return type === SUCCESS ? { outcome: SUCCESS, error_type: '' } : { outcome: 'error', error_type: type }
    case 'tool_calls':
      return { tool: type }
    case 'duration_calls':
    case 'first_token_calls':
      return { le: type }
    case 'duration':
    case 'first_token':
    case 'errors':
      return {}
  }
}

function typeLabels(measure: Measure, type: string, currency: string): Record<string, string> {
  if (measure === 'cost') return { cost_type: type, currency }
  return measure === 'tokens' ? { token_type: type } : {}
}

function sourceLabels({ provider, account, source }: SourceKey): Record<string, string> {
  return { provider, account, source }
}
