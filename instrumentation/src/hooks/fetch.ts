/** Watches calls that go through `fetch`: the app gets the same bytes at the same time, and can hang up as before. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { watchedBody } from './body.ts'
import { edgesOf, headerIn, withUsageAsked } from './request.ts'
import type { WatchedCall } from '../watched-call.ts'
import type { Watcher } from '../watcher.ts'

export type Fetch = typeof globalThis.fetch
type FetchInput = Parameters<Fetch>[0]

/** Set while a watched fetch runs: what lies below it must not count the call again. */
const watched = new AsyncLocalStorage<true>()

export function isWatched(): boolean {
  return watched.getStore() === true
}

/** Runs what makes requests of our own, or requests that are watched already. */
export function unwatched<T>(fn: () => T): T {
  return watched.run(true, fn)
}

/** Refuses a call before it is made. */
export type Guard = (request: {
  readonly url: URL
  readonly body: string
  readonly header: (name: string) => string | undefined
}) => Error | undefined

const WRAPPED = Symbol.for('usage-explorer.wrapped')

export interface FetchHookOptions {
  readonly watcher: Watcher
  readonly includeUsage: boolean
  readonly guard?: Guard | undefined
  /** The report of a response, for whoever asks for it. */
  readonly responded?: (response: Response, call: WatchedCall) => void
}

/** A fetch that is watched; one that is already is returned as it is. */
export function watchFetch(fetch: Fetch, options: FetchHookOptions): Fetch {
  if (WRAPPED in fetch) return fetch
  const { watcher, includeUsage, guard, responded } = options
  const wrapper = function (this: unknown, input: FetchInput, init?: RequestInit): Promise<Response> {
    const seen = isWatched() ? undefined : see(watcher, input, init)
    if (seen === undefined) return fetch.call(this, input, init)
    const refusal = guard?.({ url: seen.url, body: seen.bodyEdges(), header: seen.header })
    if (refusal !== undefined) return Promise.reject(refusal)
    const call = watcher.begin(seen)
    const asked = includeUsage ? withUsageAsked(seen.url, init) : init
    return unwatched(() => fetch.call(this, input, asked)).then(
      (response) => (call === undefined ? response : watchedResponse(response, call, watcher, responded)),
      (thrown: unknown) => {
        call?.failed(thrown)
        throw thrown
      },
    )
  }
  Object.defineProperty(wrapper, WRAPPED, { value: true })
  Object.defineProperty(wrapper, 'name', { value: 'fetch' })
  return wrapper
}

function see(watcher: Watcher, input: FetchInput, init: RequestInit | undefined) {
  try {
    const request = input instanceof Request ? input : undefined
    const method = (init?.method ?? request?.method ?? 'GET').toUpperCase()
    if (method !== 'POST') return undefined
    const url = new URL(input instanceof Request ? input.url : input)
    if (watcher.targetOf(url, method) === undefined) return undefined
    const header = headerIn(init?.headers ?? request?.headers)
    return { url, method, header, bodyEdges: () => edgesOf(init?.body) }
  } catch {
    // What fetch itself will refuse is fetch's to refuse.
    return undefined
  }
}

function watchedResponse(
  response: Response,
  call: WatchedCall,
  watcher: Watcher,
  responded: FetchHookOptions['responded'],
): Response {
  try {
    call.responded(response.status, response.headers)
    if (response.body === null) {
      call.complete()
      responded?.(response, call)
      return response
    }
    const { status, statusText, headers } = response
    const replaced = new Response(watchedBody(response.body, call, watcher.failed), {
      status,
      statusText,
      headers,
    })
    for (const name of ['url', 'redirected', 'type'] as const) {
      Object.defineProperty(replaced, name, { value: response[name], configurable: true })
    }
    responded?.(replaced, call)
    return replaced
  } catch (thrown) {
    watcher.failed(thrown)
    return response
  }
}
