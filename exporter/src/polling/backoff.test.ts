/** Waits between tries, at both ends of the jitter. */
import { describe, expect, it } from 'vitest'
import { HOUR, MINUTE, SECOND } from '../clock.ts'
import { ERRORS, UsageExplorerError, type ErrorCode } from '../errors.ts'
import { Attempts } from './attempts.ts'
import { jittered, retryDelay } from './backoff.ts'

const error = (code: ErrorCode, retryAfterMs?: number): UsageExplorerError =>
  new UsageExplorerError(code, 'It failed.', retryAfterMs === undefined ? {} : { retryAfterMs })

describe('the wait after a failure', () => {
  it('doubles its upper end with every failure up to a quarter of an hour', () => {
    const upper = [1, 2, 3, 4, 8, 9, 1000].map((failures) =>
      retryDelay(error('UPSTREAM_FAILED'), failures, 1),
    )
    expect(upper).toEqual([10, 20, 40, 80, 900, 900, 900].map((seconds) => seconds * SECOND))
  })

  it('is spread down to a floor of five seconds, so that no run of luck makes a tight loop', () => {
    for (const failures of [1, 5, 1000]) {
      expect(retryDelay(error('UPSTREAM_FAILED'), failures, 0)).toBe(5 * SECOND)
    }
  })

  it('is a quarter of an hour from the first failure on where only a person can help', () => {
    const permanent = (Object.keys(ERRORS) as ErrorCode[]).filter((code) => error(code).permanent)
    expect(permanent).toEqual(
      expect.arrayContaining([
        'UPSTREAM_UNAUTHORIZED',
        'UPSTREAM_FORBIDDEN',
        'UPSTREAM_OUT_OF_CREDIT',
        'UPSTREAM_NOT_FOUND',
        'UPSTREAM_REJECTED',
      ]),
    )
    for (const code of permanent) {
      expect(retryDelay(error(code), 1, 0)).toBe(15 * MINUTE)
      expect(retryDelay(error(code), 9, 1)).toBe(16.5 * MINUTE)
    }
  })

  it('is never shorter than the provider asked for, up to an hour', () => {
    expect(retryDelay(error('UPSTREAM_RATE_LIMITED', 90 * SECOND), 1, 0)).toBe(90 * SECOND)
    expect(retryDelay(error('UPSTREAM_RATE_LIMITED', HOUR), 1, 0)).toBe(HOUR)
    expect(retryDelay(error('UPSTREAM_RATE_LIMITED', 30 * HOUR), 1, 0)).toBe(HOUR)
    expect(retryDelay(error('UPSTREAM_RATE_LIMITED', 0), 4, 1)).toBe(80 * SECOND)
    expect(retryDelay(error('UPSTREAM_FORBIDDEN', SECOND), 1, 0)).toBe(15 * MINUTE)
  })

  it('is at most two minutes for a full disk, where nobody else is asked', () => {
    expect(retryDelay(error('LEDGER_DISK_FULL'), 1000, 1)).toBe(2 * MINUTE)
  })
})

describe('an interval', () => {
  it('is lengthened by up to a tenth and never shortened', () => {
    expect(jittered(MINUTE, 0)).toBe(MINUTE)
    expect(jittered(MINUTE, 1)).toBeCloseTo(66 * SECOND)
  })
})

describe('a row of failures', () => {
  it('is news at its start and when the kind changes, and keeps when it began', () => {
    const attempts = new Attempts('reader')
    expect(attempts.failed(error('UPSTREAM_FAILED'), 1000, 0)).toBe(true)
    expect(attempts.failed(error('UPSTREAM_FAILED'), 9000, 0)).toBe(false)
    expect(attempts.failed(error('UPSTREAM_TIMEOUT'), 20_000, 0)).toBe(true)
    expect(attempts.problem).toMatchObject({ code: 'UPSTREAM_TIMEOUT', since: 1000, nextTryAt: 25_000 })
  })

  it('ends with a success, which is told once', () => {
    const attempts = new Attempts('reader')
    attempts.failed(error('UPSTREAM_FORBIDDEN'), 1000, 0)
    expect(attempts.permanent).toBe(true)
    expect(attempts.succeeded()).toBe(true)
    expect(attempts.succeeded()).toBe(false)
    expect(attempts.problem).toBeUndefined()
    expect(attempts.permanent).toBe(false)
  })

  it('does not wait on when the clock was put back to before it began', () => {
    const attempts = new Attempts('reader')
    attempts.failed(error('UPSTREAM_FAILED'), 1_000_000, 0)
    expect(attempts.nextTryAt(1_000_000)).toBe(1_005_000)
    expect(attempts.nextTryAt(999_999)).toBe(999_999)
  })

  it('is not shortened by a hold that ends sooner', () => {
    const attempts = new Attempts('reader')
    attempts.failed(error('UPSTREAM_FORBIDDEN'), 0, 0)
    attempts.holdUntil(MINUTE, 0)
    expect(attempts.nextTryAt(0)).toBe(15 * MINUTE)
  })
})
