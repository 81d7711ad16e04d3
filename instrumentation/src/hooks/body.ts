/** A body that is looked at as it passes: no byte is held back, no more is read than the app asks for. */
import type { WatchedCall } from '../watched-call.ts'

/** Bodies that nobody reads end when nobody can any more. */
const unread = new FinalizationRegistry<WatchedCall>((call) => call.complete())

/**
 * Passes reads and cancels on one for one. `highWaterMark: 0` keeps it from reading ahead; `clone()` or `tee()` would buffer
 * without end and keep the server sending after the app has hung up.
 */
export function watchedBody(
  body: ReadableStream<Uint8Array>,
  call: WatchedCall,
  failed: (thrown: unknown) => void,
): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  const stream = new ReadableStream(
    {
      type: 'bytes',
      async pull(controller) {
        let result
        try {
          result = await reader.read()
        } catch (thrown) {
          call.failed(thrown)
          controller.error(thrown)
          return
        }
        if (result.done) {
          call.complete()
          controller.close()
          controller.byobRequest?.respond(0)
          return
        }
        try {
          // Looked at before it is passed on: its buffer is the reader's then.
          call.chunk(result.value)
        } catch (thrown) {
          failed(thrown)
        }
        if (result.value.byteLength > 0) controller.enqueue(result.value)
      },
      async cancel(reason) {
        call.cut()
        await reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
  unread.register(stream, call)
  return stream
}
