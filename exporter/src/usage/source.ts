/** A source is one endpoint of one account; its spec says what that endpoint can tell and how late it is. */
import type { Measure } from './measures.ts'
import type { StatedDimension } from './dimensions.ts'

/** `derived` tokens are computed from cost and list price; they rank last and never reach counters. */
export type SourceKind = 'billed' | 'metered' | 'observed' | 'derived'

export interface SourceSpec {
  /** For example `xai.billing.usage`. */
  readonly id: string
  readonly kind: SourceKind
  readonly measures: readonly Measure[]
  /** How late the provider's data arrives, in ms: the watermark stays this far behind the fetch. */
  readonly lagMs: number
  /** Stated dimensions that some cut of this source can hold, for telling users what it can never split by. */
  readonly canState: readonly StatedDimension[]
}

/** Which source: its spec's id, under one account of one provider. */
export interface SourceKey {
  readonly provider: string
  readonly account: string
  readonly source: string
}

export function sourceKeyText(key: SourceKey): string {
  return `${key.provider}/${key.account}/${key.source}`
}
