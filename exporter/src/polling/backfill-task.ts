/** Reads a stretch of a source again because somebody asks for it: window by window, between the polls that go on. */
import type { Clock } from '../clock.ts'
import { toCodedError, UsageExplorerError, type ErrorCode } from '../errors.ts'
import type { Window } from '../usage/record.ts'
import { chunks } from './schedule.ts'
import { NOTHING_DONE, type Task, type TaskOutcome } from './task.ts'
import type { UsageSource } from './usage-source.ts'

/** What became of one source. JSON. */
export interface SourceBackfill {
  readonly source: string
  readonly windows: number
  /** Rows that are new or differ from before. */
  readonly changed_rows: number
  /** Windows that could not be read; each can be asked for again. */
  readonly failed: readonly {
    readonly from: string
    readonly to: string
    readonly code: ErrorCode
    readonly message: string
  }[]
}

/** Told after each window of a source. JSON. */
export interface BackfillStep {
  readonly source: string
  readonly done: number
  readonly windows: number
}

interface Order {
  readonly left: Window[]
  readonly windows: number
  changedRows: number
  readonly failed: SourceBackfill['failed'][number][]
  readonly step: (step: BackfillStep) => void
  readonly resolve: (done: SourceBackfill) => void
  readonly reject: (error: UsageExplorerError) => void
}

export class BackfillTask implements Task {
  readonly #source: UsageSource
  readonly #clock: Clock
  readonly #orders: Order[] = []
  #ranAt = -Infinity

  constructor(source: UsageSource, clock: Clock) {
    this.#source = source
    this.#clock = clock
  }

  get reader(): string {
    return this.#source.key.source
  }

  /**
   * Resolves when every window was read or has failed.
   *
   * @param window cut to what the source can answer; one that it cannot answer at all is done at once
   * @throws UsageExplorerError STOPPING when the service ends first
   */
  order(window: Window, step: Order['step']): Promise<SourceBackfill> {
    const { from, to } = this.#source.reachable(window)
    const left = from < to ? [...chunks([{ from, to }], this.#source.terms)] : []
    return new Promise((resolve, reject) => {
      const order = { left, windows: left.length, changedRows: 0, failed: [], step, resolve, reject }
      if (left.length === 0) resolve(this.#result(order))
      else this.#orders.push(order)
    })
  }

  /** Nothing will be read any more. */
  cancel(): void {
    for (const { reject } of this.#orders.splice(0)) {
      reject(
        new UsageExplorerError('STOPPING', 'the service stops before all was read; what was read is kept'),
      )
    }
  }

  dueAt(now: number): number {
    return this.#orders.length === 0 ? Infinity : Math.min(this.#ranAt, now)
  }

  async run(signal: AbortSignal): Promise<TaskOutcome> {
    const [order] = this.#orders
    const window = order?.left[0]
    if (order === undefined || window === undefined) return NOTHING_DONE
    try {
      const outcome = await this.#source.read(window, signal)
      order.changedRows += outcome.changedRows
      this.#done(order)
      return outcome
    } catch (thrown) {
      const error = toCodedError(thrown)
      // A full disk passes, and then the window is read after all.
      if (signal.aborted || error.code === 'LEDGER_DISK_FULL') throw thrown
      this.#fail(order, error)
      // What is thrown slows the next try down, and stands as a problem until one succeeds.
      if (this.#orders[0] === order) throw thrown
      return NOTHING_DONE
    } finally {
      this.#ranAt = this.#clock.now()
    }
  }

  /** The window, and where only a person can help all that are left. */
  #fail(order: Order, { code, message, permanent }: UsageExplorerError): void {
    const iso = (at: number): string => new Date(at).toISOString()
    do {
      const [window] = order.left
      if (window === undefined) return
      order.failed.push({ from: iso(window.from), to: iso(window.to), code, message })
      this.#done(order)
    } while (permanent)
  }

  #done(order: Order): void {
    order.left.shift()
    order.step({ source: this.reader, done: order.windows - order.left.length, windows: order.windows })
    if (order.left.length > 0) return
    this.#orders.shift()
    order.resolve(this.#result(order))
  }

  #result({ windows, changedRows, failed }: Order): SourceBackfill {
    return { source: this.reader, windows, changed_rows: changedRows, failed }
  }
}
