/**
 * Requests that a watched `fetch` is about to send, so that what lies below it does not count them again. The native
 * fetch needs no async context for that, which in Node 20 would slow every promise of the app down.
 */
import { AsyncLocalStorage } from 'node:async_hooks'

/** By address, each a request that is not sent yet. */
const expected = new Map<string, Set<object>>()
/** For a fetch that is not Node's own: what it calls is anybody's guess. */
const below = new AsyncLocalStorage<true>()

/** Runs a fetch that is not Node's own and is counted already. */
export function countedBelow<T>(fetch: () => T): T {
  return below.run(true, fetch)
}

/** A request is about to be sent that is counted already. To be released when it has settled: a mock sends nothing. */
export function expectRequest(url: URL): () => void {
  const key = keyOf(url)
  const token = {}
  const waiting = expected.get(key)
  if (waiting === undefined) expected.set(key, new Set([token]))
  else waiting.add(token)
  return () => void take(key, token)
}

/** Whether this request is one that a watched fetch sends; each is told once. */
export function isCounted(url: URL): boolean {
  if (isBelow()) return true
  const key = keyOf(url)
  const [token] = expected.get(key) ?? []
  return token !== undefined && take(key, token)
}

/** Whether a watched fetch that is not Node's own is above this call. */
export function isBelow(): boolean {
  return below.getStore() === true
}

function take(key: string, token: object): boolean {
  const waiting = expected.get(key)
  const isWaiting = waiting?.delete(token) === true
  if (waiting?.size === 0) expected.delete(key)
  return isWaiting
}

function keyOf(url: URL): string {
  return url.origin + url.pathname + url.search
}
