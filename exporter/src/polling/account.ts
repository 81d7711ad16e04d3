/** One account's loop: finds out whose it is, then its facts, its last hours, its history, each when due, for ever. */
import { HOUR, MINUTE } from '../clock.ts'
import type { AccountConfig } from '../config/config.ts'
import { toCodedError, UsageExplorerError } from '../errors.ts'
import type { Provider, ProviderAccount } from '../providers/provider.ts'
import type { Window } from '../usage/record.ts'
import { Attempts } from './attempts.ts'
import { BackfillTask, type BackfillStep, type SourceBackfill } from './backfill-task.ts'
import { FactTask } from './fact-task.ts'
import { IdentifyTask } from './identify-task.ts'
import type { AccountState, AccountStatus, ReaderProblem } from './status.ts'
import type { PollingDependencies, Task, TaskOutcome } from './task.ts'
import { UsageSource } from './usage-source.ts'
import { HistoryTask, RecentTask } from './usage-tasks.ts'

export interface PolledAccount {
  readonly config: AccountConfig
  readonly account: ProviderAccount
  readonly provider: Provider
}

/** A task with its failures. */
interface Job {
  readonly task: Task
  readonly attempts: Attempts
  /** Whether what it builds on is there. */
  readonly ready: () => boolean
}

/** After a defect in the loop itself, which no reader's backoff slows down. */
const DEFECT_PAUSE_MS = MINUTE
/** Longer sleeps overflow the platform's timers; looking at an idle account costs nothing. */
const LONGEST_SLEEP_MS = HOUR

export class AccountLoop {
  readonly #names: { readonly provider: string; readonly account: string }
  readonly #dependencies: PollingDependencies
  readonly #identify: IdentifyTask
  readonly #histories: readonly HistoryTask[]
  readonly #backfills: readonly BackfillTask[]
  /** Without these the account tells nothing: who it is, and its last hours. */
  readonly #essential: readonly Job[]
  /** All of them; of those due equally long the first one runs first. */
  readonly #jobs: readonly Job[]
  /** The ledger takes no writes. It is everybody's, so no reader goes on. */
  readonly #ledgerAttempts = new Attempts('ledger')
  #lastSuccessAt: number | undefined
  /** Ends the sleep that the loop is in, if it is. */
  #wake: () => void = () => undefined

  constructor(polled: PolledAccount, retentionMs: number, dependencies: PollingDependencies) {
    const { config, account, provider } = polled
    this.#names = { provider: provider.id, account: config.name }
    this.#dependencies = dependencies
    this.#identify = new IdentifyTask(account, config)
    const sources = account.usage.map(
      (usage) =>
        new UsageSource(
          { ...this.#names, source: usage.source.id },
          usage,
          config,
          retentionMs,
          dependencies,
        ),
    )
    this.#histories = sources.map((source) => new HistoryTask(source, dependencies))
    this.#backfills = sources.map((source) => new BackfillTask(source, dependencies.clock))

    const identified = (): boolean => this.#identify.identity !== undefined
    const job = (task: Task, ready: () => boolean): Job => ({
      task,
      attempts: new Attempts(task.reader),
      ready,
    })
    const identify = job(this.#identify, () => true)
    const facts = account.facts.map((fact) => job(new FactTask(fact, config, dependencies), identified))
    const recent = sources.map((source) => job(new RecentTask(source, dependencies), identified))
    const history = this.#histories.map((task, at) =>
      job(task, () => identified() && recent[at]?.attempts.problem === undefined),
    )
    const backfills = this.#backfills.map((task) => job(task, identified))
    this.#essential = [identify, ...recent]
    this.#jobs = [identify, ...facts, ...recent, ...backfills, ...history]
  }

  /** Runs until the signal aborts. Never throws. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#dependencies
    const stopped = (): boolean => signal.aborted
    while (!stopped()) {
      try {
        const now = clock.now()
        const { job, at } = this.#next(now)
        if (job !== undefined && at <= now) await this.#attempt(job, signal)
        else await this.#sleep(Math.min(Math.ceil(at - now), LONGEST_SLEEP_MS), signal)
      } catch (thrown) {
        if (stopped()) break
        log.error({ ...this.#names, err: toCodedError(thrown) }, 'A defect interrupted polling.')
        await clock.sleep(DEFECT_PAUSE_MS, signal).catch(() => undefined)
      }
    }
    for (const task of this.#backfills) task.cancel()
  }

  /**
   * Reads the window again, source by source, between the polls that go on.
   *
   * @param step told after each window
   * @throws UsageExplorerError what keeps the account from being read at all, or STOPPING
   */
  async backfill(window: Window, step: (step: BackfillStep) => void): Promise<readonly SourceBackfill[]> {
    const [hindrance] = this.#identify.identity === undefined ? this.#problems() : []
    if (hindrance !== undefined) throw new UsageExplorerError(hindrance.code, hindrance.message)
    const orders = this.#backfills.map((task) => task.order(window, step))
    this.#wake()
    return Promise.all(orders)
  }

  /** Until the time is up or there is something new to do. Rejects when the signal aborts. */
  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    const woken = new AbortController()
    this.#wake = () => woken.abort()
    await this.#dependencies.clock
      .sleep(ms, AbortSignal.any([signal, woken.signal]))
      .catch((thrown: unknown) => {
        if (!woken.signal.aborted || signal.aborted) throw thrown
      })
    this.#wake = () => undefined
  }

  status(): AccountStatus {
    const backfilled = this.#backfilled(this.#dependencies.clock.now())
    return {
      ...this.#names,
      state: this.#state(backfilled),
      identity: this.#identify.identity,
      lastSuccessAt: this.#lastSuccessAt,
      problems: this.#problems(),
      backfilled,
    }
  }

  /**
   * What has been due longest, or else what will be due first. By order alone, facts that are slow to come would be
   * due again each time the last of them has been read, and usage never would be.
   */
  #next(now: number): { job: Job | undefined; at: number } {
    let next: { job: Job | undefined; at: number } = { job: undefined, at: Infinity }
    for (const job of this.#jobs) {
      if (!job.ready()) continue
      const tryAt = Math.max(job.attempts.nextTryAt(now), this.#ledgerAttempts.nextTryAt(now))
      const at = Math.max(job.task.dueAt(now), tryAt)
      if (at < next.at) next = { job, at }
    }
    return next
  }

  async #attempt(job: Job, signal: AbortSignal): Promise<void> {
    const startedAt = performance.now()
    const tell = (code: UsageExplorerError['code'] | undefined, changedRows: number): void =>
      this.#dependencies.observer.polled({
        ...this.#names,
        reader: job.task.reader,
        code,
        durationMs: performance.now() - startedAt,
        changedRows,
      })
    const project = this.#identify.identity?.project
    let outcome: TaskOutcome
    try {
      outcome = await job.task.run(signal)
    } catch (thrown) {
      if (signal.aborted) return
      const error = toCodedError(thrown)
      this.#failed(job, error)
      tell(error.code, 0)
      return
    }
    this.#succeeded(job, outcome)
    if (this.#identify.identity?.project !== project)
      for (const { attempts } of this.#jobs) attempts.forgive()
    tell(undefined, outcome.changedRows)
  }

  #succeeded(job: Job, { commits }: TaskOutcome): void {
    const { clock, log } = this.#dependencies
    const fields = { ...this.#names, reader: job.task.reader }
    if (job.task instanceof RecentTask) this.#lastSuccessAt = clock.now()
    if (job.attempts.succeeded()) log.info(fields, 'Reads succeed again.')
    if (commits > 0 && this.#ledgerAttempts.succeeded()) log.info(fields, 'The ledger takes writes again.')
  }

  #failed(job: Job, error: UsageExplorerError): void {
    const { clock, log, random } = this.#dependencies
    const now = clock.now()
    const attempts = error.code === 'LEDGER_DISK_FULL' ? this.#ledgerAttempts : job.attempts
    const isNews = attempts.failed(error, now, random())
    const until = attempts.nextTryAt(now)
    if (error.code === 'UPSTREAM_NOT_FOUND') this.#identify.doubt()
    if (error.code === 'UPSTREAM_RATE_LIMITED') {
      for (const { task, attempts: other } of this.#jobs) {
        if (task.reader === job.task.reader) other.holdUntil(until, now)
      }
    }
    const nextTryAt = new Date(until).toISOString()
    const fields = { ...this.#names, reader: job.task.reader, nextTryAt, err: error }
    if (error.code === 'INTERNAL') log.error(fields, 'A defect interrupted a read.')
    else if (isNews) log.warn(fields, 'A read failed.')
  }

  #state(backfilled: number): AccountState {
    if (this.#ledgerAttempts.problem !== undefined) return 'paused'
    if (this.#essential.some(({ attempts }) => attempts.permanent)) return 'blocked'
    const failing = this.#jobs.some(
      ({ task, attempts }) => !(task instanceof FactTask) && attempts.problem !== undefined,
    )
    if (failing) return 'retrying'
    if (this.#identify.identity === undefined || this.#lastSuccessAt === undefined) return 'starting'
    return backfilled < 1 ? 'backfilling' : 'ok'
  }

  /** One a reader, what hinders the last hours first. */
  #problems(): readonly ReaderProblem[] {
    const byReader = new Map<string, ReaderProblem>()
    for (const { problem } of [this.#ledgerAttempts, ...this.#jobs.map(({ attempts }) => attempts)]) {
      if (problem !== undefined && !byReader.has(problem.reader)) byReader.set(problem.reader, problem)
    }
    return [...byReader.values()]
  }

  #backfilled(now: number): number {
    const progress = this.#histories.map((history) => history.progress(now))
    const totalMs = progress.reduce((sum, one) => sum + one.totalMs, 0)
    const doneMs = progress.reduce((sum, one) => sum + one.doneMs, 0)
    return totalMs === 0 ? 1 : doneMs / totalMs
  }
}
