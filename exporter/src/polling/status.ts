/** What polling tells about itself: a state per account for people, and events for metrics and progress bars. */
import type { ErrorCode } from '../errors.ts'
import type { AccountIdentity } from '../providers/provider.ts'

/**
 * `blocked`: only a person can help (401, 403, out of credit); tried rarely. `paused`: the ledger cannot take
 * writes (disk full); resumes by itself.
 */
export type AccountState = 'starting' | 'backfilling' | 'ok' | 'retrying' | 'blocked' | 'paused'

export interface ReaderProblem {
  /** Source or fact reader id. */
  readonly reader: string
  readonly code: ErrorCode
  readonly message: string
  readonly remedy: string
  /** When it was first seen in this row of failures. */
  readonly since: number
  readonly nextTryAt: number
}

export interface AccountStatus {
  readonly provider: string
  readonly account: string
  readonly state: AccountState
  readonly identity: AccountIdentity | undefined
  readonly lastSuccessAt: number | undefined
  readonly problems: readonly ReaderProblem[]
  /** Share of the history that is read, 0 to 1. */
  readonly backfilled: number
}

export interface PollObserver {
  polled(event: PollEvent): void
  progress(event: BackfillEvent): void
}

export interface PollEvent {
  readonly provider: string
  readonly account: string
  /** Source or fact reader id, or `identify`. */
  readonly reader: string
  readonly code: ErrorCode | undefined
  readonly durationMs: number
  readonly changedRows: number
}

export interface BackfillEvent {
  readonly provider: string
  readonly account: string
  readonly source: string
  readonly doneMs: number
  readonly totalMs: number
}
