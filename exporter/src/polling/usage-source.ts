/** Reads windows of one usage source into the ledger, and keeps track of what all its cuts have answered for. */
import type { AccountConfig } from '../config/config.ts'
import type { UsageReader } from '../providers/provider.ts'
import { answerWatermark, overlay, subtract, type Coverage } from '../usage/coverage.ts'
import { cutName, type Cut } from '../usage/cut.ts'
import type { Window } from '../usage/record.ts'
import { regularCuts } from '../usage/regular.ts'
import { sourceKeyText, type SourceKey } from '../usage/source.ts'
import { Patience } from './patience.ts'
import { historyWindow, knownToAll, recentWindow, type Terms } from './schedule.ts'
import {
  addOutcomes,
  NOTHING_DONE,
  stepTimeoutMs,
  type PollingDependencies,
  type TaskOutcome,
} from './task.ts'

export class UsageSource {
  readonly key: SourceKey
  readonly config: AccountConfig
  readonly terms: Terms
  readonly #usage: UsageReader
  readonly #dependencies: PollingDependencies
  /** Names of cuts that were retired in this run. */
  readonly #retired = new Set<string>()
  /** How far back may be read at all, beyond what every look-back reads. */
  readonly #reachMs: number
  #known: Coverage

  /** @param retentionMs the ledger refuses older buckets, so they are not asked for */
  constructor(
    key: SourceKey,
    usage: UsageReader,
    config: AccountConfig,
    retentionMs: number,
    dependencies: PollingDependencies,
  ) {
    this.key = key
    this.config = config
    this.#usage = usage
    this.#dependencies = dependencies
    this.#reachMs = Math.min(usage.historyMs, retentionMs)
    this.terms = {
      widthMs: usage.widthMs,
      lagMs: usage.source.lagMs,
      maxWindowMs: usage.maxWindowMs,
      historyMs: Math.min(usage.historyMs, config.lookbackMs, retentionMs),
    }
    this.#known = this.#inLedger()
  }

  /** The part of a window that the provider still answers for and the ledger still takes, in whole buckets. */
  reachable({ from, to }: Window): Window {
    const { widthMs } = this.terms
    const now = this.#dependencies.clock.now()
    const oldest = Math.ceil((now - this.#reachMs) / widthMs) * widthMs
    return {
      from: Math.max(Math.floor(from / widthMs) * widthMs, oldest),
      to: Math.min(Math.ceil(to / widthMs) * widthMs, recentWindow(this.terms, now).to),
    }
  }

  get known(): Coverage {
    return this.#known
  }

  /** One window: its answers are committed as they come, then what the reader wants remembered and retired. */
  async read(window: Window, outer: AbortSignal): Promise<TaskOutcome> {
    const { ledger, clock } = this.#dependencies
    const startedAt = clock.now()
    const patience = new Patience(outer, stepTimeoutMs(this.config.timeoutMs))
    const afterwards: (() => Promise<void>)[] = []
    let outcome = NOTHING_DONE
    try {
      const reading = this.#usage.read(window, {
        state: ledger.recall(this.key),
        remember: (state) => afterwards.push(() => ledger.remember(this.key, state)),
        retire: (cuts) => afterwards.push(() => this.#retire(cuts)),
        signal: patience.signal,
      })
      for await (const answer of patience.each(reading)) {
        const { changedRows } = await ledger.commit(answer)
        outcome = addOutcomes(outcome, { commits: 1, changedRows })
      }
    } finally {
      patience.end()
      for (const store of afterwards) await store()
    }
    this.#learn(window, startedAt)
    return outcome
  }

  async #retire(cuts: readonly Cut[]): Promise<void> {
    await this.#dependencies.ledger.retire(this.key, cuts)
    const names = cuts.map(cutName)
    if (names.every((name) => this.#retired.has(name))) return
    for (const name of names) this.#retired.add(name)
    this.#known = this.#inLedger()
  }

  /**
   * Counts the window as known even where an answer left a gap in some cut: the next look-back asks again, while
   * asking at once could go on for ever. Only a newly retired cut makes the ledger's own coverage count anew.
   */
  #learn(window: Window, fetchedAt: number): void {
    const { lagMs, widthMs } = this.terms
    const to = answerWatermark(window, fetchedAt, lagMs, widthMs)
    const known = overlay(this.#known, { from: window.from, to, state: 'complete', fetchedAt })
    const { from } = historyWindow(this.terms, fetchedAt)
    this.#known = subtract(known, { from: -Infinity, to: from })
  }

  #inLedger(): Coverage {
    const wanted = sourceKeyText(this.key)
    const state = this.#dependencies.ledger.sources().find(({ key }) => sourceKeyText(key) === wanted)
    return knownToAll(regularCuts(state?.cuts ?? []).map(({ coverage }) => coverage))
  }
}
