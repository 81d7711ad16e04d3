/** Real clients of providers, each in its own way: watched once, with nothing changed for the app. */
import Anthropic from '@anthropic-ai/sdk'
import { createOpenAI } from '@ai-sdk/openai'
import { generateText, streamText } from 'ai'
import axios from 'axios'
import got from 'got'
import OpenAi6 from 'openai'
import OpenAi4 from 'openai-4'
import OpenAi5 from 'openai-5'
import { request as undiciRequest } from 'undici'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { install, onUsage, uninstall, type Call } from '../../instrumentation/src/index.ts'
import { startLlmServer, type LlmServer } from '../support/llm-server.ts'

let server: LlmServer
const calls: Call[] = []
const KEY = 'xai-0123456789abcdefghijklmnop3Xxp'

beforeAll(async () => {
  server = await startLlmServer()
  install({
    gateways: {
      [`${server.url}/xai`]: 'xai',
      [`${server.url}/anthropic`]: 'anthropic',
    },
  })
  onUsage((call) => calls.push(call))
})
afterAll(async () => {
  await uninstall()
  await server.close()
})
beforeEach(() => calls.splice(0))

const PROMPT = [{ role: 'user' as const, content: 'Hi' }]
const TEXT = 'Hello there, wörld 😀!'
/** Chat of xAI, as the server tells it. */
const CHAT = {
  prompt_tokens: 119,
  completion_tokens: 107,
  total_tokens: 226,
  cache_read_tokens: 19,
  cache_write_tokens: 0,
  reasoning_tokens: 98,
  web_search_count: 0,
  request_count: 1,
  cost_breakdown: expect.objectContaining({
    total_cost: '0.0318319',
    currency: 'USD',
    source: 'reported',
  }) as unknown,
}

/** The one call that was seen. */
async function seen(): Promise<Call> {
  await expect.poll(() => calls.length).toBeGreaterThan(0)
  await new Promise((resolve) => setTimeout(resolve, 30))
  expect(calls).toHaveLength(1)
  const [call] = calls
  if (call === undefined) throw new Error('no call was seen')
  expect(call).toMatchObject({ status: 200, errorType: undefined })
  return call
}

describe.each([
  ['openai 4', OpenAi4 as unknown as typeof OpenAi6],
  ['openai 5', OpenAi5 as unknown as typeof OpenAi6],
  ['openai 6', OpenAi6],
])('%s', (name, OpenAi) => {
  const client = () => new OpenAi({ apiKey: KEY, baseURL: `${server.url}/xai/v1`, maxRetries: 0 })

  test('chat', async () => {
    const answer = await client().chat.completions.create({ model: 'grok-4', messages: PROMPT })
    expect(answer.choices[0]?.message.content).toBe(TEXT)
    const call = await seen()
    expect(call).toMatchObject({
      provider: 'xai',
      operation: 'chat',
      endpoint: '/v1/chat/completions',
      model: 'grok-4-0709',
      responseId: 'chat-1',
      streamed: false,
      usage: CHAT,
      key: { redacted: 'xai-...3Xxp' },
    })
    expect(call.rateLimits).toEqual([
      { kind: 'requests', window: '', limit: 480, remaining: 479, resetSeconds: undefined },
    ])
  })

  test('a chat stream', async () => {
    const stream = await client().chat.completions.create({ model: 'grok-4', messages: PROMPT, stream: true })
    let text = ''
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
    expect(text).toBe(TEXT)
    const call = await seen()
    expect(call).toMatchObject({ streamed: true, model: 'grok-4-0709', usage: CHAT })
    expect(call.timeToFirstTokenMs).toBeGreaterThan(0)
    expect(call.timeToFirstTokenMs).toBeLessThan(call.durationMs)
  })

  test('withResponse and asResponse', async () => {
    const { data, response } = await client()
      .chat.completions.create({ model: 'grok-4', messages: PROMPT })
      .withResponse()
    expect(data.choices[0]?.message.content).toBe(TEXT)
    expect(response.url).toBe(`${server.url}/xai/v1/chat/completions`)
    expect((await seen()).usage).toEqual(CHAT)
  })

  test('responses, and embeddings', async () => {
    const answer = await client().responses.create({ model: 'grok-4', input: 'Hi' })
    expect(answer.output_text).toBe(TEXT)
    expect((await seen()).usage).toMatchObject({
      prompt_tokens: 100,
      completion_tokens: 50,
      reasoning_tokens: 20,
    })
    calls.splice(0)
    await client().embeddings.create({
      model: 'text-embedding-3-small',
      input: 'Hi',
      encoding_format: 'float',
    })
    expect(await seen()).toMatchObject({
      operation: 'embeddings',
      usage: { prompt_tokens: 8, completion_tokens: 0 },
    })
  })

  test('a stream of responses', async () => {
    const stream = await client().responses.create({ model: 'grok-4', input: 'Hi', stream: true })
    let text = ''
    for await (const event of stream) if (event.type === 'response.output_text.delta') text += event.delta
    expect(text).toBe(TEXT)
    expect((await seen()).usage).toMatchObject({ total_tokens: 150, cost_breakdown: { total_cost: '0.001' } })
  })

  test('retries are calls of their own', async () => {
    const patient = new OpenAi({ apiKey: KEY, baseURL: `${server.url}/xai/v1`, maxRetries: 1 })
    const order = { model: 'grok-4', messages: [{ role: 'user' as const, content: 'behaviour:failing' }] }
    await expect(patient.chat.completions.create(order)).rejects.toThrow('boom')
    await expect.poll(() => calls.length).toBe(2)
    // Version 4 goes through node:http, where a request's body is out of sight and only answers name the model.
    const model = name === 'openai 4' ? '' : 'grok-4'
    const failure = { errorType: 'server', status: 500, usage: undefined, model }
    expect(calls).toEqual([expect.objectContaining(failure), expect.objectContaining(failure)])
  })
})

describe('@anthropic-ai/sdk', () => {
  const client = () => new Anthropic({ apiKey: KEY, baseURL: `${server.url}/anthropic`, maxRetries: 0 })
  const ORDER = { model: 'claude-sonnet-4-5', max_tokens: 10, messages: PROMPT }
  const USAGE = { prompt_tokens: 30, completion_tokens: 15, cache_read_tokens: 5 }

  test('messages, priced by the catalogue', async () => {
    await client().messages.create(ORDER)
    expect(await seen()).toMatchObject({
      provider: 'anthropic',
      usage: {
        ...USAGE,
        // 25 × 3 + 5 × 0.30 + 15 × 15 USD a million
        cost_breakdown: { total_cost: '0.0003015', prompt_cost: '0.000075', source: 'catalogue' },
      },
    })
  })

  test('a stream of messages', async () => {
    let text = ''
    for await (const event of client().messages.stream(ORDER)) {
      if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') text += event.delta.text
    }
    expect(text).toBe(TEXT)
    expect((await seen()).usage).toMatchObject(USAGE)
  })
})

describe('Vercel ai', () => {
  const model = () => createOpenAI({ apiKey: KEY, baseURL: `${server.url}/xai/v1` }).chat('grok-4')

  test('generateText and streamText', async () => {
    expect((await generateText({ model: model(), prompt: 'Hi' })).text).toBe(TEXT)
    expect((await seen()).usage).toEqual(CHAT)
    calls.splice(0)
    let text = ''
    for await (const part of streamText({ model: model(), prompt: 'Hi' }).textStream) text += part
    expect(text).toBe(TEXT)
    expect((await seen()).usage).toEqual(CHAT)
  })
})

describe('clients outside of fetch', () => {
  const body = { model: 'grok-4', messages: PROMPT }
  const headers = { authorization: `Bearer ${KEY}` }
  const url = () => `${server.url}/xai/v1/chat/completions`

  test.each(['', 'yes'])('axios, packed: %s', async (packed) => {
    const { data } = await axios.post<{ usage: unknown }>(url(), body, {
      headers: { ...headers, 'x-packed': packed },
    })
    expect(data.usage).toMatchObject({ total_tokens: 226 })
    expect(await seen()).toMatchObject({ usage: CHAT, key: { redacted: 'xai-...3Xxp' } })
  })

  test('axios with a stream', async () => {
    const { data } = await axios.post<NodeJS.ReadableStream>(
      url(),
      { ...body, stream: true },
      { headers, responseType: 'stream' },
    )
    let text = ''
    for await (const chunk of data) text += String(chunk)
    expect(text).toContain('[DONE]')
    expect(await seen()).toMatchObject({ streamed: true, usage: CHAT })
  })

  test('got', async () => {
    const answer = await got.post(url(), { json: body, headers }).json<{ model: string }>()
    expect(answer.model).toBe('grok-4-0709')
    expect((await seen()).usage).toEqual(CHAT)
  })

  test('undici', async () => {
    const answer = await undiciRequest(url(), {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    expect(await answer.body.json()).toMatchObject({ model: 'grok-4-0709' })
    expect((await seen()).usage).toEqual(CHAT)
  })

  test('a request that nobody answers is a failure of the network, and the app sees its own error', async () => {
    const nobody = url().replace(/:\d+/, ':1')
    await uninstall()
    install({
      gateways: {
        'http://127.0.0.1:1/xai': 'xai',
        [`${server.url}/xai`]: 'xai',
        [`${server.url}/anthropic`]: 'anthropic',
      },
    })
    onUsage((call) => calls.push(call))
    await expect(axios.post(nobody, body, { headers })).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await expect(fetch(nobody, { method: 'POST', body: '{}' })).rejects.toThrow('fetch failed')
    await expect
      .poll(() => calls.map(({ errorType, status }) => [errorType, status]))
      .toEqual([
        ['network', undefined],
        ['network', undefined],
      ])
  })
})
