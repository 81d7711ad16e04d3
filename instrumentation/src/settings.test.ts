import { describe, expect, test } from 'vitest'
import { identifyKey, secretIn } from './key.ts'
import { readSettings } from './settings.ts'

describe('settings', () => {
  test('come from options first, then from variables', () => {
    const env = {
      USAGE_EXPLORER_ENDPOINT: 'http://a:1',
      USAGE_EXPLORER_TOKEN: ' t ',
      USAGE_EXPLORER_INCLUDE_USAGE: 'true',
    }
    expect(readSettings({}, env)).toMatchObject({
      token: 't',
      includeUsage: true,
      expensiveCalls: 20,
      problems: [],
    })
    expect(readSettings({ endpoint: 'http://b:2' }, env).endpoint?.host).toBe('b:2')
  })

  test('name gateways, the most specific first', () => {
    const { gateways } = readSettings(
      {},
      { USAGE_EXPLORER_GATEWAYS: 'http://g:1=litellm, http://g:1/x=xai,http://g:1/own=mine' },
    )
    expect(gateways.map(({ url, provider }) => [url.pathname, provider.id])).toEqual([
      ['/own', 'mine'],
      ['/x', 'xai'],
      ['/', 'litellm'],
    ])
  })

  test('that make no sense are told, and the default stands in', () => {
    const { problems, exportIntervalMs, conventions, endpoint } = readSettings(
      {},
      {
        USAGE_EXPLORER_ENDPOINT: 'nowhere',
        USAGE_EXPLORER_EXPORT_INTERVAL_MS: '-1',
        USAGE_EXPLORER_CONVENTIONS: 'old',
        USAGE_EXPLORER_GATEWAYS: 'x=litellm',
      },
    )
    expect([exportIntervalMs, conventions, endpoint]).toEqual([10_000, 'current', undefined])
    expect(problems).toHaveLength(4)
  })
})

describe('a key', () => {
  const secret = 'xai-0123456789abcdef3Xxp'

  test.each([
    { authorization: `Bearer ${secret}` },
    { authorization: `bearer ${secret} ` },
    { 'x-api-key': secret },
    { 'api-key': secret },
    { 'x-goog-api-key': secret },
  ])('is found in %j', (headers: Record<string, string>) => {
    expect(secretIn((name) => headers[name])).toBe(secret)
  })

  test('is told by a fingerprint and its end, and by nothing more', () => {
    const identity = identifyKey(secret)
    expect(identity?.redacted).toBe('xai-...3Xxp')
    expect(identity?.fingerprint).toMatch(/^[0-9a-f]{12}$/)
    expect(identifyKey(secret)).toBe(identity)
    expect(JSON.stringify(identity)).not.toContain('0123')
  })

  test('too short to keep a part of it secret is not told at all', () => {
    expect(identifyKey('short-key-3Xxp')).toBeUndefined()
    expect(identifyKey(undefined)).toBeUndefined()
  })
})
