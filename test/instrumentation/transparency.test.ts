/** The watched app is never hurt: same bytes, same pace, same hang-ups, with and without us. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import axios from 'axios'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  instrumentFetch,
  onUsage,
  uninstall,
  usageOf,
  withLabels,
  type Call,
} from '../../instrumentation/src/index.ts'
import { startLlmServer, type Behaviour, type LlmServer, type Served } from '../support/llm-server.ts'

let server: LlmServer
let watched: typeof fetch
const calls: Call[] = []

beforeAll(async () => {
  server = await startLlmServer()
  watched = instrumentFetch(fetch, { gateways: { [server.url]: 'xai' } })
  onUsage((call) => calls.push(call))
  onUsage(() => {
    throw new Error('a listener that fails')
  })
})
afterAll(async () => {
  await uninstall()
  await server.close()
})
beforeEach(() => {
  calls.splice(0)
  server.served.splice(0)
})

const WAYS = [
  ['without us', () => fetch, false],
  ['with us', () => watched, true],
] as const

const order = (behaviour: Behaviour, stream: boolean): string =>
  JSON.stringify({ model: 'grok-4', stream, messages: [{ role: 'user', content: `behaviour:${behaviour}` }] })
const post = (
  way: typeof fetch,
  behaviour: Behaviour,
  stream = true,
  init: RequestInit = {},
): Promise<Response> =>
  way(`${server.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: 'Bearer xai-0123456789abcdef3Xxp', 'content-type': 'application/json' },
    body: order(behaviour, stream),
    ...init,
  })
const lastServed = (): Served => {
  const one = server.served.at(-1)
  if (one === undefined) throw new Error('nothing was served')
  return one
}

describe('the answer', () => {
  test.each(['plain', 'failing', 'limited', 'error-event'] as const)(
    '%s has the same bytes and the same face',
    async (behaviour) => {
      for (const stream of [true, false]) {
        const [bare, seen] = await Promise.all([
          post(fetch, behaviour, stream),
          post(watched, behaviour, stream),
        ])
        expect(Buffer.from(await seen.arrayBuffer())).toEqual(Buffer.from(await bare.arrayBuffer()))
        const face = (response: Response) => {
          const { status, statusText, ok, url, redirected, type, bodyUsed } = response
          const headers = [...response.headers].filter(([name]) => name !== 'date')
          return { status, statusText, ok, url, redirected, type, bodyUsed, headers }
        }
        expect(face(seen)).toEqual(face(bare))
      }
    },
  )

  test('is a Response in all its ways: clone, tee, text, blob, reader with a buffer of its own', async () => {
    const response = await post(watched, 'plain', false)
    const [copy, other] = [response.clone(), response.clone()]
    expect(await copy.json()).toMatchObject({ id: 'chat-1' })
    expect((await other.blob()).size).toBeGreaterThan(100)
    expect(await response.text()).toContain('"id":"chat-1"')
    const bytes = await post(watched, 'plain', false)
    const reader = bytes.body?.getReader({ mode: 'byob' })
    const { value } = (await reader?.read(new Uint8Array(10))) ?? {}
    expect(new TextDecoder().decode(value)).toBe('{"id":"cha')
    await reader?.cancel()
  })
})

describe.each(WAYS)('%s', (_name, way, isWatched) => {
  test('a reader that has had enough is seen at the server at once', async () => {
    const response = await post(way(), 'endless')
    const reader = response.body?.getReader()
    for (let at = 0; at < 3; at++) await reader?.read()
    await reader?.cancel()
    await expect.poll(() => lastServed().hungUp).toBe(true)
    expect(lastServed().written).toBeLessThan(12)
    if (isWatched) await expect.poll(() => calls.map(({ errorType }) => errorType)).toEqual(['aborted'])
  })

  test('an abort is seen at the server at once, and by the app as its own', async () => {
    const abort = new AbortController()
    const response = await post(way(), 'endless', true, { signal: abort.signal })
    const reading = (async () => {
      const reader = response.body?.getReader()
      while ((await reader?.read())?.done === false);
    })()
    setTimeout(() => abort.abort(), 50)
    await expect(reading).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }) as Error)
    await expect.poll(() => lastServed().hungUp).toBe(true)
    expect(lastServed().written).toBeLessThan(20)
    if (isWatched)
      await expect
        .poll(() => calls.map(({ errorType, usage }) => [errorType, usage]))
        .toEqual([['aborted', undefined]])
  })

  test("a timeout before the first byte is the app's own error", async () => {
    const signal = AbortSignal.timeout(1)
    await expect(post(way(), 'slow', true, { signal })).rejects.toThrow(
      expect.objectContaining({ name: 'TimeoutError' }) as Error,
    )
    if (isWatched) await expect.poll(() => calls.map(({ errorType }) => errorType)).toEqual(['timeout'])
  })

  test('a stream that tears in its middle fails where it tore', async () => {
    const response = await post(way(), 'torn')
    let bytes = 0
    const reading = (async () => {
      for await (const chunk of response.body ?? []) bytes += (chunk as Uint8Array).length
    })()
    await expect(reading).rejects.toThrow('terminated')
    expect(bytes).toBeGreaterThan(300)
    if (isWatched)
      await expect
        .poll(() => calls.map(({ errorType, status }) => [errorType, status]))
        .toEqual([['network', 200]])
  })

  test('a slow reader holds the server back: 60 MB are not taken into memory', async () => {
    const response = await post(way(), 'large', false)
    const reader = response.body?.getReader()
    await reader?.read()
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(lastServed().written).toBeLessThan(20)
    await reader?.cancel()
    await expect.poll(() => lastServed().hungUp).toBe(true)
  })

  test('60 MB come through whole', async () => {
    const response = await post(way(), 'large', false)
    let bytes = 0
    for await (const chunk of response.body ?? []) bytes += (chunk as Uint8Array).length
    expect(bytes).toBeGreaterThan(60 * 1024 * 1024)
    if (isWatched)
      await expect
        .poll(() => calls.map(({ usage, model }) => [usage?.total_tokens, model]))
        .toEqual([[226, 'grok-4']])
  })
})

describe('what is counted', () => {
  test('is exact with many calls at once', async () => {
    const work = async (at: number): Promise<void> => {
      const team = `team-${at % 3}`
      await withLabels({ team }, async () => {
        const response = await post(watched, 'plain', at % 2 === 0)
        await response.text()
      })
    }
    await Promise.all(Array.from({ length: 120 }, (_, at) => work(at)))
    await expect.poll(() => calls.length).toBe(120)
    for (const team of ['team-0', 'team-1', 'team-2']) {
      const theirs = calls.filter(({ labels }) => labels.team === team)
      expect(theirs.map(({ usage }) => usage?.total_tokens)).toEqual(Array.from({ length: 40 }, () => 226))
    }
  })

  test('an error that a stream tells after it began', async () => {
    await (await post(watched, 'error-event')).text()
    await expect
      .poll(() => calls.map(({ errorType, status }) => [errorType, status]))
      .toEqual([['server', 200]])
  })

  test('a body that nobody reads ends when it is gone', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const leave = async (): Promise<void> => {
      await post(watched, 'plain', false)
    }
    await leave()
    await expect
      .poll(
        () => {
          collect()
          return calls.map(({ errorType, usage }) => [errorType, usage])
        },
        { timeout: 10_000 },
      )
      .toEqual([[undefined, undefined]])
  })

  test('by an app that never looks at usage is told by its response', async () => {
    const response = await post(watched, 'plain', false)
    await response.json()
    expect(await usageOf(response)).toMatchObject({ usage: { prompt_tokens: 119, total_tokens: 226 } })
    expect(await usageOf(new Response('x'))).toBeUndefined()
  })

  test('a watched fetch below another client is counted once', async () => {
    const { data } = await axios.post<{ id: string }>(
      `${server.url}/v1/chat/completions`,
      order('plain', false),
      {
        adapter: 'fetch',
        env: { fetch: watched },
        headers: { 'content-type': 'application/json' },
      },
    )
    expect(data.id).toBe('chat-1')
    await expect.poll(() => calls.length).toBe(1)
  })

  test('only calls of models are watched: other requests are fetched as if we were not there', async () => {
    const response = await watched(`${server.url}/v1/models`, { method: 'POST', body: '{}' })
    await response.text()
    expect(await usageOf(response)).toBeUndefined()
    expect(calls).toEqual([])
  })
})
