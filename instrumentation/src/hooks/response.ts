/**
 * A response that is looked at as it is read. It stays the very object that fetch gave: only the ways to read it are
 * replaced, by a prototype in between, so that a JSON body costs no stream of its own and a chunk no copy.
 */
import { watchedBody, watchReads } from './body.ts'
import type { WatchedCall } from '../watched-call.ts'

type Failed = (thrown: unknown) => void

interface State {
  readonly call: WatchedCall
  readonly failed: Failed
  /** Whether the body's own stream is watched: it was asked for. */
  isStreamed: boolean
  /** Stands in for the body once it is to be read twice. */
  shared: Response | undefined
}

const states = new WeakMap<Response, State>()
/** Calls whose response nobody can read any more. */
const unread = new FinalizationRegistry<WatchedCall>((call) => call.complete())
/** Between a class's prototype and its watched instances. */
const watchedPrototypes = new WeakMap<object, object>()

/** Methods that read all of a body at once. `json` and `text` tell what they read; the others give bytes. */
const WHOLE = ['json', 'text', 'arrayBuffer', 'bytes', 'blob', 'formData'] as const

/** Watches the reading of `response`, which is not read yet and has a body. */
export function watchResponse(response: Response, call: WatchedCall, failed: Failed): void {
  states.set(response, { call, failed, isStreamed: false, shared: undefined })
  const own = Object.getPrototypeOf(response) as object
  let watched = watchedPrototypes.get(own)
  if (watched === undefined) {
    watched = watchedPrototype(own)
    watchedPrototypes.set(own, watched)
  }
  Object.setPrototypeOf(response, watched)
  unread.register(response, call, call)
  call.onceEnded(forget)
}

function forget(call: WatchedCall): void {
  unread.unregister(call)
}

function watchedPrototype(own: object): object {
  const watched = Object.create(own) as object
  const method = (name: string, value: (this: Response) => unknown): void => {
    Object.defineProperty(watched, name, { value, writable: true, configurable: true, enumerable: true })
  }
  const getter = (name: string, get: (this: Response) => unknown): void => {
    Object.defineProperty(watched, name, { get, configurable: true, enumerable: true })
  }
  for (const name of WHOLE) {
    const read = Reflect.get(own, name) as ((this: Response) => Promise<unknown>) | undefined
    if (read === undefined) continue
    method(name, function () {
      const state = states.get(this)
      if (state === undefined) return read.call(this)
      return state.shared === undefined ? readWhole(read.call(this), name, state) : read.call(state.shared)
    })
  }
  getter('body', function () {
    const state = states.get(this)
    if (state?.shared !== undefined) return state.shared.body
    const body = Reflect.get(own, 'body', this) as Response['body']
    if (state !== undefined && body !== null && !state.isStreamed) {
      watchReads(body, state.call, state.failed)
      state.isStreamed = true
    }
    return body
  })
  getter('bodyUsed', function () {
    return Reflect.get(own, 'bodyUsed', states.get(this)?.shared ?? this)
  })
  method('clone', function () {
    const state = states.get(this)
    const body = Reflect.get(own, 'body', this) as Response['body']
    const isUsed = Reflect.get(own, 'bodyUsed', this) === true
    // A body that is locked or read cannot be shared; whose error that is has not changed.
    if (state === undefined || body === null || (state.shared === undefined && (body.locked || isUsed))) {
      return (Reflect.get(own, 'clone') as () => Response).call(this)
    }
    state.shared ??= new Response(watchedBody(body, state.call, state.failed), this)
    const copy = state.shared.clone()
    for (const name of ['url', 'redirected', 'type'] as const) {
      Object.defineProperty(copy, name, { value: this[name], configurable: true })
    }
    return copy
  })
  return watched
}

async function readWhole(
  reading: Promise<unknown>,
  way: (typeof WHOLE)[number],
  state: State,
): Promise<unknown> {
  const { call, failed } = state
  try {
    const value = await reading
    try {
      take(call, way, value)
    } catch (thrown) {
      failed(thrown)
    }
    return value
  } catch (thrown) {
    // What cannot be parsed came all the same.
    if (thrown instanceof SyntaxError) call.complete()
    else call.failed(thrown)
    throw thrown
  }
}

function take(call: WatchedCall, way: (typeof WHOLE)[number], value: unknown): void {
  if (way === 'json') call.document(value)
  else if (way === 'text') call.chunk(new TextEncoder().encode(value as string))
  else if (value instanceof ArrayBuffer) call.chunk(new Uint8Array(value))
  else if (value instanceof Uint8Array) call.chunk(value)
  call.complete()
}
