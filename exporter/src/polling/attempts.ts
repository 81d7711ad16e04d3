/** The row of failures of one reader: what went wrong, since when, and when it is tried again. */
import type { UsageExplorerError } from '../errors.ts'
import { retryDelay } from './backoff.ts'
import type { ReaderProblem } from './status.ts'

/** A moment to wait for, set at another. A clock that was put back since ends the wait. */
export interface Wait {
  readonly setAt: number
  readonly until: number
}

export function waitEnd({ setAt, until }: Wait, now: number): number {
  return now < setAt ? now : until
}

export class Attempts {
  readonly #reader: string
  #failures = 0
  #problem: ReaderProblem | undefined
  #permanent = false
  #wait: Wait = { setAt: -Infinity, until: -Infinity }

  constructor(reader: string) {
    this.#reader = reader
  }

  /** What is wrong now. */
  get problem(): ReaderProblem | undefined {
    return this.#problem
  }

  /** Whether only a person can help. */
  get permanent(): boolean {
    return this.#permanent
  }

  /** Not before this. In the past where nothing is wrong. */
  nextTryAt(now: number): number {
    return waitEnd(this.#wait, now)
  }

  /** @returns whether this ends a row of failures */
  succeeded(): boolean {
    const recovered = this.#problem !== undefined
    this.forgive()
    return recovered
  }

  /** Forgets the failures, so that the next try is at once. */
  forgive(): void {
    this.#failures = 0
    this.#problem = undefined
    this.#permanent = false
    this.#wait = { setAt: -Infinity, until: -Infinity }
  }

  /** @returns whether this is news: the first failure of a row, or one of another kind */
  failed(error: UsageExplorerError, now: number, random: number): boolean {
    const before = this.#problem
    this.#failures += 1
    this.#permanent = error.permanent
    this.holdUntil(now + retryDelay(error, this.#failures, random), now)
    this.#problem = {
      reader: this.#reader,
      code: error.code,
      message: error.message,
      remedy: error.remedy,
      since: before?.since ?? now,
      nextTryAt: this.#wait.until,
    }
    return before?.code !== error.code
  }

  /** Waits at least until `until`, without calling it a failure. */
  holdUntil(until: number, now: number): void {
    this.#wait = { setAt: now, until: Math.max(until, waitEnd(this.#wait, now)) }
  }
}
