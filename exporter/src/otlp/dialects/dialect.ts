/** What metrics of an instrumentation mean in the ledger's words. */
import type { Measure } from '../../usage/measures.ts'
import type { Attributes } from '../wire/request.ts'

/** What one metric of one series of attributes adds to the ledger. */
export interface Contribution {
  readonly measure: Measure
  /** What of a point counts: its value (of a histogram the sum), how many it counted, or its buckets of time. */
  readonly of: 'value' | 'count' | 'buckets'
  /** Of buckets the bucket is the type. */
  readonly type: string
  /** Taken out of a type that holds it. */
  readonly negative?: true
  /** Of money. */
  readonly currency?: string
  readonly priceSource?: string
}

/** A figure that stands as it is and is not added up. */
export interface LevelMeaning {
  readonly level: 'active' | 'limit' | 'remaining' | 'reset'
}

export type Meaning = { readonly adds: readonly Contribution[] } | LevelMeaning

export interface Dialect {
  /** Of two that watch the same calls the lower counts. */
  readonly rank: number
  /** The provider of calls whose attributes name none. */
  readonly provider?: string
  /** @returns undefined where the metric says nothing that is kept */
  readonly meaningOf: (metric: string, attributes: Attributes) => Meaning | undefined
}

export function textOf(attributes: Attributes, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = attributes[name]
    if (value !== undefined && value !== null && value !== '') return String(value).slice(0, 200)
  }
  return undefined
}
