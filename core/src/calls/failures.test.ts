import { describe, expect, test } from 'vitest'
import { errorTypeOf, streamErrorType, thrownErrorType } from './error-type.ts'
import { readRateLimits } from './rate-limits.ts'

describe('a failed call', () => {
  test.each([
    [200, '', undefined],
    [399, '', undefined],
    [400, '', 'bad_request'],
    [401, '', 'auth'],
    [402, '', 'quota'],
    [403, '{"code":"The caller does not have permission"}', 'auth'],
    [403, 'Your team has either used all available credits or reached its monthly spending limit', 'quota'],
    [408, '', 'timeout'],
    [422, '', 'bad_request'],
    [429, '', 'rate_limit'],
    [429, '{"error":{"code":"insufficient_quota"}}', 'quota'],
    [500, '', 'server'],
    [504, '', 'timeout'],
    [524, '', 'timeout'],
    [529, '', 'server'],
  ])('with %d %s is of type %s', (status, text, type) => {
    expect(errorTypeOf(status, text)).toBe(type)
  })

  test('that threw is aborted, out of time or cut off', () => {
    expect(thrownErrorType(new DOMException('x', 'AbortError'))).toBe('aborted')
    expect(thrownErrorType(new DOMException('x', 'TimeoutError'))).toBe('timeout')
    const reset = Object.assign(new Error('read'), { code: 'ECONNRESET' })
    expect(thrownErrorType(new TypeError('fetch failed', { cause: reset }))).toBe('network')
    const slow = Object.assign(new Error('x'), { code: 'UND_ERR_HEADERS_TIMEOUT' })
    expect(thrownErrorType(new TypeError('fetch failed', { cause: slow }))).toBe('timeout')
    expect(thrownErrorType('anything')).toBe('network')
  })

  test('in mid-stream is sorted by what it says', () => {
    expect(streamErrorType('{"error":{"type":"rate_limit_error"}}')).toBe('rate_limit')
    expect(streamErrorType('{"error":{"type":"overloaded_error"}}')).toBe('server')
    expect(streamErrorType('{"error":{"type":"invalid_request_error"}}')).toBe('bad_request')
  })
})

describe('rate limits in headers', () => {
  const now = Date.UTC(2026, 10, 21)
  const read = (headers: Record<string, string>) => readRateLimits(Object.entries(headers), now)

  test('of xAI and OpenAI, with Go durations', () => {
    expect(
      read({
        'content-type': 'application/json',
        'x-ratelimit-limit-requests': '480',
        'x-ratelimit-remaining-requests': '479',
        'x-ratelimit-reset-requests': '6m0s',
        'x-ratelimit-limit-tokens': '2000000',
        'x-ratelimit-remaining-tokens': '0',
        'x-ratelimit-reset-tokens': '12ms',
      }),
    ).toEqual([
      { kind: 'requests', window: '', limit: 480, remaining: 479, resetSeconds: 360 },
      { kind: 'tokens', window: '', limit: 2_000_000, remaining: 0, resetSeconds: 0.012 },
    ])
  })

  test('of Anthropic, input and output apart', () => {
    expect(
      read({
        'anthropic-ratelimit-input-tokens-limit': '400000',
        'anthropic-ratelimit-input-tokens-remaining': '399000',
        'anthropic-ratelimit-input-tokens-reset': '2026-11-21T00:00:30Z',
        'anthropic-ratelimit-output-tokens-limit': '80000',
        'anthropic-ratelimit-output-tokens-remaining': '80000',
      }),
    ).toEqual([
      { kind: 'input_tokens', window: '', limit: 400_000, remaining: 399_000, resetSeconds: 30 },
      { kind: 'output_tokens', window: '', limit: 80_000, remaining: 80_000, resetSeconds: undefined },
    ])
  })

  test('of OpenRouter and Mistral, windows kept apart', () => {
    expect(
      read({
        'x-ratelimit-limit': '20',
        'x-ratelimit-remaining': '3',
        'x-ratelimit-reset': String(now + 5000),
        'x-ratelimit-limit-req-minute': '60',
        'x-ratelimit-remaining-req-minute': '59',
        'x-ratelimit-limit-tokens-month': '1000000000',
        'x-ratelimit-remaining-tokens-month': '5',
      }),
    ).toEqual([
      { kind: 'requests', window: '', limit: 20, remaining: 3, resetSeconds: 5 },
      { kind: 'requests', window: 'minute', limit: 60, remaining: 59, resetSeconds: undefined },
      { kind: 'tokens', window: 'month', limit: 1e9, remaining: 5, resetSeconds: undefined },
    ])
  })

  test('that make no sense are left out', () => {
    expect(
      read({ 'x-ratelimit-limit-requests': 'many', 'x-ratelimit-remaining-images': '4', ratelimit: '1' }),
    ).toEqual([])
  })
})
