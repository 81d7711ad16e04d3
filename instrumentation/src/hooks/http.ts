/** Watches calls that go through `node:http` and `node:https` (axios, got, node-fetch), by Node's own diagnostics channels. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { ClientRequest, IncomingMessage } from 'node:http'
import type { WatchedCall } from '../watched-call.ts'
import type { Watcher } from '../watcher.ts'
import { collectPacked, type Packed } from './packed.ts'
import { isCounted } from './expected.ts'

/** Starts watching; returns what ends it. */
export function watchHttp(watcher: Watcher): () => void {
  const calls = new WeakMap<ClientRequest, WatchedCall>()
  const errors = new WeakMap<ClientRequest, unknown>()

  const onStart = (message: unknown): void => {
    try {
      const { request } = message as { request: ClientRequest }
      if (request.method !== 'POST') return
      const url = new URL(
        `${request.protocol}//${request.getHeader('host')?.toString() ?? request.host}${request.path}`,
      )
      if (isCounted(url)) return
      const header = (name: string): string | undefined => request.getHeader(name)?.toString()
      // The body is in the socket's hands by now; the response tells the model.
      const target = watcher.targetOf(url)
      const call = target && watcher.begin({ url, target, header, bodyEdges: () => '' })
      if (call === undefined) return
      calls.set(request, call)
      // Listening to `error` would keep an app's unhandled one from being seen; `close` comes in any case.
      request.once('close', () => {
        if (call.status === undefined) call.failed(errors.get(request) ?? request.errored ?? abortion())
      })
    } catch (thrown) {
      watcher.failed(thrown)
    }
  }
  const onResponse = (message: unknown): void => {
    try {
      const { request, response } = message as { request: ClientRequest; response: IncomingMessage }
      const call = calls.get(request)
      if (call !== undefined) watchResponse(response, call, watcher)
    } catch (thrown) {
      watcher.failed(thrown)
    }
  }
  const onError = (message: unknown): void => {
    const { request, error } = message as { request: ClientRequest; error: unknown }
    if (calls.has(request)) errors.set(request, error)
  }
  subscribe('http.client.request.start', onStart)
  subscribe('http.client.request.error', onError)
  subscribe('http.client.response.finish', onResponse)
  return () => {
    unsubscribe('http.client.request.start', onStart)
    unsubscribe('http.client.request.error', onError)
    unsubscribe('http.client.response.finish', onResponse)
  }
}

function watchResponse(response: IncomingMessage, call: WatchedCall, watcher: Watcher): void {
  const headers = Object.entries(response.headers).map(
    ([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')] as const,
  )
  call.responded(response.statusCode ?? 0, headers)
  const packed = collectPacked(response.headers['content-encoding'])
  // A `data` listener would make the stream flow before the app reads it; what is pushed can be seen without one.
  const push = response.push.bind(response)
  response.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
    try {
      if (chunk instanceof Uint8Array) feed(call, packed, chunk)
    } catch (thrown) {
      watcher.failed(thrown)
    }
    return push(chunk, encoding)
  }
  response.once('close', () => {
    void finish(response, call, packed, watcher)
  })
}

async function finish(
  response: IncomingMessage,
  call: WatchedCall,
  packed: Packed | undefined,
  watcher: Watcher,
): Promise<void> {
  try {
    for (const chunk of (await packed?.unpack()) ?? []) call.chunk(chunk)
  } catch (thrown) {
    watcher.failed(thrown)
  }
  if (response.complete) call.complete()
  else if (response.errored !== null && !isAbortion(response.errored)) call.failed(response.errored)
  else call.cut()
}

function feed(call: WatchedCall, packed: Packed | undefined, chunk: Uint8Array): void {
  if (packed === undefined) call.chunk(chunk)
  else packed.push(chunk)
}

function isAbortion(thrown: Error): boolean {
  return thrown.message === 'aborted' || thrown.name === 'AbortError'
}

function abortion(): Error {
  return Object.assign(new Error('the request was closed before a response came'), { name: 'AbortError' })
}
