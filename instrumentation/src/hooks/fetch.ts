/** Watches calls that go through `fetch`: the app gets the same bytes at the same time, and can hang up as before. */
import { countedBelow, expectRequest, isBelow } from './expected.ts'
import { watchResponse } from './response.ts'
import { edgesOf, headerIn, withUsageAsked } from './request.ts'
import type { WatchedCall } from '../watched-call.ts'
import type { Watcher } from '../watcher.ts'

export type Fetch = typeof globalThis.fetch
type FetchInput = Parameters<Fetch>[0]

/** Node's own, as it was before anybody wrapped it. */
const native = globalThis.fetch

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
    const seen = isBelow() ? undefined : see(watcher, input, init)
    if (seen === undefined) return fetch.call(this, input, init)
    const refusal = guard?.({ url: seen.url, body: seen.bodyEdges(), header: seen.header })
    if (refusal !== undefined) return Promise.reject(refusal)
    const call = watcher.begin(seen)
    const asked = includeUsage ? withUsageAsked(seen.url, init) : init
    const isNative = fetch === native
    const release = isNative ? expectRequest(seen.url) : undefined
    const send = (): Promise<Response> => fetch.call(this, input, asked)
    return (isNative ? send() : countedBelow(send)).then(
      (response) => {
        release?.()
        return call === undefined ? response : watched(response, call, watcher, responded)
      },
      (thrown: unknown) => {
        release?.()
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
    const target = watcher.targetOf(url)
    if (target === undefined) return undefined
    const header = headerIn(init?.headers ?? request?.headers)
    return { url, target, header, bodyEdges: () => edgesOf(init?.body) }
  } catch {
    // What fetch itself will refuse is fetch's to refuse.
    return undefined
  }
}

function watched(
  response: Response,
  call: WatchedCall,
  watcher: Watcher,
  responded: FetchHookOptions['responded'],
): Response {
  try {
    call.responded(response.status, response.headers)
    if (response.body === null) call.complete()
    else watchResponse(response, call, watcher.failed)
    responded?.(response, call)
    return response
  } catch (thrown) {
    watcher.failed(thrown)
    return response
  }
}
