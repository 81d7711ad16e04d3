/** The two tasks of a usage source: the last hours at every poll, and between polls what is missing or due again. */
import type { Window } from '../usage/record.ts'
import { waitEnd, type Wait } from './attempts.ts'
import { jittered } from './backoff.ts'
import { chunks, historyProgress, lastLookback, pendingWindows, recentWindow } from './schedule.ts'
import { addOutcomes, NOTHING_DONE, type PollingDependencies, type Task, type TaskOutcome } from './task.ts'
import type { UsageSource } from './usage-source.ts'

export class RecentTask implements Task {
  readonly #source: UsageSource
  readonly #dependencies: PollingDependencies
  #wait: Wait = { setAt: -Infinity, until: -Infinity }

  constructor(source: UsageSource, dependencies: PollingDependencies) {
    this.#source = source
    this.#dependencies = dependencies
  }

  get reader(): string {
    return this.#source.key.source
  }

  dueAt(now: number): number {
    return waitEnd(this.#wait, now)
  }

  async run(signal: AbortSignal): Promise<TaskOutcome> {
    const { clock, random } = this.#dependencies
    const { terms, config } = this.#source
    let outcome = NOTHING_DONE
    for (const window of chunks([recentWindow(terms, clock.now())], terms)) {
      outcome = addOutcomes(outcome, await this.#source.read(window, signal))
    }
    const now = clock.now()
    this.#wait = { setAt: now, until: now + jittered(config.intervalMs, random()) }
    return outcome
  }
}

/** One window a run, so that polls of the last hours come in between. */
export class HistoryTask implements Task {
  readonly #source: UsageSource
  readonly #dependencies: PollingDependencies
  /** When the look-back that is under way, or was last finished, began. */
  #lookbackAt: number
  /** Windows that failed go to the end, so that one bad day does not hold up the rest. */
  #setAside: readonly Window[] = []
  #backfilling = false
  #ranAt = -Infinity

  constructor(source: UsageSource, dependencies: PollingDependencies) {
    this.#source = source
    this.#dependencies = dependencies
    const now = dependencies.clock.now()
    this.#lookbackAt = lastLookback(source.terms, source.known, now) ?? now
  }

  get reader(): string {
    return this.#source.key.source
  }

  dueAt(now: number): number {
    if (this.progress(now).totalMs === 0) return Infinity
    return this.#pending(now).length > 0 ? Math.min(this.#ranAt, now) : this.#nextLookbackAt(now)
  }

  progress(now: number): { doneMs: number; totalMs: number } {
    return historyProgress(this.#source.terms, this.#source.known, now)
  }

  async run(signal: AbortSignal): Promise<TaskOutcome> {
    const now = this.#dependencies.clock.now()
    const window = this.#next(now)
    if (window === undefined) return NOTHING_DONE
    const { doneMs, totalMs } = this.progress(now)
    const backfilling = doneMs < totalMs
    if (backfilling && !this.#backfilling) this.#report(now)
    this.#backfilling = backfilling

    const others = this.#setAside.filter((failed) => !overlaps(failed, window))
    const failedBefore = others.length < this.#setAside.length
    this.#setAside = failedBefore ? [window] : [...others, window]
    const outcome = await this.#source.read(window, signal).finally(() => {
      this.#ranAt = this.#dependencies.clock.now()
    })
    this.#setAside = others

    if (backfilling) this.#report(this.#dependencies.clock.now())
    return outcome
  }

  /** The next window that has not failed; a look-back begins when it is due and nothing else is left. */
  #next(now: number): Window | undefined {
    const isFresh = (window: Window): boolean => !this.#setAside.some((failed) => overlaps(failed, window))
    const fresh = this.#pending(now).find(isFresh)
    if (fresh !== undefined) return fresh
    if (this.#nextLookbackAt(now) <= now) this.#lookbackAt = now
    const pending = this.#pending(now)
    return pending.find(isFresh) ?? pending[0]
  }

  #pending(now: number): readonly Window[] {
    const { terms, known } = this.#source
    const { backfill, lookback } = pendingWindows(terms, known, this.#lookbackAt, now)
    return [...backfill, ...lookback]
  }

  #nextLookbackAt(now: number): number {
    return waitEnd(
      { setAt: this.#lookbackAt, until: this.#lookbackAt + this.#source.config.lookbackEveryMs },
      now,
    )
  }

  #report(now: number): void {
    this.#dependencies.observer.progress({ ...this.#source.key, ...this.progress(now) })
  }
}

function overlaps(a: Window, b: Window): boolean {
  return a.from < b.to && b.from < a.to
}
