import nock from 'nock'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DAY, HOUR, MINUTE, SECOND } from '../clock.ts'
import { Secret } from '../config/config.ts'
import { HttpClient } from './http.ts'

const API = 'https://management-api.example'
const NOW = Date.UTC(2026, 10, 19, 12)

beforeEach(() => nock.disableNetConnect())
afterEach(() => nock.cleanAll())

describe('a wrong clock', () => {
  const ask = async (serverClock: number): Promise<number> => {
    nock(API)
      .get('/thing')
      .reply(200, '{"ok": true}', { date: new Date(serverClock).toUTCString() })
    const client = new HttpClient({
      baseUrl: API,
      credential: new Secret('xai-token'),
      timeoutMs: 5000,
      now: () => NOW,
    })
    const { fetchedAt } = await client.get('/thing', () => null, { signal: new AbortController().signal })
    return fetchedAt
  }

  test('that runs ahead by more than a minute yields to the server’s', async () => {
    expect(await ask(NOW - 2 * HOUR)).toBe(NOW - 2 * HOUR)
    expect(await ask(NOW - 61 * SECOND)).toBe(NOW - 61 * SECOND)
  })

  test('that is within a minute, or behind, stands', async () => {
    expect(await ask(NOW - MINUTE)).toBe(NOW)
    expect(await ask(NOW + 2 * HOUR)).toBe(NOW)
  })

  test.each([-1, 1])(
    'by more than a day (%i) is an error: nothing could be told from such times',
    async (sign) => {
      expect(await ask(NOW - sign * DAY)).toBe(sign === 1 ? NOW - DAY : NOW)
      await expect(ask(NOW - sign * (DAY + SECOND))).rejects.toMatchObject({
        code: 'CLOCKS_DIFFER',
        permanent: true,
      })
    },
  )
})
