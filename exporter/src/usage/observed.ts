/** What instrumented apps tell: increments that add up, instead of answers that replace (design §4.3, OTLP). */
import type { Amount } from '@usage-explorer/core/amount'
import { defineCut, type Cut } from './cut.ts'
import type { Stated } from './dimensions.ts'
import type { Measure } from './measures.ts'
import type { SourceKey, SourceSpec } from './source.ts'

/** The one cut of observed usage: everything that a call can state. */
export const OBSERVED_CUT: Cut = defineCut([
  'project',
  'api_key',
  'user',
  'model',
  'endpoint',
  'service',
  'environment',
  'team',
  'price_source',
  'type',
])

export const OTLP_SOURCE: SourceSpec = {
  id: 'otlp',
  kind: 'observed',
  measures: [
    'cost',
    'tokens',
    'requests',
    'errors',
    'tool_calls',
    'duration',
    'duration_calls',
    'first_token',
    'first_token_calls',
  ],
  lagMs: 0,
  canState: OBSERVED_CUT.dimensions,
}

/** One sum that grew: series × moment. */
export interface Increment {
  /** End of what was observed. */
  readonly at: number
  /** Exactly the dimensions of {@link OBSERVED_CUT} that are known. */
  readonly stated: Stated
  readonly measure: Measure
  readonly currency: string
  /** May be negative where one type is taken out of another that holds it. */
  readonly amount: Amount
}

export interface ObservedPart {
  readonly source: SourceKey
  /** End of the newest point, also where nothing grew. */
  readonly newest: number
  readonly increments: readonly Increment[]
}

/** Where a stream of points stands, so that what was counted is not counted again. */
export interface StreamState {
  readonly id: string
  /** JSON of whoever reads streams. */
  readonly state: string
}

/** What is committed at once: increments of all sources, and the streams that they came from. */
export interface ObservedBatch {
  readonly parts: readonly ObservedPart[]
  readonly streams: readonly StreamState[]
}
