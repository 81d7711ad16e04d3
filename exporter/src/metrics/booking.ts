/** Which counter a ledger series feeds: its family, its labels, and the caps that keep the number of series bounded. */
import type { CappedDimension } from '../config/config.ts'
import type { Identity } from '../identity/identity.ts'
import type { Booking, Counter, CounterKey } from '../ledger/ledger.ts'
import { OTHER, UNATTRIBUTED } from '../usage/dimensions.ts'
import type { Measure } from '../usage/measures.ts'
import type { SourceKey, SourceSpec } from '../usage/source.ts'
import type { Contributor } from './snapshot.ts'

export interface MetricsBooking extends Booking {
  /** `llm_overflow_series`. */
  readonly contributeOverflow: Contributor
}

const CAPPED: readonly CappedDimension[] = ['project', 'api_key', 'user', 'endpoint', 'model']

/** One dimension of one family: the values that it shows, and the series whose value it does not. */
interface Shelf {
  readonly family: string
  readonly dimension: CappedDimension
  readonly values: Set<string>
  readonly foldedSeries: Set<number>
}

/** Values that stand for no single thing: they take no place under a cap and never fold. */
const RESERVED: ReadonlySet<string> = new Set(['', UNATTRIBUTED, OTHER])

/**
 * A value that finds its family full becomes `other`; one that a family already shows stays, also when the cap was
 * lowered since.
 *
 * @param options.includeUser whether counters carry the label `user`; likewise `includeEndpoint`
 */
export function createBooking(options: {
  readonly identity: Identity
  readonly caps: Readonly<Record<CappedDimension, number>>
  readonly includeUser: boolean
  readonly includeEndpoint: boolean
}): MetricsBooking {
  const { identity, caps, includeUser, includeEndpoint } = options
  const shelves = new Map<string, Shelf>()

  const shelf = (family: string, dimension: CappedDimension): Shelf => {
    const key = `${family}/${dimension}`
    const found = shelves.get(key) ?? { family, dimension, values: new Set(), foldedSeries: new Set() }
    shelves.set(key, found)
    return found
  }

  const fold = (family: string, dimension: CappedDimension, value: string, seriesId: number): string => {
    if (RESERVED.has(value)) return value
    const { values, foldedSeries } = shelf(family, dimension)
    if (values.has(value)) return value
    if (values.size < caps[dimension]) {
      values.add(value)
      return value
    }
    foldedSeries.add(seriesId)
    return OTHER
  }

  return {
    admit(counters: readonly Counter[]) {
      for (const { family, labels } of counters) {
        for (const dimension of CAPPED) {
          const value = labels[dimension] ?? ''
          if (!RESERVED.has(value)) shelf(family, dimension).values.add(value)
        }
      }
    },

    counterFor(source, spec, series, role): CounterKey | undefined {
      const family = usageFamily(spec, series.measure, role)
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
          ...typeLabels(series.measure, resolved.type, series.currency),
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
        samples: [...shelves.values()].map(({ family, dimension, foldedSeries }) => ({
          labels: { family, dimension },
          value: foldedSeries.size,
        })),
      },
    ],
  }
}

/** Derived and observed sources feed no counter of this release. */
function usageFamily(spec: SourceSpec, measure: Measure, role: 'exposed' | 'twin'): string | undefined {
  if (spec.kind === 'billed' && measure === 'cost') {
    return role === 'exposed' ? 'llm_billed_cost_total' : 'llm_billed_model_cost_total'
  }
  if (spec.kind !== 'metered' || role === 'twin') return undefined
  if (measure === 'tokens') return 'llm_metered_tokens_total'
  return measure === 'requests' ? 'llm_metered_requests_total' : undefined
}

function typeLabels(measure: Measure, type: string, currency: string): Record<string, string> {
  if (measure === 'cost') return { cost_type: type, currency }
  return measure === 'tokens' ? { token_type: type } : {}
}

function sourceLabels({ provider, account, source }: SourceKey): Record<string, string> {
  return { provider, account, source }
}
