/** Watches calls that go through undici itself, whichever copy of it, by the channels that it publishes. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { WatchedCall } from '../watched-call.ts'
import type { Watcher } from '../watcher.ts'
import { isCounted } from './expected.ts'
import { collectPacked, type Packed } from './packed.ts'
import { edgesOf } from './request.ts'

/** What undici 6, 7 and 8 publish of a request. */
interface UndiciRequest {
  readonly origin: string | URL
  readonly path: string
  readonly method: string
  /** A header block before undici 6, names and values in turn since. */
  readonly headers: string | readonly (string | readonly string[])[]
  readonly body: unknown
  /** Internal, and the only place where bodies are seen before undici 7.11. */
  onData?: (chunk: Buffer) => unknown
}

/** What the channels publish; each publishes some of it. */
interface Published {
  readonly request: UndiciRequest
  readonly response: { readonly statusCode: number; readonly headers: readonly Buffer[] }
  readonly chunk: Buffer
  readonly error: unknown
}

interface Watch {
  readonly call: WatchedCall
  packed: Packed | undefined
  /** Bodies come by the channel where there is one, else by `onData`; never by both. */
  way: 'channel' | 'onData' | undefined
}

/** Starts watching; returns what ends it. */
export function watchUndici(watcher: Watcher): () => void {
  const watches = new WeakMap<object, Watch>()
  const guarded =
    (handle: (message: Published) => void) =>
    (message: unknown): void => {
      try {
        handle(message as Published)
      } catch (thrown) {
        watcher.failed(thrown)
      }
    }
  const take = (watch: Watch, way: 'channel' | 'onData', chunk: Uint8Array): void => {
    watch.way ??= way
    if (watch.way !== way) return
    if (watch.packed === undefined) watch.call.chunk(chunk)
    else watch.packed.push(chunk)
  }
  const handlers: readonly (readonly [string, (message: unknown) => void])[] = [
    [
      'undici:request:create',
      guarded(({ request }) => {
        if (request.method !== 'POST') return
        const url = new URL(request.path, request.origin)
        if (isCounted(url)) return
        const target = watcher.targetOf(url)
        if (target === undefined) return
        const call = watcher.begin({
          url,
          target,
          header: headerOf(request.headers),
          bodyEdges: () => edgesOf(request.body),
        })
        if (call === undefined) return
        const watch: Watch = { call, packed: undefined, way: undefined }
        watches.set(request, watch)
        const onData = request.onData
        if (typeof onData !== 'function') return
        request.onData = function (chunk) {
          guarded(() => take(watch, 'onData', chunk))(undefined)
          return onData.call(this, chunk)
        }
      }),
    ],
    [
      'undici:request:headers',
      guarded(({ request, response }) => {
        const watch = watches.get(request)
        if (watch === undefined) return
        const headers = pairsOf(response.headers)
        watch.call.responded(response.statusCode, headers)
        watch.packed = collectPacked(headers.find(([name]) => name === 'content-encoding')?.[1])
      }),
    ],
    [
      'undici:request:bodyChunkReceived',
      guarded(({ request, chunk }) => {
        const watch = watches.get(request)
        if (watch !== undefined) take(watch, 'channel', chunk)
      }),
    ],
    [
      'undici:request:trailers',
      guarded(({ request }) => {
        const watch = watches.get(request)
        if (watch !== undefined) void complete(watch, watcher)
      }),
    ],
    [
      'undici:request:error',
      guarded(({ request, error }) => {
        const call = watches.get(request)?.call
        if (call?.status === undefined) call?.failed(error)
        else call.cut()
      }),
    ],
  ]
  for (const [channel, handler] of handlers) subscribe(channel, handler)
  return () => {
    for (const [channel, handler] of handlers) unsubscribe(channel, handler)
  }
}

async function complete({ call, packed }: Watch, watcher: Watcher): Promise<void> {
  try {
    for (const chunk of (await packed?.unpack()) ?? []) call.chunk(chunk)
  } catch (thrown) {
    watcher.failed(thrown)
  }
  call.complete()
}

function headerOf(headers: UndiciRequest['headers']): (name: string) => string | undefined {
  if (typeof headers === 'string') {
    const pairs = headers.split('\r\n').map((line) => line.split(/:\s*/, 2))
    return (name) => pairs.find(([key]) => key?.toLowerCase() === name)?.[1]
  }
  return (name) => {
    const at = headers.findIndex((key, index) => index % 2 === 0 && String(key).toLowerCase() === name)
    return at < 0 ? undefined : String(headers[at + 1])
  }
}

function pairsOf(raw: readonly Buffer[]): (readonly [string, string])[] {
  return Array.from({ length: raw.length / 2 }, (_, at) => [
    String(raw[2 * at]).toLowerCase(),
    String(raw[2 * at + 1]),
  ])
}
