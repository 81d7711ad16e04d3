/** A signal for one read that ends with the service, or when the provider leaves a step of it unanswered for too long. */
import { SECOND } from '../clock.ts'
import { UsageExplorerError } from '../errors.ts'

export class Patience {
  readonly #controller = new AbortController()
  readonly #outer: AbortSignal
  readonly #stepMs: number
  readonly #onOuterAbort = (): void => this.#controller.abort(this.#outer.reason)

  /** @param stepMs longest real time between two answers; sockets know no simulated clock */
  constructor(outer: AbortSignal, stepMs: number) {
    this.#outer = outer
    this.#stepMs = stepMs
    if (outer.aborted) this.#onOuterAbort()
    else outer.addEventListener('abort', this.#onOuterAbort, { once: true })
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Waits for `step`, but not beyond the signal, even if what runs in it does not heed the signal. */
  async within<T>(step: Promise<T>): Promise<T> {
    const { signal } = this
    let giveUp = (): void => undefined
    const given = new Promise<never>((_, reject) => {
      giveUp = () => reject(asError(signal.reason))
      if (signal.aborted) giveUp()
      else signal.addEventListener('abort', giveUp, { once: true })
    })
    const timer = setTimeout(() => this.#controller.abort(this.#timedOut()), this.#stepMs)
    try {
      return await Promise.race([step, given])
    } catch (thrown) {
      throw signal.aborted ? signal.reason : thrown
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', giveUp)
    }
  }

  /** The answers of a read, each waited for with {@link within}. What the caller does between them takes no patience. */
  async *each<T>(answers: AsyncIterable<T>): AsyncGenerator<T, void> {
    const iterator = answers[Symbol.asyncIterator]()
    try {
      for (;;) {
        const step = await this.within(iterator.next())
        if (step.done === true) return
        yield step.value
      }
    } finally {
      // Not awaited: an iterator that hangs would hang here too.
      void iterator.return?.().then(undefined, () => undefined)
    }
  }

  /** Lets go of the outer signal, which lives as long as the service. */
  end(): void {
    this.#outer.removeEventListener('abort', this.#onOuterAbort)
  }

  #timedOut(): UsageExplorerError {
    const seconds = Math.round(this.#stepMs / SECOND)
    return new UsageExplorerError('UPSTREAM_TIMEOUT', `No answer came within ${seconds} s.`)
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason))
}
