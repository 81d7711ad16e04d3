/** How long to wait before the next try. Pure: the random number (0 to 1) is given. */
import { HOUR, MINUTE, SECOND } from '../clock.ts'
import type { UsageExplorerError } from '../errors.ts'

const FIRST_RETRY_MS = 5 * SECOND
const LONGEST_RETRY_MS = 15 * MINUTE
/** What only a person can mend is looked at this often. */
const PERMANENT_RETRY_MS = 15 * MINUTE
/** Space on the local disk is cheap to look for, and nothing is collected until it is there. */
const LONGEST_DISK_RETRY_MS = 2 * MINUTE
/** A provider that asks for longer is asked again after this, in case it had its units wrong. */
const LONGEST_RETRY_AFTER_MS = HOUR
const JITTER = 0.1

/** An interval lengthened by up to a tenth, so that services started together do not call together. */
export function jittered(intervalMs: number, random: number): number {
  return Math.round(intervalMs * (1 + JITTER * random))
}

/**
 * Wait after the latest of `failures` failures in a row: exponential with full jitter above a floor, or long where
 * trying again unchanged cannot succeed. Never shorter than the provider asked for (up to an hour).
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function retryDelay(error: UsageExplorerError, failures: number, random: number): number {
  const own = error.permanent ? jittered(PERMANENT_RETRY_MS, random) : exponential(error, failures, random)
  if (error.retryAfterMs === undefined) return own
  const asked = Math.min(error.retryAfterMs, LONGEST_RETRY_AFTER_MS)
  return Math.max(own, Math.round(asked + FIRST_RETRY_MS * random))
}

function exponential({ code }: UsageExplorerError, failures: number, random: number): number {
  const longest = code === 'LEDGER_DISK_FULL' ? LONGEST_DISK_RETRY_MS : LONGEST_RETRY_MS
  const ceiling = Math.min(longest, FIRST_RETRY_MS * 2 ** failures)
  return Math.round(FIRST_RETRY_MS + random * (ceiling - FIRST_RETRY_MS))
}
