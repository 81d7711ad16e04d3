/** On five million facts: the six questions of an explorer over HTTP, a restatement of 50,000 rows, and the start. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DAY, HOUR } from '../exporter/src/clock.ts'
import { startChild, type Child } from './support/child.ts'
import { dashboardQueries } from './support/dashboard-queries.ts'
import { median, ms, ratio, timed, type Bench, type Report, type Row } from './support/measure.ts'

const ROUNDS = 5
const KEY = '8d9a7c1e-5b1c-4f8e-9a70-000000000007'

interface Question {
  readonly what: string
  readonly query: string
  readonly days: number
  /** What DuckDB alone groups the facts of those days by. */
  readonly by: string
}

const QUESTIONS: readonly Question[] = [
  { what: 'total of 30 days', query: 'from=now-30d&granularity=month', days: 30, by: '1' },
  {
    what: '90 days by day and model, Berlin',
    query: 'from=now-90d&granularity=day&group_by=model&zone=Europe/Berlin',
    days: 90,
    by: 'series_id, bucket_start // 86400000',
  },
  {
    what: '7 days by hour and key, top 10',
    query: 'from=now-7d&granularity=hour&group_by=api_key&top=10',
    days: 7,
    by: 'series_id, bucket_start',
  },
  {
    what: '400 days by day and team',
    query: 'from=now-400d&granularity=day&group_by=team',
    days: 400,
    by: 'series_id, bucket_start // 86400000',
  },
  {
    what: 'one key, 400 days by day',
    query: `from=now-400d&granularity=day&where=api_key%3D${KEY}`,
    days: 400,
    by: 'bucket_start // 86400000',
  },
  {
    what: 'all keys and models of 400 days',
    query: 'from=now-400d&granularity=month&group_by=api_key,model&top=1000',
    days: 400,
    by: 'series_id',
  },
]

export const ledger: Bench = {
  name: 'ledger',
  run: async (size, say) => {
    const folder = mkdtempSync(join(tmpdir(), 'usage-explorer-bench-'))
    const end = Math.floor(Date.now() / HOUR) * HOUR - HOUR
    let service: Child | undefined
    let limit: Child | undefined
    try {
      service = await startChild('ledger-process.ts', [folder])
      await service.ask('start')
      const filled = await timed(async () =>
        service?.ask<{ facts: number; bytes: number }>('fill', { end, size }),
      )
      const facts = filled.value?.facts ?? 0
      say(`${facts} facts in ${ms(filled.ms)} ms`)
      await service.ask('stop')
      const megabytes = statSync(join(folder, 'data', 'ledger.duckdb')).size / 1e6
      await service.ask('copy')
      limit = await startChild('ledger-process.ts', [folder])
      await service.stop()
      const started = await start(folder)
      service = started.child
      say('questions')
      const questions = await ask(service, limit, started.url, end)
      say('dashboards')
      const boards = await openDashboards(service, started.url, end, questions)
      say('budgets')
      const budgets = await lookAtBudgets(service, limit, started.url, end)
      say('restatements')
      const written = await restate(service, limit, end, size)
      const scale = `${facts.toLocaleString('en')} facts, ${megabytes.toFixed(0)} MB on the disk`
      return [
        { title: `Questions over HTTP on ${scale}`, about: QUESTIONS_ABOUT, rows: questions },
        { title: `Dashboards on ${scale}`, about: `${DASHBOARDS_ABOUT} ${bundleSize()}`, rows: boards },
        { title: `Budgets on ${scale}`, about: BUDGETS_ABOUT, rows: budgets },
        { title: 'Restatement', about: RESTATEMENT_ABOUT, rows: written },
        {
          title: 'Start',
          about: 'From the start of the process to the first scrape on that ledger. Goal: under 2 s.',
          rows: [started.row],
        },
      ] satisfies Report[]
    } finally {
      await service?.stop()
      await limit?.stop()
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

const QUESTIONS_ABOUT =
  'Against DuckDB alone summing the same facts by series, without names, teams, coverage and JSON. Cold: nothing of the answer is kept; ' +
  'kept: the same question again while the ledger has not changed. Goal: 150 ms cold, 5 ms kept.'
const DASHBOARDS_ABOUT =
  'All queries of a Grafana dashboard at once, as it opens, by the code of the plugin; nothing is kept. Against the slowest question above. Goal: under 1 s.'
const BUDGETS_ABOUT =
  'GET /api/v1/budgets after a change, as a scrape looks at them: what each key used in the period and in each hour of four weeks, burn and forecast. ' +
  'Against DuckDB alone summing those hours by series.'
/** Of the plugin that was built last. */
function bundleSize(): string {
  const bytes = statSync(new URL('../grafana-plugin/dist/module.js', import.meta.url), {
    throwIfNoEntry: false,
  })?.size
  return bytes === undefined
    ? "The plugin's bundle was not built."
    : `The plugin's bundle has ${(bytes / 1000).toFixed(1)} kB; goal: under 60 kB.`
}

const RESTATEMENT_ABOUT =
  'One commit of an answer in which every row differs: rows, coverage and counters, durable. Against DuckDB alone inserting as many rows from memory. ' +
  'Goal: 50,000 rows in 400 ms, no block over 50 ms.'

/** The command itself, as it is installed; it ends before the measured child opens the ledger. */
async function start(folder: string): Promise<{ child: Child; url: string; row: Row }> {
  const command = fileURLToPath(new URL('../exporter/bin/usage-explorer.js', import.meta.url))
  const from = performance.now()
  const installed = spawn(process.execPath, [command, '--config', 'config.yaml'], {
    cwd: folder,
    env: { USAGE_EXPLORER_LOG_LEVEL: 'info', USAGE_EXPLORER_LISTEN: '127.0.0.1:0' },
  })
  let said = ''
  const address = await new Promise<string>((resolve, reject) => {
    installed.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text
      const found = /Look at (http:\/\/[^/]+)\//.exec(said)?.[1]
      if (found !== undefined) resolve(found)
    })
    installed.on('exit', () => reject(new Error(`the command ended: ${said}`)))
  })
  const lines = (await (await fetch(`${address}/metrics`)).text()).split('\n').length
  const took = performance.now() - from
  const resident = Number(execFileSync('ps', ['-o', 'rss=', '-p', String(installed.pid)]).toString())
  const ended = once(installed, 'exit')
  installed.kill('SIGTERM')
  await ended
  const child = await startChild('ledger-process.ts', [folder])
  const url = await child.ask<string>('start')
  return {
    child,
    url,
    row: {
      what: 'start to first scrape',
      figures: {
        ms: ms(took),
        'lines scraped': String(lines),
        'resident, MB': String(Math.round(resident / 1e3)),
      },
    },
  }
}

async function ask(service: Child, limit: Child, url: string, end: number): Promise<Row[]> {
  const rows: Row[] = []
  for (const { what, query, days, by } of QUESTIONS) {
    const sql = `SELECT ${by}, sum(amount) FROM fact WHERE bucket_start >= ${end - days * DAY} GROUP BY ${by}`
    const times: { cold: number[]; kept: number[]; limit: number[] } = { cold: [], kept: [], limit: [] }
    await service.vitals()
    let bytes = 0
    for (let round = 0; round < ROUNDS; round += 1) {
      // Another top is another question with nearly the same answer.
      const top = Number(/top=(\d+)/.exec(query)?.[1] ?? 900)
      const varied = `${url}/api/v1/query?measures=cost&${query.replace(/&top=\d+/, '')}&top=${top - round}`
      times.cold.push((await timed(async () => (bytes = (await (await fetch(varied)).text()).length))).ms)
      times.kept.push((await timed(async () => (await fetch(varied)).text())).ms)
      times.limit.push((await limit.ask<{ ms: number }>('sql', sql)).ms)
    }
    const { longestBlockMs } = await service.vitals()
    rows.push({
      what,
      figures: {
        'cold, ms': ms(median(times.cold)),
        'kept, ms': ms(median(times.kept)),
        'DuckDB alone, ms': ms(median(times.limit)),
        'cold against it': ratio(median(times.cold), median(times.limit)),
        'longest block, ms': ms(longestBlockMs),
        answer: `${(bytes / 1e3).toFixed(0)} kB`,
      },
    })
  }
  return rows
}

async function openDashboards(
  service: Child,
  url: string,
  end: number,
  questions: readonly Row[],
): Promise<Row[]> {
  const slowest = Math.max(...questions.map(({ figures }) => Number(figures['cold, ms'])))
  const times = new Map<string, { queries: number; ms: number[]; block: number }>()
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [title, paths] of await dashboardQueries(end, round)) {
      if (paths.length === 0) continue
      await service.vitals()
      const took = await timed(async () =>
        Promise.all(paths.map(async (path) => (await fetch(url + path)).text())),
      )
      const { longestBlockMs } = await service.vitals()
      const known = times.get(title) ?? { queries: paths.length, ms: [], block: 0 }
      known.ms.push(took.ms)
      times.set(title, { ...known, block: Math.max(known.block, longestBlockMs) })
    }
  }
  return [...times].map(([what, { queries, ms: all, block }]) => ({
    what,
    figures: {
      queries: String(queries),
      'together, ms': ms(median(all)),
      'against the slowest question': ratio(median(all), slowest),
      'longest block, ms': ms(block),
    },
  }))
}

async function lookAtBudgets(service: Child, limit: Child, url: string, end: number): Promise<Row[]> {
  const headers = {
    'content-type': 'application/json',
    authorization: `Bearer ${await service.ask<string>('token')}`,
  }
  const post = async (path: string, body: object): Promise<void> => {
    const response = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  }
  const rows: Row[] = []
  const set: object[] = []
  for (const period of ['month', 'week', 'day']) {
    set.push({ name: period, each: 'api_key', amount: '1000', unit: 'USD', period })
    const times: number[] = []
    const limits: number[] = []
    let states = 0
    await service.vitals()
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const budget of set) await post('/api/v1/budgets', budget)
      const took = await timed(async () => (await fetch(`${url}/api/v1/budgets`)).json())
      states = (took.value as { budgets: unknown[] }).budgets.length
      times.push(took.ms)
      const sql = `SELECT series_id, bucket_start, sum(amount) FROM fact WHERE bucket_start >= ${end - 28 * DAY} GROUP BY ALL`
      limits.push((await limit.ask<{ ms: number }>('sql', sql)).ms)
    }
    const { longestBlockMs } = await service.vitals()
    rows.push({
      what: set.length === 1 ? 'one for each key' : `${set.length} for each key`,
      figures: {
        states: String(states),
        ms: ms(median(times)),
        'against DuckDB alone': ratio(median(times), median(limits)),
        'longest block, ms': ms(longestBlockMs),
      },
    })
  }
  for (const name of ['month', 'week', 'day']) await post('/api/v1/budgets/remove', { name })
  return rows
}

async function restate(service: Child, limit: Child, end: number, size: number): Promise<Row[]> {
  const hours = 100
  const times: number[] = []
  const peers: number[] = []
  let changed = 0
  let longestBlockMs = 0
  for (let round = 0; round < ROUNDS + 1; round += 1) {
    await service.ask('prepare', { end, hours, size })
    await service.vitals()
    const outcome = await service.ask<{ ms: number; changed: number }>('restate')
    if (round > 0) longestBlockMs = Math.max(longestBlockMs, (await service.vitals()).longestBlockMs)
    changed = outcome.changed
    if (round > 0) times.push(outcome.ms)
    const sql = `CREATE OR REPLACE TABLE peer AS SELECT * FROM fact ORDER BY bucket_start DESC LIMIT ${changed}`
    if (round > 0) peers.push((await limit.ask<{ ms: number }>('sql', sql)).ms)
  }
  return [
    {
      what: `${changed.toLocaleString('en')} rows`,
      figures: {
        ms: ms(median(times)),
        'against DuckDB alone': ratio(median(times), median(peers)),
        'longest block, ms': ms(longestBlockMs),
      },
    },
  ]
}
