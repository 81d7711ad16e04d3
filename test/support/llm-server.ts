/** A server on this machine that answers like LLM providers do, JSON or server-sent events, and sees who hangs up. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { onTestFinished } from 'vitest'

export interface Served {
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
  /** Events or pieces that were written. */
  written: number
  hungUp: boolean
}

export interface LlmServer {
  readonly url: string
  readonly served: Served[]
  close(): Promise<void>
}

const CHAT_USAGE = {
  prompt_tokens: 119,
  completion_tokens: 9,
  total_tokens: 226,
  prompt_tokens_details: { cached_tokens: 19 },
  completion_tokens_details: { reasoning_tokens: 98 },
  cost_in_usd_ticks: 318_319_000,
}

const WORDS = ['Hello', ' there', ',', ' wörld', ' 😀', '!']

/** What a request asks of the server besides an answer: in its prompt, so that every client can say it. */
export type Behaviour =
  'plain' | 'slow' | 'endless' | 'torn' | 'limited' | 'failing' | 'large' | 'error-event'

/** Starts it on a free port. */
export async function startLlmServer(): Promise<LlmServer> {
  const served: Served[] = []
  const server = createServer((request, response) => {
    void answer(request, response, served)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    served,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** As {@link startLlmServer}, closed when the test ends. */
export async function llmServer(): Promise<LlmServer> {
  const server = await startLlmServer()
  onTestFinished(() => server.close())
  return server
}

async function answer(request: IncomingMessage, response: ServerResponse, served: Served[]): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const body = Buffer.concat(chunks).toString('utf8')
  const one: Served = { path: request.url ?? '', headers: request.headers, body, written: 0, hungUp: false }
  served.push(one)
  response.on('close', () => {
    one.hungUp = !response.writableFinished
  })
  const behaviour = (/behaviour:([a-z-]+)/.exec(body)?.[1] ?? 'plain') as Behaviour
  const limits = { 'x-ratelimit-limit-requests': '480', 'x-ratelimit-remaining-requests': '479' }
  const failures: Partial<Record<Behaviour, readonly [number, string]>> = {
    limited: [429, 'Rate limit exceeded'],
    failing: [500, 'boom'],
  }
  const failure = failures[behaviour]
  if (failure !== undefined) {
    sendJson(request, response, failure[0], { error: { message: failure[1] } })
    return
  }
  if (behaviour === 'large') return sendLarge(response, one)
  if (/"stream":\s*true/.test(body)) return sendEvents(response, one, eventsFor(one.path), behaviour)
  for (const [name, value] of Object.entries(limits)) response.setHeader(name, value)
  sendJson(request, response, 200, bodyFor(one.path))
}

function sendJson(request: IncomingMessage, response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body)
  const packs =
    String(request.headers['accept-encoding']).includes('gzip') && request.headers['x-packed'] === 'yes'
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(packs && { 'content-encoding': 'gzip' }),
  })
  response.end(packs ? gzipSync(text) : text)
}

/** 60 MB of JSON with its usage at the end. */
async function sendLarge(response: ServerResponse, one: Served): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.write('{"id":"large","model":"grok-4","data":"')
  const piece = 'x'.repeat(1024 * 1024)
  for (let at = 0; at < 60 && !one.hungUp; at++) {
    one.written++
    if (!response.write(piece)) {
      const abort = new AbortController()
      const woken = (event: string): Promise<unknown> =>
        once(response, event, { signal: abort.signal }).catch(() => undefined)
      await Promise.race([woken('drain'), woken('close')])
      abort.abort()
    }
  }
  response.end(`","usage":${JSON.stringify(CHAT_USAGE)}}`)
}

async function sendEvents(
  response: ServerResponse,
  one: Served,
  events: readonly string[],
  behaviour: Behaviour,
): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  const content = events.findIndex((event) => event.includes(WORDS[1] ?? ''))
  const all = behaviour === 'endless' ? Array.from({ length: 400 }, () => events[content] ?? '') : events
  for (const [at, event] of all.entries()) {
    if (one.hungUp) return
    if (behaviour === 'torn' && at === 3) {
      response.destroy()
      return
    }
    if (behaviour === 'error-event' && at === 3) {
      response.write('data: {"error":{"type":"overloaded_error","message":"busy"}}\n\n')
      break
    }
    response.write(event)
    one.written++
    await sleep(behaviour === 'slow' || behaviour === 'endless' ? 10 : 1)
  }
  response.end()
}

function bodyFor(path: string): object {
  if (path.endsWith('/messages')) {
    return {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'claude-sonnet-4-5',
      content: [{ type: 'text', text: WORDS.join('') }],
      stop_reason: 'end_turn',
      usage: { input_tokens: 25, cache_read_input_tokens: 5, output_tokens: 15 },
    }
  }
  if (path.endsWith('/responses')) return responsesBody()
  if (path.endsWith('/embeddings')) {
    return {
      object: 'list',
      model: 'text-embedding-3-small',
      data: [{ object: 'embedding', index: 0, embedding: [0.1, 0.2] }],
      usage: { prompt_tokens: 8, total_tokens: 8 },
    }
  }
  return {
    id: 'chat-1',
    object: 'chat.completion',
    created: 1,
    model: 'grok-4-0709',
    choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: WORDS.join('') } }],
    usage: CHAT_USAGE,
  }
}

function responsesBody(): object {
  return {
    id: 'resp_1',
    object: 'response',
    created_at: 1,
    status: 'completed',
    model: 'grok-4-0709',
    output: [
      {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'output_text', text: WORDS.join(''), annotations: [] }],
      },
    ],
    usage: {
      input_tokens: 100,
      input_tokens_details: { cached_tokens: 30 },
      output_tokens: 50,
      output_tokens_details: { reasoning_tokens: 20 },
      total_tokens: 150,
      cost_in_usd_ticks: 10_000_000,
    },
  }
}

function eventsFor(path: string): string[] {
  const data = (event: object): string => `data: ${JSON.stringify(event)}\n\n`
  if (path.endsWith('/messages')) {
    const named = (event: { type: string }): string => `event: ${event.type}\n${data(event)}`
    const message = {
      ...bodyFor(path),
      content: [],
      usage: { input_tokens: 25, cache_read_input_tokens: 5, output_tokens: 1 },
    }
    return [
      named({ type: 'message_start', message } as { type: string }),
      named({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } } as {
        type: string
      }),
      ...WORDS.map((text) =>
        named({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } } as {
          type: string
        }),
      ),
      named({ type: 'content_block_stop', index: 0 } as { type: string }),
      named({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 15 } } as {
        type: string
      }),
      named({ type: 'message_stop' }),
    ]
  }
  if (path.endsWith('/responses')) {
    const named = (event: { type: string }): string => `event: ${event.type}\n${data(event)}`
    return [
      named({
        type: 'response.created',
        response: { ...responsesBody(), status: 'in_progress', output: [], usage: null },
      } as { type: string }),
      ...WORDS.map((delta, at) =>
        named({
          type: 'response.output_text.delta',
          item_id: 'msg_1',
          output_index: 0,
          content_index: 0,
          sequence_number: at,
          delta,
        } as { type: string }),
      ),
      named({ type: 'response.completed', response: responsesBody() } as { type: string }),
    ]
  }
  const chunk = (choices: object[], more: object = {}): string =>
    data({
      id: 'chat-1',
      object: 'chat.completion.chunk',
      created: 1,
      model: 'grok-4-0709',
      choices,
      ...more,
    })
  return [
    chunk([{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }]),
    ...WORDS.map((content) => chunk([{ index: 0, delta: { content }, finish_reason: null }])),
    chunk([{ index: 0, delta: {}, finish_reason: 'stop' }]),
    chunk([], { usage: CHAT_USAGE }),
    'data: [DONE]\n\n',
  ]
}
