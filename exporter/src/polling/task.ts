/** One thing that an account's loop does again and again. */
import type { Clock } from '../clock.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Log } from '../log.ts'
import type { PollObserver } from './status.ts'

/** What the loop needs of the service around it. */
export interface PollingDependencies {
  readonly ledger: Ledger
  readonly clock: Clock
  readonly log: Log
  readonly observer: PollObserver
  /** 0 to 1, for jitter; `Math.random` unless a test wants the same run twice. */
  readonly random: () => number
}

export interface Task {
  /** Source or fact reader id, or `identify`. */
  readonly reader: string
  /** When it wants to run next; Infinity where there is nothing to do. */
  dueAt(now: number): number
  /** Does it once. Throws a coded error, or whatever a defect throws. */
  run(signal: AbortSignal): Promise<TaskOutcome>
}

export interface TaskOutcome {
  /** Transactions that the ledger took. */
  readonly commits: number
  readonly changedRows: number
}

export const NOTHING_DONE: TaskOutcome = { commits: 0, changedRows: 0 }

export function addOutcomes(a: TaskOutcome, b: TaskOutcome): TaskOutcome {
  return { commits: a.commits + b.commits, changedRows: a.changedRows + b.changedRows }
}

/** Steps of one read may be many requests (pages, probes of group-bys); each has the account's own time-out. */
const REQUESTS_PER_STEP = 10

/** Longest real time to wait for the next answer of a read, given the time-out of a single request. */
export function stepTimeoutMs(requestTimeoutMs: number): number {
  return REQUESTS_PER_STEP * requestTimeoutMs
}
