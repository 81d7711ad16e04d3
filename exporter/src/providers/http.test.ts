import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { gzipSync } from 'node:zlib'
import { JsonShapeError, type JsonNode } from '@usage-explorer/core/json'
import nock from 'nock'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Secret } from '../config/config.ts'
import { UsageExplorerError } from '../errors.ts'
import { HttpClient, type HttpClientOptions } from './http.ts'

const API = 'https://management-api.example'
const KEY = 'xai-token-0123456789abcdefghij'
const NOW = Date.UTC(2026, 10, 19, 12)

const servers: Server[] = []

beforeEach(() => {
  nock.disableNetConnect()
  nock.enableNetConnect('127.0.0.1')
})

afterEach(() => {
  nock.cleanAll()
  for (const server of servers.splice(0)) {
    server.close()
    server.closeAllConnections()
  }
})

function client(options: Partial<HttpClientOptions> = {}): HttpClient {
  const credential = new Secret(KEY)
  return new HttpClient({
    baseUrl: API,
    credential,
    timeoutMs: 5000,
    now: () => NOW,
    retryDelayMs: 0,
    ...options,
  })
}

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer((request, response) => {
    response.sendDate = false
    listener(request, response)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const signal = (): AbortSignal => new AbortController().signal

function get(options: Partial<HttpClientOptions> = {}, permission: string | null = null): Promise<unknown> {
  return client(options).get('/thing', (root) => root.get('ok').boolean(), { signal: signal(), permission })
}

async function failure(promise: Promise<unknown>): Promise<UsageExplorerError> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof UsageExplorerError)) throw new Error('expected a coded error', { cause: error })
  return error
}

test('a question carries the key, the query and the body, and the answer the time of asking', async () => {
  const scope = nock(API, { reqheaders: { authorization: `Bearer ${KEY}`, accept: 'application/json' } })
    .post('/thing', { a: [1, 'two'] })
    .query({ page: 'a b&c' })
    .reply(200, '{"usd": 0.10}')
  const read = (root: JsonNode): string => root.get('usd').decimal().literal
  const options = { signal: signal(), query: { page: 'a b&c' } }
  const answer = await client().post('/thing', { a: [1, 'two'] }, read, options)
  expect(answer).toEqual({ value: '0.10', fetchedAt: NOW })
  scope.done()
})

describe('a status becomes a code', () => {
  const credit = 'Your team 1 has either used all available credits or reached its monthly spending limit.'
  test.each([
    [
      400,
      '{"code":"3","error":"Failed to query_billing_items(), Invalid argument provided."}',
      'UPSTREAM_REJECTED',
    ],
    [400, '{"code":"x","error":"Incorrect API key provided: xa***ij."}', 'UPSTREAM_UNAUTHORIZED'],
    [400, '{"error":"Incorrect%20API%20key%20provided"}', 'UPSTREAM_UNAUTHORIZED'],
    [401, '', 'UPSTREAM_UNAUTHORIZED'],
    [402, '{}', 'UPSTREAM_OUT_OF_CREDIT'],
    [403, '{"code":"The caller does not have permission","error":"no"}', 'UPSTREAM_FORBIDDEN'],
    [403, JSON.stringify({ code: 'permission-denied', error: credit }), 'UPSTREAM_OUT_OF_CREDIT'],
    [403, '{"error":"This key may not read the spending limits of the team."}', 'UPSTREAM_FORBIDDEN'],
    [404, '{"error":{"code":"not_found","message":"unknown team"}}', 'UPSTREAM_NOT_FOUND'],
    [405, '', 'UPSTREAM_REJECTED'],
    [422, '{"message":"no"}', 'UPSTREAM_REJECTED'],
    [429, '{"code":"Some resource has been exhausted","error":"slow down"}', 'UPSTREAM_RATE_LIMITED'],
    [429, JSON.stringify({ code: 'permission-denied', error: credit }), 'UPSTREAM_OUT_OF_CREDIT'],
  ])('%i %s is %s, and is not asked again', async (status, body, code) => {
    nock(API).get('/thing').reply(status, body, { 'content-type': 'application/json' })
    expect((await failure(get())).code).toBe(code)
  })

  test.each([500, 502, 503, 504])('%i is UPSTREAM_FAILED after three tries', async (status) => {
    const scope = nock(API).get('/thing').times(3).reply(status, '<html>Bad gateway</html>')
    const error = await failure(get())
    expect(error).toMatchObject({ code: 'UPSTREAM_FAILED', permanent: false })
    scope.done()
  })

  test('a 403 names the permission that is needed', async () => {
    nock(API).get('/thing').reply(403, '{"error":"no"}')
    const { message } = await failure(get({}, 'team-token:endpoint:BillingRead'))
    expect(message).toBe(`GET ${API}/thing: 403 (no); it needs team-token:endpoint:BillingRead`)
  })

  test.each([301, 302, 307, 308])('a redirect (%i) is not followed', async (status) => {
    nock(API).get('/thing').reply(status, '', { location: 'https://elsewhere.example/' })
    const elsewhere = nock('https://elsewhere.example').get('/').reply(200, '{"ok": true}')
    expect(await failure(get())).toMatchObject({
      code: 'UPSTREAM_UNREADABLE',
      message: expect.stringContaining('redirect') as string,
    })
    expect(elsewhere.isDone()).toBe(false)
  })

  test.each([200, 400, 403, 404])(
    'HTML from a proxy with %i says nothing of the provider',
    async (status) => {
      nock(API)
        .get('/thing')
        .reply(status, '<!DOCTYPE html><h1>Blocked</h1>', { 'content-type': 'text/html' })
      expect(await failure(get())).toMatchObject({
        code: 'UPSTREAM_UNREADABLE',
        message: expect.stringContaining('HTML page, perhaps of a proxy') as string,
      })
    },
  )
})

describe('trying again', () => {
  test('a passing failure is got over', async () => {
    nock(API)
      .get('/thing')
      .reply(500, '')
      .get('/thing')
      .replyWithError('gone')
      .get('/thing')
      .reply(200, '{"ok": "true"}')
    expect(await get()).toEqual({ value: true, fetchedAt: NOW })
  })

  test('a short Retry-After is waited for', async () => {
    nock(API).get('/thing').reply(429, '', { 'retry-after': '0' }).get('/thing').reply(200, '{"ok": true}')
    expect(await get()).toMatchObject({ value: true })
  })

  test('a long Retry-After is passed on, in seconds', async () => {
    nock(API).get('/thing').reply(429, '{}', { 'retry-after': '3600' })
    expect(await failure(get())).toMatchObject({ code: 'UPSTREAM_RATE_LIMITED', retryAfterMs: 3_600_000 })
  })

  test('a long Retry-After keeps a 503 from being asked again', async () => {
    nock(API).get('/thing').reply(503, '', { 'retry-after': '120' })
    expect(await failure(get())).toMatchObject({ code: 'UPSTREAM_FAILED', retryAfterMs: 120_000 })
  })

  test('a Retry-After date counts from the server’s own clock, else from ours', async () => {
    const date = (instant: number): string => new Date(instant).toUTCString()
    const hourOff = NOW - 3_600_000
    nock(API)
      .get('/thing')
      .reply(429, '', { date: date(hourOff), 'retry-after': date(hourOff + 60_000) })
    expect(await failure(get())).toMatchObject({ retryAfterMs: 60_000 })
    nock(API)
      .get('/thing')
      .reply(429, '', { 'retry-after': date(NOW + 90_000) })
    expect(await failure(get())).toMatchObject({ retryAfterMs: 90_000 })
  })

  test.each(['', 'soon', '-5', '1.5', '99999999999'])(
    'with "%s" as Retry-After the pace is left to the caller',
    async (value) => {
      nock(API).get('/thing').reply(429, '', { 'retry-after': value })
      expect(await failure(get())).toMatchObject({ code: 'UPSTREAM_RATE_LIMITED', retryAfterMs: undefined })
    },
  )
})

describe('an answer that cannot be used', () => {
  test.each([
    ['an empty body', ''],
    ['blank', ' \n'],
    ['truncated', '{"ok": tr'],
    ['HTML without a content type', '  <html><body>Login</body></html>'],
    ['another shape', '{"okay": true}'],
    ['an array', '[]'],
    ['nested beyond all measure', '['.repeat(200_000)],
  ])('%s is unreadable', async (_, body) => {
    nock(API).get('/thing').reply(200, body)
    expect((await failure(get())).code).toBe('UPSTREAM_UNREADABLE')
  })

  test('says where its shape is wrong', async () => {
    nock(API).get('/thing').reply(200, '{"ok": [1]}')
    const error = await failure(get())
    expect(error.message).toBe(`GET ${API}/thing: $.ok: expected true or false, found an array`)
    expect(error.cause).toBeInstanceOf(JsonShapeError)
  })

  test('a defect of our own reading is not blamed on the provider', async () => {
    nock(API).get('/thing').reply(200, '{}')
    const read = (): never => {
      throw new RangeError('ours')
    }
    expect((await failure(client().get('/thing', read, { signal: signal() }))).code).toBe('INTERNAL')
  })

  test.each([
    [19, 'UPSTREAM_TOO_LARGE'],
    [20, undefined],
  ])('under a limit of %i bytes twenty bytes are %s', async (maxBytes, code) => {
    nock(API).get('/thing').reply(200, '{"ok": true}        ')
    const result = await get({ maxBytes }).catch((error: unknown) => error)
    expect(result instanceof UsageExplorerError ? result.code : undefined).toBe(code)
  })

  test('the limit counts what a compressed body unpacks to', async () => {
    const packed = gzipSync(`{"ok": true${' '.repeat(1_000_000)}}`)
    const baseUrl = await serve((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed)
    })
    expect((await failure(get({ baseUrl, maxBytes: 100_000 }))).code).toBe('UPSTREAM_TOO_LARGE')
  })

  test('a body in pieces is put together, emoji that were torn apart included', async () => {
    const bytes = Buffer.from('{"name": "rocket 🚀"}')
    const baseUrl = await serve((_, response) => {
      response.write(bytes.subarray(0, 18))
      setImmediate(() => response.end(bytes.subarray(18)))
    })
    const read = (root: JsonNode): string => root.get('name').text()
    expect((await client({ baseUrl }).get('/thing', read, { signal: signal() })).value).toBe('rocket 🚀')
  })
})

describe('the network', () => {
  test('a server that never answers is a time-out', async () => {
    const baseUrl = await serve(() => undefined)
    const error = await failure(get({ baseUrl, timeoutMs: 20 }))
    expect(error).toMatchObject({ code: 'UPSTREAM_TIMEOUT', permanent: false })
    expect(error.message).toBe(`GET ${baseUrl}/thing: no complete answer within 20 ms`)
  })

  test('so is one that stops in the middle of its answer', async () => {
    const baseUrl = await serve((_, response) => response.write('{"ok": '))
    expect((await failure(get({ baseUrl, timeoutMs: 50 }))).code).toBe('UPSTREAM_TIMEOUT')
  })

  test('so is one that goes on for ever, a byte at a time', async () => {
    const baseUrl = await serve((_, response) => {
      const drip = setInterval(() => response.write(' '), 5)
      response.on('close', () => clearInterval(drip))
    })
    expect((await failure(get({ baseUrl, timeoutMs: 50 }))).code).toBe('UPSTREAM_TIMEOUT')
  })

  test.each(['before', 'during'])('a connection that is reset %s the answer is unreachable', async (when) => {
    let tries = 0
    const baseUrl = await serve((request, response) => {
      tries++
      if (when === 'during') response.writeHead(200, { 'content-length': '100' }).write('{"ok": true}')
      setImmediate(() => request.socket.resetAndDestroy())
    })
    expect((await failure(get({ baseUrl }))).code).toBe('UPSTREAM_UNREACHABLE')
    expect(tries).toBe(3)
  })

  test.each([
    ['more bytes than it sends', 100, '{"ok": true}', 'UPSTREAM_UNREACHABLE'],
    ['fewer, inside of the JSON', 5, '{"ok": true}', 'UPSTREAM_UNREADABLE'],
    ['none at all', 0, '{"ok": true}', 'UPSTREAM_UNREADABLE'],
  ])('an answer whose Content-Length says %s is not taken for whole', async (_, length, body, code) => {
    const baseUrl = await serve(({ socket }) => {
      socket.end(
        `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${body}`,
      )
    })
    expect((await failure(get({ baseUrl }))).code).toBe(code)
  })

  test('a port where nobody listens is unreachable, with the system’s reason', async () => {
    const baseUrl = await serve(() => undefined)
    await new Promise((resolve) => servers.pop()?.close(resolve))
    const error = await failure(get({ baseUrl }))
    expect(error.code).toBe('UPSTREAM_UNREACHABLE')
    expect(error.message).toContain('ECONNREFUSED')
    expect(error.cause).toBeInstanceOf(TypeError)
  })

  test('a plain server behind an https address is unreachable', async () => {
    const baseUrl = (await serve(() => undefined)).replace('http:', 'https:')
    expect((await failure(get({ baseUrl }))).code).toBe('UPSTREAM_UNREACHABLE')
  })

  test.each(['ENOTFOUND', 'EAI_AGAIN', 'CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT'])(
    '%s is unreachable',
    async (code) => {
      nock(API)
        .get('/thing')
        .times(3)
        .replyWithError(Object.assign(new Error('no'), { code }))
      const error = await failure(get())
      expect(error.code).toBe('UPSTREAM_UNREACHABLE')
      expect(error.message).toContain(code)
    },
  )

  test('ETIMEDOUT is a time-out', async () => {
    nock(API)
      .get('/thing')
      .times(3)
      .replyWithError(Object.assign(new Error('no'), { code: 'ETIMEDOUT' }))
    expect((await failure(get())).code).toBe('UPSTREAM_TIMEOUT')
  })

  test('an abort ends the call with its reason and without another try', async () => {
    const stop = new AbortController()
    const reason = new Error('shutting down')
    let tries = 0
    const baseUrl = await serve(() => {
      tries++
      stop.abort(reason)
    })
    const call = client({ baseUrl }).get('/thing', () => null, { signal: stop.signal })
    await expect(call).rejects.toBe(reason)
    expect(tries).toBe(1)
  })

  test('nothing is asked once the signal is aborted', async () => {
    const call = client().get('/thing', () => null, { signal: AbortSignal.abort(new Error('stopped')) })
    await expect(call).rejects.toThrow('stopped')
  })
})

describe('the key', () => {
  const everything = (error: UsageExplorerError): string =>
    `${inspect(error, { depth: 9 })} ${JSON.stringify(error)}`

  test.each([400, 401, 403, 404, 429, 500])('is not in the error when a %i echoes it', async (status) => {
    nock(API)
      .get('/thing')
      .times(3)
      .reply(status, JSON.stringify({ error: `bad key ${KEY}, I said ${KEY}` }))
    const error = await failure(get())
    expect(error.message).toContain('bad key [secret], I said [secret]')
    expect(everything(error)).not.toContain(KEY)
  })

  test('is not in the error in part when a long text is shortened in its middle', async () => {
    nock(API)
      .get('/thing')
      .reply(401, `${'x'.repeat(290)}${KEY}`)
    const error = await failure(get())
    expect(everything(error)).not.toContain(KEY.slice(0, 8))
  })

  test('is not in the error when the body that echoes it is unreadable', async () => {
    nock(API).get('/thing').reply(200, `{"ok": "${KEY}`)
    expect(everything(await failure(get()))).not.toContain(KEY)
    nock(API).get('/thing').reply(200, `{"ok": "${KEY}"}`)
    expect(everything(await failure(get()))).not.toContain(KEY)
  })

  test.each([`${KEY}\n`, `${KEY} x`, `${KEY}\u2028`, ''])(
    'that no header can carry (%j) is refused unquoted',
    async (key) => {
      const error = await failure(get({ credential: new Secret(key) }))
      expect(error.code).toBe('UPSTREAM_UNAUTHORIZED')
      expect(everything(error)).not.toContain(KEY)
    },
  )

  test('texts of the provider come without line breaks and control characters', async () => {
    nock(API)
      .get('/thing')
      .reply(400, JSON.stringify({ error: 'line one\r\nlevel=fatal \u001b[31mred' }))
    expect((await failure(get())).message).toBe(`GET ${API}/thing: 400 (line one level=fatal [31mred)`)
  })
})
