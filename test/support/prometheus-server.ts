/** A real Prometheus that scrapes one address into a folder of its own. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { vi } from 'vitest'
import { takenPort } from './service-process.ts'

/** What Prometheus stored of one series, without the labels that it adds itself. */
export interface StoredSeries {
  readonly labels: Readonly<Record<string, string>>
  /** Ascending. A query for one instant gives one sample. */
  readonly samples: readonly StoredSample[]
}

export interface StoredSample {
  /** When the scrape began; for an expression, when it was evaluated. Real time, ms since the epoch. */
  readonly at: number
  readonly value: number
}

type Point = readonly [number, string]

interface Answer {
  readonly status: string
  readonly error?: string
  readonly data?: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>
      readonly value?: Point
      readonly values?: readonly Point[]
    }[]
  }
}

/** Only for a server that hangs. */
const PATIENCE_MS = 30_000

export class PrometheusServer {
  /** Everything that it logged so far. */
  log = ''
  readonly #process: ChildProcess
  readonly #url: string
  readonly #folder: string

  private constructor(process: ChildProcess, url: string, folder: string) {
    this.#process = process
    this.#url = url
    this.#folder = folder
    process.stderr?.setEncoding('utf8').on('data', (text: string) => (this.log += text))
  }

  /**
   * Resolves once it answers queries.
   *
   * @param options.target host and port
   * @param options.scrapeIntervalMs also the longest that a scrape may take
   */
  static async start(
    binary: string,
    options: { target: string; scrapeIntervalMs: number },
  ): Promise<PrometheusServer> {
    const { target, scrapeIntervalMs } = options
    const folder = mkdtempSync(join(tmpdir(), 'usage-explorer-prometheus-'))
    const config = join(folder, 'prometheus.yml')
    writeFileSync(
      config,
      `global: { scrape_interval: ${scrapeIntervalMs}ms, scrape_timeout: ${scrapeIntervalMs}ms }
scrape_configs:
  - job_name: exporter
    static_configs: [{ targets: ['${target}'] }]
`,
    )
    const { port, free } = await takenPort()
    await free()
    const address = `127.0.0.1:${port}`
    const child = spawn(
      binary,
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(folder, 'tsdb')}`,
        `--web.listen-address=${address}`,
      ],
      { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
    )
    const server = new PrometheusServer(child, `http://${address}`, folder)
    try {
      await vi.waitFor(() => server.#isReady(), { timeout: PATIENCE_MS, interval: 50 })
    } catch (thrown) {
      await server.stop()
      throw thrown
    }
    return server
  }

  /** Asks `/api/v1/query`. A range selector gives its samples as they are stored. */
  async query(expression: string, at: number = Date.now()): Promise<StoredSeries[]> {
    const body = new URLSearchParams({ query: expression, time: String(at / 1000) })
    const response = await fetch(`${this.#url}/api/v1/query`, { method: 'POST', body })
    const answer = (await response.json()) as Answer
    if (answer.data === undefined) throw new Error(`${expression}: ${answer.error ?? answer.status}`)
    return answer.data.result.map(({ metric, value, values = value === undefined ? [] : [value] }) => {
      const own = new Set(['__name__', 'instance', 'job'])
      const labels = Object.fromEntries(Object.entries(metric).filter(([label]) => !own.has(label)))
      const samples = values.map(([seconds, text]) => ({
        at: Math.round(seconds * 1000),
        value: Number(text),
      }))
      return { labels, samples }
    })
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const ended = once(this.#process, 'exit')
      this.#process.kill('SIGKILL')
      await ended
    }
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #isReady(): Promise<void> {
    if (this.#process.exitCode !== null) throw new Error(`Prometheus ended:\n${this.log}`)
    const { ok } = await fetch(`${this.#url}/-/ready`)
    if (!ok) throw new Error(`Prometheus is not ready:\n${this.log}`)
  }
}
