/** Time as the service sees it. Instants are milliseconds since 1970-01-01T00:00:00Z, lengths are milliseconds. */
import { setTimeout as delay } from 'node:timers/promises'

export const SECOND = 1000
export const MINUTE: number = 60 * SECOND
export const HOUR: number = 60 * MINUTE
export const DAY: number = 24 * HOUR

/** A seam for tests that run weeks in seconds; the service itself always uses {@link systemClock}. */
export interface Clock {
  now(): number
  /** Resolves after `ms` of this clock's time; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) => delay(ms, undefined, signal === undefined ? {} : { signal }),
}
