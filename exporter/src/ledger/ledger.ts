/** The store's port: everything above the ledger talks to it through this and nothing else. */
import type { Amount } from '@usage-explorer/core/amount'
import type { Coverage } from '../usage/coverage.ts'
import type { Cut } from '../usage/cut.ts'
import type { Stated } from '../usage/dimensions.ts'
import type { AccountFacts, Level, NameEntry, PriceEntry, SourceDocument } from '../usage/facts.ts'
import type { Measure } from '../usage/measures.ts'
import type { ExpensiveCall } from '../usage/expensive-call.ts'
import type { Note, NoteKind } from '../usage/note.ts'
import type { ObservedBatch, StreamState } from '../usage/observed.ts'
import type { Answer, ReadingsAnswer, Window } from '../usage/record.ts'
import type { SourceKey, SourceSpec } from '../usage/source.ts'

export interface Ledger {
  /** Grows with every commit that changed what a question could answer. Keys caches. */
  readonly revision: number

  /** One transaction: rows, coverage, counters. Resolves after the commit is durable. Throws a coded error. */
  commit(answer: Answer): Promise<CommitOutcome>
  commitReadings(answer: ReadingsAnswer): Promise<CommitOutcome>
  commitFacts(facts: AccountFacts): Promise<void>
  /** Adds observed increments, of all sources in one transaction with the state of their streams. */
  commitObserved(batch: ObservedBatch): Promise<CommitOutcome>
  commitCalls(calls: readonly ExpensiveCall[]): Promise<void>
  /** The most expensive calls of a window, dearest first, one currency after the other. */
  calls(window: Window): Promise<readonly ExpensiveCall[]>
  /** Keeps notes; those of the same kind and id are replaced. */
  commitNotes(notes: readonly Note[]): Promise<void>
  /** From `since` on, newest first. */
  notes(kind: NoteKind, since: number): Promise<readonly Note[]>
  removeNote(kind: NoteKind, id: string): Promise<void>
  /** Where streams stand that were seen lately, and since when apps could send. */
  streams(): Promise<{ readonly since: number; readonly states: readonly StreamState[] }>
  /** These cuts are no longer asked for; questions prefer others, counters move on at the next unbooked bucket. */
  retire(source: SourceKey, cuts: readonly Cut[]): Promise<void>
  /** JSON that a source's reader wants back in later runs. */
  remember(source: SourceKey, state: unknown): Promise<void>
  recall(source: SourceKey): unknown
  /** Lets counters show their value once their first 0 has stood long enough. Cheap when none is due. */
  release(): Promise<void>
  /** Drops buckets beyond retention. Counters keep their sums. */
  prune(): Promise<void>
  /** Publishes nothing of the account any more, or again; its rows stay, and keep answering questions. */
  hide(account: string, hidden: boolean): Promise<void>
  /** Accounts that are hidden. From memory. */
  hidden(): ReadonlySet<string>
  /** Deletes all that is kept of the account. In one transaction, so that none of it is left or all. */
  purge(account: string): Promise<void>
  /**
   * Writes a copy of what is committed to `path`, which must not be there yet. Writes wait meanwhile, reads go on.
   * Throws BACKUP_FAILED; nothing is at `path` then.
   */
  backUp(path: string): Promise<BackupOutcome>

  /** What is known of each source: its cuts and coverage. From memory. */
  sources(): readonly SourceState[]
  /** All series of a cut. From memory. */
  series(cutId: number): readonly Series[]
  /** All counters as published. From memory. */
  counters(): readonly Counter[]
  /** Facts of all accounts. From memory. */
  facts(): LedgerFacts
  documents(
    account: { provider: string; account: string },
    kind: SourceDocument['kind'],
  ): Promise<readonly SourceDocument[]>

  /** Exact sums of facts, grouped as asked. */
  sums(request: SumsRequest): Promise<readonly SumRow[]>
  /** Sizes for the service's own metrics. */
  stats(): Promise<LedgerStats>
  close(): Promise<void>
}

export interface SourceState {
  readonly key: SourceKey
  readonly spec: SourceSpec
  /** Buckets that start at or after it enter counters. */
  readonly epoch: number
  /** When the watermark last moved by a successful read; age counts from here. */
  readonly movedAt: number
  readonly cuts: readonly CutState[]
  /** The cut that feeds counters and gauges now. */
  readonly exposed: CutState | undefined
  /** The cut that feeds the `…_model_cost` twin, where the exposed one holds no model. */
  readonly twin: CutState | undefined
}

export interface CutState {
  readonly id: number
  readonly cut: Cut
  readonly live: boolean
  readonly widthMs: number
  readonly coverage: Coverage
}

/** Dimensions without time, plus what is counted. */
export interface Series {
  readonly id: number
  readonly cutId: number
  readonly stated: Stated
  readonly measure: Measure
  readonly currency: string
}

export interface Counter {
  /** A key of the metrics catalogue, such as `llm_billed_cost_total`. */
  readonly family: string
  readonly labels: Readonly<Record<string, string>>
  /** What /metrics shows; never falls. */
  readonly published: Amount
  /** Sum of the ledger's rows booked to this counter since the source's epoch. */
  readonly ledger: Amount
  readonly bornAt: number
}

export interface LedgerFacts {
  readonly names: readonly (NameEntry & {
    provider: string
    account: string
    listed: boolean
    firstSeenAt: number
  })[]
  readonly prices: readonly (PriceEntry & { provider: string; account: string; seenAt: number })[]
  readonly levels: readonly (Level & { provider: string; account: string; seenAt: number })[]
}

export interface SumsRequest {
  readonly cutId: number
  readonly window: Window
  /** Series to read, each with the number of the group it belongs to. */
  readonly groups: ReadonlyMap<number, number>
  /** Ascending starts of the answer's buckets; a fact belongs to the last one at or before its bucket's start. */
  readonly bucketStarts: readonly number[]
}

export interface SumRow {
  readonly group: number
  /** Index into `bucketStarts`. */
  readonly bucket: number
  readonly amount: Amount
}

export interface CommitOutcome {
  readonly changedRows: number
  readonly refusedRows: number
  /** Cells that the provider had already answered completely and now states differently. */
  readonly restatedRows: number
}

export interface BackupOutcome {
  readonly facts: number
  readonly bytes: number
}

export interface LedgerStats {
  readonly facts: number
  readonly series: number
  readonly bytes: number
  readonly refusedRows: number
}

/** Given by the composition root, so that the ledger knows nothing of teams, names or metric labels. */
export interface Booking {
  /** Called once when the ledger opens, with the counters that exist, so that caps count what is already out there. */
  admit(counters: readonly Counter[]): void
  /** Counter that a series of an exposed cut feeds now, or undefined where none does. */
  counterFor(
    source: SourceKey,
    spec: SourceSpec,
    series: Series,
    role: 'exposed' | 'twin',
  ): CounterKey | undefined
  /** Counter of what the provider changed after having answered completely, or undefined where none is kept. */
  restatementFor(
    source: SourceKey,
    measure: Measure,
    currency: string,
    direction: 'up' | 'down',
  ): CounterKey | undefined
}

export interface CounterKey {
  readonly family: string
  readonly labels: Readonly<Record<string, string>>
}
