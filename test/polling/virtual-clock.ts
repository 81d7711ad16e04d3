/** A clock that jumps from one sleeper to the next, so that days of polling pass in seconds and always the same way. */
import { setImmediate as turn } from 'node:timers/promises'
import type { Clock } from '../../exporter/src/clock.ts'

interface Sleeper {
  readonly at: number
  readonly wake: () => void
}

export class VirtualClock implements Clock {
  #now: number
  readonly #sleepers = new Set<Sleeper>()

  constructor(start: number) {
    this.#now = start
  }

  now(): number {
    return this.#now
  }

  /** Time passes while nobody sleeps, as when the service is down. */
  skip(ms: number): void {
    this.#now += ms
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        this.#sleepers.delete(sleeper)
        signal?.removeEventListener('abort', onAbort)
        settle()
      }
      const onAbort = (): void => end(() => reject(new Error('The sleep was aborted.')))
      const sleeper = { at: this.#now + ms, wake: () => end(resolve) }
      this.#sleepers.add(sleeper)
      if (signal?.aborted === true) onAbort()
      else signal?.addEventListener('abort', onAbort, { once: true })
    })
  }

  /**
   * Lets `ms` pass. Time stands still while work is done: it goes on only when `loops` sleepers sleep.
   */
  async advance(ms: number, loops: number): Promise<void> {
    const end = this.#now + ms
    for (;;) {
      while (this.#sleepers.size < loops) await turn()
      const [next] = [...this.#sleepers].sort((a, b) => a.at - b.at)
      if (next === undefined || next.at > end) break
      this.#now = Math.max(this.#now, next.at)
      next.wake()
    }
    this.#now = end
  }
}
