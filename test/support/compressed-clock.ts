/** Time that runs many times faster than real time, in legs with rests between them. Another process can follow it. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from '../../exporter/src/clock.ts'

/** A stretch of simulated time: it begins at a real moment, and stands still at its end until the next leg begins. */
export interface Leg {
  /** Real time, ms since the epoch. */
  readonly realFrom: number
  readonly from: number
  readonly to: number
  /** Simulated ms in a real one. */
  readonly rate: number
}

/** Real time between two looks at the clock. */
const TICK_MS = 5

export class CompressedClock implements Clock {
  readonly #legs: Leg[]

  /** Stands still at `start`. */
  constructor(start: number) {
    this.#legs = [{ realFrom: Date.now(), from: start, to: start, rate: 0 }]
  }

  now(): number {
    return this.instantAt(Date.now())
  }

  /** What it showed, or will show, at a real moment. */
  instantAt(real: number): number {
    const leg = this.#legs.findLast(({ realFrom }) => realFrom <= real) ?? this.#legs[0]
    if (leg === undefined) throw new Error('a clock has a leg')
    return Math.min(leg.to, leg.from + Math.max(0, real - leg.realFrom) * leg.rate)
  }

  /** Sets off from where it is. The leg lets another process follow. */
  setOff(to: number, rate: number): Leg {
    const realFrom = Date.now()
    const leg = { realFrom, from: this.instantAt(realFrom), to, rate }
    this.#legs.push(leg)
    return leg
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    await this.reach(this.now() + ms, signal)
  }

  /** Resolves when it shows `instant`; rejects when aborted. */
  async reach(instant: number, signal?: AbortSignal): Promise<void> {
    do await delay(TICK_MS, undefined, signal === undefined ? {} : { signal })
    while (this.now() < instant)
  }
}
