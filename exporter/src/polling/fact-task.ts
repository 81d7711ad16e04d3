/** Reads facts of an account (names, prices, balances, readings) at the reader's own pace. */
import type { AccountConfig } from '../config/config.ts'
import type { FactReader } from '../providers/provider.ts'
import { waitEnd, type Wait } from './attempts.ts'
import { jittered } from './backoff.ts'
import { Patience } from './patience.ts'
import { stepTimeoutMs, type PollingDependencies, type Task, type TaskOutcome } from './task.ts'

export class FactTask implements Task {
  readonly #fact: FactReader
  readonly #config: AccountConfig
  readonly #dependencies: PollingDependencies
  #wait: Wait = { setAt: -Infinity, until: -Infinity }

  constructor(fact: FactReader, config: AccountConfig, dependencies: PollingDependencies) {
    this.#fact = fact
    this.#config = config
    this.#dependencies = dependencies
  }

  get reader(): string {
    return this.#fact.id
  }

  dueAt(now: number): number {
    return waitEnd(this.#wait, now)
  }

  async run(outer: AbortSignal): Promise<TaskOutcome> {
    const { ledger, clock, random } = this.#dependencies
    const patience = new Patience(outer, stepTimeoutMs(this.#config.timeoutMs))
    let commits = 0
    let changedRows = 0
    try {
      const { facts, readings = [] } = await patience.within(this.#fact.read(patience.signal))
      if (facts !== undefined) {
        await ledger.commitFacts(facts)
        commits += 1
      }
      for (const answer of readings) {
        changedRows += (await ledger.commitReadings(answer)).changedRows
        commits += 1
      }
    } finally {
      patience.end()
    }
    const now = clock.now()
    this.#wait = { setAt: now, until: now + jittered(this.#fact.everyMs, random()) }
    return { commits, changedRows }
  }
}
