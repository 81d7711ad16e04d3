/** Bodies that are looked at as they pass: no byte is held back, no more is read than the app asks for. */
import type { WatchedCall } from '../watched-call.ts'

type Failed = (thrown: unknown) => void
type Body = ReadableStream<Uint8Array>
type Reader = ReadableStreamDefaultReader<Uint8Array>
type Result = Awaited<ReturnType<Reader['read']>>

/**
 * Watches how the app reads this very stream: through a reader, by iterating it, or by piping it on. Nothing stands
 * between the stream and the app.
 */
export function watchReads(body: Body, call: WatchedCall, failed: Failed): void {
  const define = (name: PropertyKey, value: unknown): void => {
    Object.defineProperty(body, name, { value, configurable: true, writable: true })
  }
  const getReader = body.getReader.bind(body) as (options?: object) => Reader
  const reader = (options?: object): Reader => watchedReader(getReader(options), call, failed)
  define('getReader', reader)
  define('cancel', cancelling(body.cancel.bind(body), call))
  const values = (options: { preventCancel?: boolean } = {}): AsyncIterableIterator<Uint8Array> =>
    iterate(reader(), options.preventCancel === true)
  define('values', values)
  define(Symbol.asyncIterator, values)
  // Pipes and tees read from inside the stream: they get one that is read through this one.
  for (const name of ['pipeThrough', 'pipeTo', 'tee'] as const) {
    const method = Reflect.get(body, name) as (this: Body, ...args: unknown[]) => unknown
    define(name, (...args: unknown[]) => {
      if (body.locked) return method.apply(body, args)
      return method.apply(passOn(reader()), args)
    })
  }
}

/** Another stream that is read through this one, byte for byte and pull for pull. For bodies that are read twice. */
export function watchedBody(body: Body, call: WatchedCall, failed: Failed): Body {
  return passOn(watchedReader(body.getReader(), call, failed))
}

function watchedReader(reader: Reader, call: WatchedCall, failed: Failed): Reader {
  const read: (...args: never[]) => Promise<Result> = reader.read.bind(reader)
  const seen = (result: Result): Result => {
    try {
      if (result.done) call.complete()
      else call.chunk(result.value)
    } catch (thrown) {
      failed(thrown)
    }
    return result
  }
  const torn = (thrown: unknown): never => {
    call.failed(thrown)
    throw thrown
  }
  return Object.defineProperties(reader, {
    read: { value: (...args: unknown[]) => read(...(args as never[])).then(seen, torn), configurable: true },
    cancel: { value: cancelling(reader.cancel.bind(reader), call), configurable: true },
  })
}

function cancelling(
  cancel: (reason?: unknown) => Promise<void>,
  call: WatchedCall,
): (reason?: unknown) => Promise<void> {
  return (reason) => {
    call.cut()
    return cancel(reason)
  }
}

/** As a stream iterates itself: leaving early cancels it, unless asked not to. */
function iterate(reader: Reader, preventCancel: boolean): AsyncIterableIterator<Uint8Array> {
  return {
    next: async () => {
      const result = await reader.read()
      if (result.done) reader.releaseLock()
      return result
    },
    return: async (value?: unknown) => {
      const cancelled = preventCancel ? undefined : reader.cancel(value)
      reader.releaseLock()
      await cancelled
      return { done: true, value: value as undefined }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

/** `highWaterMark: 0` keeps it from reading ahead. */
function passOn(reader: Reader): Body {
  return new ReadableStream(
    {
      type: 'bytes',
      async pull(controller) {
        const result = await reader.read()
        if (result.done) {
          controller.close()
          controller.byobRequest?.respond(0)
        } else if (result.value.byteLength > 0) controller.enqueue(result.value)
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}
