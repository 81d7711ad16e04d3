/** What a vendor's folder gives to polling: how to read one account. Only reads; nothing here changes anything upstream. */
import type { AccountConfig } from '../config/config.ts'
import type { Cut } from '../usage/cut.ts'
import type { AccountFacts } from '../usage/facts.ts'
import type { Answer, ReadingsAnswer, Window } from '../usage/record.ts'
import type { SourceSpec } from '../usage/source.ts'

export interface Provider {
  readonly id: string
  readonly title: string
  /** Every source that accounts of this provider can have, whichever `api` they use. */
  readonly sources: readonly SourceSpec[]
  /** What this provider never reports, in words for users: measure → reason and way round. */
  readonly neverReports: Readonly<Record<string, string>>
  /** No I/O yet. */
  open(account: AccountConfig, dependencies: ProviderDependencies): ProviderAccount
}

export interface ProviderDependencies {
  /** Time for request ranges and time-outs. */
  readonly now: () => number
  /** Shortest wait before a request is tried again, for tests; half a second unless given. */
  readonly retryDelayMs?: number
}

export interface ProviderAccount {
  /** Finds out whose account it is. Throws a coded error. Called before the first read and after a 404. */
  identify(signal: AbortSignal): Promise<AccountIdentity>
  readonly usage: readonly UsageReader[]
  readonly facts: readonly FactReader[]
}

export interface AccountIdentity {
  /** The vendor's unit: the xAI team, the OpenAI organisation. */
  readonly project: string
  readonly projectName: string | null
  /** Permissions that the credential states to have, as the provider names them. */
  readonly permissions: readonly string[]
}

/** Reads one windowed source. */
export interface UsageReader {
  readonly source: SourceSpec
  readonly widthMs: number
  /** How far back the API answers. */
  readonly historyMs: number
  /** Largest window to ask for at once. */
  readonly maxWindowMs: number
  /**
   * Asks for one window (aligned to the width) and yields its answers, one a cut, as they arrive; more than one
   * window where the provider's limits force a split. The ledger commits each as it comes.
   *
   * @param state what an earlier call returned through `remember`, or undefined; JSON
   * @param remember stores JSON that later calls (and later runs) get as `state`, such as accepted group-bys
   */
  read(window: Window, context: ReadContext): AsyncIterable<Answer>
}

export interface ReadContext {
  readonly state: unknown
  readonly remember: (state: unknown) => void
  /** These cuts are no longer accepted upstream or no longer needed. */
  readonly retire: (cuts: readonly Cut[]) => void
  readonly signal: AbortSignal
}

/** Reads what is not a window: names, prices, balances, documents, cumulative figures. */
export interface FactReader {
  /** For the poll metrics and messages: `xai.api_keys`. */
  readonly id: string
  /** Permission that it needs, for the message when it is refused. */
  readonly permission: string | null
  /** Shortest time between two reads. */
  readonly everyMs: number
  read(signal: AbortSignal): Promise<{ facts?: AccountFacts; readings?: readonly ReadingsAnswer[] }>
}
