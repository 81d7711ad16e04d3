/** What ids mean to the customer: resolved when read, never part of a series key. */
import type { NamedKind } from '../usage/facts.ts'
import type { QuestionDimension } from '../usage/dimensions.ts'
import type { Series } from '../ledger/ledger.ts'
import type { SourceKey } from '../usage/source.ts'

/**
 * Every dimension of a series as questions see it. '' where the cut did not ask for it and nothing resolves it,
 * `unattributed` for a provider's null, `unassigned` for a team that no mapping names. Models are canonical names.
 */
export type Resolved = Readonly<Record<Exclude<QuestionDimension, 'currency'>, string>>

export interface Identity {
  resolve(source: SourceKey, series: Series): Resolved
  /** What to show for an id: the configured display name, else the provider's name, else undefined. */
  displayName(kind: NamedKind, of: { provider: string; account: string; id: string }): string | undefined
}
