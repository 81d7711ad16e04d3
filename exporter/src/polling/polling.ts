/** Polls all accounts into the ledger, each in a loop of its own, and keeps house in the ledger meanwhile. */
import { DAY, HOUR, SECOND, type Clock } from '../clock.ts'
import { toCodedError, UsageExplorerError, type ErrorCode } from '../errors.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Log } from '../log.ts'
import { AccountLoop, type PolledAccount } from './account.ts'
import type { Window } from '../usage/record.ts'
import type { BackfillStep, SourceBackfill } from './backfill-task.ts'
import type { AccountStatus, PollObserver } from './status.ts'
import type { PollingDependencies } from './task.ts'

export interface Polling {
  /** Starts all loops. To be called once. */
  start(): void
  /** Ends them; a commit under way is finished first, a read under way is given up. The ledger may be closed after. */
  stop(): Promise<void>
  /** One an account, in the order in which they were given. */
  status(): readonly AccountStatus[]
  /**
   * Reads a stretch of an account again, every source of it.
   *
   * @param step told after each window
   * @throws UsageExplorerError ACCOUNT_UNKNOWN, STOPPING, or what keeps the account from being read
   */
  backfill(
    account: string,
    window: Window,
    step: (step: BackfillStep) => void,
  ): Promise<readonly SourceBackfill[]>
}

export interface PollingOptions {
  readonly accounts: readonly PolledAccount[]
  readonly ledger: Ledger
  readonly clock: Clock
  readonly log: Log
  readonly observer: PollObserver
  /** Older buckets are refused by the ledger and not asked for. */
  readonly retentionMs: number
  /** 0 to 1, for jitter. */
  readonly random?: () => number
}

const RELEASE_EVERY_MS = 5 * SECOND
const PRUNE_EVERY_MS = DAY
const PRUNE_RETRY_MS = HOUR

export function createPolling(options: PollingOptions): Polling {
  const { accounts, retentionMs, random = Math.random } = options
  const dependencies: PollingDependencies = { ...options, random }
  const loops = accounts.map((account) => new AccountLoop(account, retentionMs, dependencies))
  const stopping = new AbortController()
  let running: Promise<unknown> = Promise.resolve()
  return {
    start: () => {
      const { signal } = stopping
      running = Promise.all([...loops.map((loop) => loop.run(signal)), keepHouse(dependencies, signal)])
    },
    stop: async () => {
      stopping.abort(new Error('Polling stops.'))
      await running
    },
    status: () => loops.map((loop) => loop.status()),
    backfill: async (account, window, step) => {
      const loop = loops.find((candidate) => candidate.status().account === account)
      if (loop === undefined) throw new UsageExplorerError('ACCOUNT_UNKNOWN', 'no such account is polled')
      return loop.backfill(window, step)
    },
  }
}

/** Releases counters every few seconds and prunes at the start and daily. Never throws. */
async function keepHouse({ ledger, clock, log }: PollingDependencies, signal: AbortSignal): Promise<void> {
  let pruneAt = -Infinity
  let failing: ErrorCode | undefined
  while (!signal.aborted) {
    const now = clock.now()
    try {
      await ledger.release()
      if (pruneAt <= now) {
        pruneAt = now + PRUNE_RETRY_MS
        await ledger.prune()
        pruneAt = now + PRUNE_EVERY_MS
      }
      failing = undefined
    } catch (thrown) {
      const error = toCodedError(thrown)
      if (error.code !== failing) log.warn({ err: error }, 'The ledger could not be tidied.')
      failing = error.code
    }
    await clock.sleep(RELEASE_EVERY_MS, signal).catch(() => undefined)
  }
}
