/** The provider, the service and Prometheus on one compressed clock, each of which can go on while another is away. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, vi } from 'vitest'
import { withDemoAccount } from '../../exporter/src/cli/demo-account.ts'
import { DAY, HOUR, MINUTE } from '../../exporter/src/clock.ts'
import type { Config } from '../../exporter/src/config/config.ts'
import { loadConfig } from '../../exporter/src/config/load.ts'
import type { Fault } from '../../exporter/src/demo/faults.ts'
import { startSimulator, type Simulator } from '../../exporter/src/demo/simulator.ts'
import { createLog } from '../../exporter/src/log.ts'
import { startService, type Service } from '../../exporter/src/service.ts'
import { CompressedClock, type Leg } from '../support/compressed-clock.ts'
import { readSamples } from '../support/exposition-samples.ts'
import { PrometheusServer } from '../support/prometheus-server.ts'
import { compiled, takenPort, type Processes, type Running } from '../support/service-process.ts'

export const SCRAPE_MS = 1000
/** Simulated ms in a real one: 20 minutes a second. */
export const PACE = 1200
/** Six hours a second, where nothing but the passing of days is wanted. */
export const FAST_PACE = 21_600
/** Where all are compared: nothing changes at the provider from ten minutes before an hour to the hour (see arrival.ts). */
export const REST_MINUTE = 55
/** There ten seconds a second, so that a read which was sent before that and came back after it is followed by another. */
const SLOW_PACE = 10
const LONGEST_REST_MS = 4.5 * MINUTE

/** How far back the service reads: all of the first month, and little more, because it reads it at every look-back. */
export const HISTORY_MS: number = 24 * DAY

/** Only for what would never come. */
const PATIENCE_MS = 60_000

const SERVICE = fileURLToPath(new URL('service.js', import.meta.url))

export class World {
  readonly clock: CompressedClock
  readonly simulator: Simulator
  readonly prometheus: PrometheusServer
  /** What the provider answers instead of figures. */
  fault: Fault | undefined
  /** Real stretches in which the service was there to be scraped. */
  readonly up: { readonly from: number; readonly to: number }[] = []
  /** Errors that the service logged. */
  readonly errors: string[] = []
  readonly #config: Config
  readonly #folder: string
  #service: Service | undefined
  #startedAt = 0
  readonly #waiting = new Set<() => void>()

  private constructor(parts: {
    clock: CompressedClock
    simulator: Simulator
    prometheus: PrometheusServer
    config: Config
    folder: string
  }) {
    this.clock = parts.clock
    this.simulator = parts.simulator
    this.prometheus = parts.prometheus
    this.#config = parts.config
    this.#folder = parts.folder
  }

  /** The provider and Prometheus run, the service does not; time stands still at `start`. */
  static async create(prometheusBinary: string, start: number, folder: string): Promise<World> {
    const clock = new CompressedClock(start)
    const simulator = await startSimulator({
      now: () => clock.now(),
      intercept: ({ path }) => {
        if (path.endsWith('/usage')) for (const wake of world.#waiting) wake()
        return world.fault
      },
    })
    const { port, free } = await takenPort()
    await free()
    const listen = `127.0.0.1:${port}`
    mkdirSync(folder, { recursive: true })
    const env = { USAGE_EXPLORER_LISTEN: listen, USAGE_EXPLORER_DATA_DIR: join(folder, 'data') }
    // Budgets have amounts that no JSON holds, and this is not about them.
    const demo = { ...withDemoAccount(loadConfig({ env, cwd: folder }), simulator), budgets: [] }
    const config: Config = {
      ...demo,
      scrapeIntervalMs: SCRAPE_MS * PACE,
      accounts: demo.accounts.map((account) => ({
        ...account,
        intervalMs: 3 * MINUTE,
        // So often that where all are compared a look-back of that hour is due or done.
        lookbackEveryMs: 45 * MINUTE,
        lookbackMs: HISTORY_MS,
      })),
    }
    const prometheus = await PrometheusServer.start(prometheusBinary, {
      target: listen,
      scrapeIntervalMs: SCRAPE_MS,
    })
    const world = new World({ clock, simulator, prometheus, config, folder })
    return world
  }

  /** The service in this process. */
  get service(): Service {
    if (this.#service === undefined) throw new Error('the service does not run in this process')
    return this.#service
  }

  async startService(): Promise<void> {
    const log = createLog('error', { write: (line) => this.errors.push(line) })
    this.#service = await startService({ config: this.#config, log, clock: this.clock })
    this.#startedAt = Date.now()
  }

  async stopService(): Promise<void> {
    this.#noLongerUp()
    await this.#service?.stop()
    this.#service = undefined
  }

  /** The service as a process of its own that follows this leg. */
  async startProcess(processes: Processes, leg: Leg): Promise<Running> {
    compiled('service.js')
    const { managementKey: credential } = this.simulator
    const running = processes.run(SERVICE, this.#folder, [
      JSON.stringify({ config: this.#config, credential, leg }),
    ])
    await running.eventually('an answer to a scrape', async () => (await this.metrics()) !== '')
    this.#startedAt = Date.now()
    return running
  }

  /**
   * Ends a process as the kernel does when memory is short, somewhere between a question to the provider and its commit,
   * but not before Prometheus has seen it.
   */
  async kill(running: Running): Promise<void> {
    await eventually(async () => {
      const [up] = await this.prometheus.query('up[1h]')
      const seen = up?.samples.filter(({ at, value }) => at >= this.#startedAt && value === 1) ?? []
      expect(seen.length).toBeGreaterThan(1)
    })
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake)
        resolve()
      }
      this.#waiting.add(wake)
    })
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 100))
    this.#noLongerUp()
    expect(await running.stop('SIGKILL')).toMatchObject({ signal: 'SIGKILL' })
    expect(running.output, 'nothing was wrong with it before').toBe('')
  }

  /** Time passes, and stands still there. */
  async advanceTo(instant: number, pace: number = PACE): Promise<void> {
    this.clock.setOff(instant, pace)
    await this.clock.reach(instant)
  }

  /** Time passes slowly, and stands still before the hour. */
  slowDown(): void {
    const to = hourOf(this.clock.now()) + REST_MINUTE * MINUTE + LONGEST_REST_MS
    this.clock.setOff(to, SLOW_PACE)
  }

  /** What a scraper gets now; empty while nobody listens. */
  async metrics(): Promise<string> {
    const { host, port } = this.#config.listen
    const response = await fetch(`http://${host}:${port}/metrics`).catch(() => undefined)
    if (response === undefined) return ''
    const text = await response.text()
    if (!response.ok) throw new Error(`/metrics answers ${response.status}: ${text}`)
    return text
  }

  /** Up to when the service says that the bills are in. */
  async watermark(): Promise<number | undefined> {
    const samples = readSamples(await this.metrics(), 'llm_source_newest_data_timestamp_seconds')
    const billing = samples.find(({ labels }) => labels['source'] === 'xai.billing.usage')
    return billing === undefined ? undefined : billing.value * 1000
  }

  async end(): Promise<void> {
    await this.stopService()
    await this.prometheus.stop()
    await this.simulator.close()
  }

  #noLongerUp(): void {
    if (this.#startedAt > 0) this.up.push({ from: this.#startedAt, to: Date.now() })
    this.#startedAt = 0
  }
}

/** Looks again and again until nothing throws. What is still wrong in the end is thrown. */
export async function eventually<T>(look: () => Promise<T>): Promise<T> {
  return vi.waitFor(look, { timeout: PATIENCE_MS, interval: 200 })
}

/** The whole hour at or before an instant. */
export function hourOf(instant: number): number {
  return Math.floor(instant / HOUR) * HOUR
}
