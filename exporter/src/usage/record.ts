/** Records: what one answer of a provider says, before the ledger takes it in. */
import type { Amount } from '@usage-explorer/core/amount'
import type { Cut } from './cut.ts'
import type { Stated } from './dimensions.ts'
import type { Measure } from './measures.ts'
import type { SourceKey } from './source.ts'

/** One bucket × stated dimensions × one measure. */
export interface UsageRecord {
  /** Start of the bucket; its length is the answer's `widthMs`. */
  readonly bucketStart: number
  /** Exactly the cut's dimensions. */
  readonly stated: Stated
  readonly measure: Measure
  /** ISO 4217 for cost, otherwise ''. */
  readonly currency: string
  readonly amount: Amount
  /** The literal as the provider wrote it, and its unit there ("usd", "usd_cent", "token"). */
  readonly raw: string
  readonly rawUnit: string
  /** The literal was longer than DECIMAL(38,18) and was rounded half-even. */
  readonly rounded?: boolean
}

export interface Window {
  /** Inclusive. */
  readonly from: number
  /** Exclusive. */
  readonly to: number
}

/** One provider answer for one window in one cut: the unit that the ledger commits whole or not at all. */
export interface Answer {
  readonly source: SourceKey
  readonly cut: Cut
  /** Aligned to `widthMs`. */
  readonly window: Window
  readonly widthMs: number
  /** When the request was sent: of two answers for a bucket the later fetch wins. */
  readonly fetchedAt: number
  /** `truncated`: the provider returned a subset, so each cell is a lower bound. */
  readonly completeness: 'complete' | 'truncated'
  /** Zero rows may be given; the ledger does not store them. */
  readonly records: readonly UsageRecord[]
}

/** A figure that the provider accumulates over a cycle (tokens of a model, month to date). */
export interface CumulativeReading {
  readonly stated: Stated
  readonly measure: Measure
  readonly currency: string
  readonly total: Amount
  readonly raw: string
  readonly rawUnit: string
}

/** All cumulative figures of one answer. They stand for [cycleStart, fetchedAt). */
export interface ReadingsAnswer {
  readonly source: SourceKey
  readonly cut: Cut
  readonly widthMs: number
  readonly fetchedAt: number
  /** `undefined`: unknown, so the first reading of each figure is only a baseline. */
  readonly cycleStart: number | undefined
  /** The cycle is over: the figures stand for [cycleStart, cycleEnd), and an invoice's are final. */
  readonly cycleEnd?: number
  readonly readings: readonly CumulativeReading[]
}
