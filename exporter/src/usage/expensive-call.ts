/** Single calls that cost most, for people to look at. Never what was asked or answered. */
import type { Amount } from '@usage-explorer/core/amount'
import type { Stated } from './dimensions.ts'
import type { SourceKey } from './source.ts'

export interface ExpensiveCall {
  /** What no two calls share. */
  readonly id: string
  /** When it ended. */
  readonly at: number
  readonly source: SourceKey
  readonly stated: Stated
  readonly cost: Amount
  readonly currency: string
  readonly priceSource: string
  /** By token type. */
  readonly tokens: Readonly<Record<string, number>>
  readonly durationSeconds: number | undefined
  /** The provider's id of the response. */
  readonly responseId: string
  readonly traceId: string
}
