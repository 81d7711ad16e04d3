/** A real Prometheus over the year's samples. */
import { execFileSync, spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { DAY, HOUR, MINUTE } from '../../../exporter/src/clock.ts'
import type { HourlySeries } from './half.ts'
import { openMetrics } from './samples.ts'

/** How often the rules are evaluated. */
export const EVALUATED_MS: number = 5 * MINUTE
/** Prometheus answers with at most 11,000 points of a series. */
const ASKED_MS = 30 * DAY
const WEEK = 7 * DAY

/** Writes blocks below `folder`, week by week. */
export function writeBlocks(folder: string, file: string, window: { from: number; to: number }): void {
  const all = readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => JSON.parse(line) as HourlySeries)
  const hours = (window.to - window.from) / HOUR
  const up: HourlySeries = { series: 'up{job="usage-explorer"}', values: Array<number>(hours).fill(1) }
  const text = join(folder, 'week.om')
  mkdirSync(join(folder, 'tsdb'), { recursive: true })
  for (let from = window.from; from < window.to; from += WEEK) {
    const week = openSync(text, 'w')
    const part = { from, to: Math.min(from + WEEK, window.to) }
    for (const piece of openMetrics([up], window.from, part)) writeSync(week, piece)
    // The first hour was scraped at its end.
    for (const piece of openMetrics(all, window.from + HOUR, part)) writeSync(week, piece)
    writeSync(week, '# EOF\n')
    closeSync(week)
    const order = ['tsdb', 'create-blocks-from', 'openmetrics', '--max-block-duration=54h', text]
    execFileSync('promtool', [...order, join(folder, 'tsdb')], { stdio: ['ignore', 'ignore', 'inherit'] })
  }
  rmSync(text)
}

export interface Found {
  readonly labels: Readonly<Record<string, string>>
  /** Ascending, ms since the epoch, with the expression's value. */
  readonly points: readonly (readonly [at: number, value: number])[]
}

export interface Server {
  /** What the expression gives at each evaluation of [from, to). */
  ask(expr: string, window: { from: number; to: number }): Promise<readonly Found[]>
  stop(): void
}

/** @param lookbackMs how long a sample stands for what comes after it */
export async function startServer(folder: string, port: number, lookbackMs: number): Promise<Server> {
  writeFileSync(join(folder, 'prometheus.yml'), '{}')
  const child = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'tsdb')}`,
      '--storage.tsdb.retention.time=10y',
      `--query.lookback-delta=${lookbackMs / MINUTE}m`,
      '--query.timeout=10m',
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: 'ignore' },
  )
  const url = `http://127.0.0.1:${port}`
  while (
    !(await fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    ))
  )
    await sleep(500)
  return {
    ask: async (expr, { from, to }) => {
      const found = new Map<string, Found & { points: [number, number][] }>()
      for (let start = from; start < to; start += ASKED_MS) {
        const end = Math.min(start + ASKED_MS, to) - EVALUATED_MS
        const asked = { start: start / 1000, end: end / 1000, step: EVALUATED_MS / 1000 }
        const body = new URLSearchParams({ query: expr, ...mapText(asked) })
        const response = await fetch(`${url}/api/v1/query_range`, { method: 'POST', body })
        const answer = (await response.json()) as Answer
        if (answer.data === undefined) throw new Error(`${expr}: ${answer.error ?? ''}`)
        for (const { metric, values } of answer.data.result) {
          const key = JSON.stringify(metric)
          const one = found.get(key) ?? { labels: metric, points: [] }
          found.set(key, one)
          for (const [at, value] of values) one.points.push([at * 1000, Number(value)])
        }
      }
      return [...found.values()]
    },
    stop: () => child.kill('SIGKILL'),
  }
}

interface Answer {
  readonly error?: string
  readonly data?: {
    readonly result: readonly {
      metric: Record<string, string>
      values: readonly (readonly [number, string])[]
    }[]
  }
}

function mapText(record: Readonly<Record<string, number>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, String(value)]))
}
