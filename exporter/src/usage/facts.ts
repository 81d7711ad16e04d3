/** Facts about an account that are not usage: names, prices, levels such as a balance, and documents such as invoices. */
import type { Amount } from '@usage-explorer/core/amount'

export type NamedKind = 'api_key' | 'user' | 'project' | 'model'

/** What a provider calls one of its ids. Latest wins; a name that is gone from the provider's list is kept. */
export interface NameEntry {
  readonly kind: NamedKind
  readonly id: string
  readonly name: string | null
  /** The provider's shortened form of a key ("xai-...3Xxp"). Never a whole key. */
  readonly redacted: string | null
  /** Owner's user id, where the provider tells it. */
  readonly userId: string | null
  readonly disabled: boolean
  readonly createdAt: number | null
  readonly expiresAt: number | null
  /** Other names for the same model. */
  readonly aliases: readonly string[]
}

/** A listed price in currency per single unit (one token, one call). */
export interface PriceEntry {
  readonly model: string
  /** Cost type that this price is for. */
  readonly type: string
  /** `standard`, or `long_context` where a provider charges more above a threshold. */
  readonly tier: string
  readonly currency: string
  readonly perUnit: Amount
}

/** A figure that stands at a moment: a balance, a limit. Shown as a gauge under `kind`. */
export interface Level {
  readonly family: 'balance' | 'spending_limit' | 'rate_limit'
  /** balance: `prepaid`, `live`…; limit: `soft`, `hard`…; rate limit: `rpm`, `tpm`… */
  readonly kind: string
  /** Only for rate limits. */
  readonly model: string | null
  /** '' where the figure is not money. */
  readonly currency: string
  readonly amount: Amount
}

/** A document that the provider issued, kept whole for reconciliation. */
export interface SourceDocument {
  readonly kind: 'invoice' | 'invoice_preview'
  readonly id: string
  /** First instant of the billing cycle that it is about. */
  readonly cycleStart: number
  /** JSON as the provider wrote it, with nothing secret in it. */
  readonly body: string
}

/** What one look at an account besides its usage brought. Parts that were not read are left out, never empty. */
export interface AccountFacts {
  readonly provider: string
  readonly account: string
  readonly fetchedAt: number
  /** A complete list of one kind's names replaces what was known as listed; ids missing from it stay, unlisted. */
  readonly names?: readonly NameEntry[]
  readonly prices?: readonly PriceEntry[]
  /** Replaces all levels of each family and kind that occurs in it. */
  readonly levels?: readonly Level[]
  readonly documents?: readonly SourceDocument[]
}
