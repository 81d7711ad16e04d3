/** `kill -9` at any moment: of a process that writes to the ledger, and of the whole service in its backfill. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DAY, HOUR } from '../../exporter/src/clock.ts'
import { startSimulator, type Simulator } from '../../exporter/src/demo/simulator.ts'
import type { Ledger } from '../../exporter/src/ledger/ledger.ts'
import { openLedger } from '../../exporter/src/ledger/open.ts'
import { options, T0 } from '../../exporter/src/ledger/testing/answers.ts'
import { startRecorder, type Recorder } from '../support/recorder.ts'
import { compiled, samplesOf, useProcesses, type Running } from '../support/service-process.ts'
import { byKey, byModel, byType, costOfDay, settledDays, type GroupOf } from '../support/truth.ts'
import { answerOf, cellsAfter, type Cells } from './kill/story.ts'

/** Together with those of the service a hundred. */
const WRITER_KILLS = 75
/** Each is killed at the latest this long after it began to commit. */
const LONGEST_LIFE_MS = 300
const BATCH = 120

const BACKFILL_KILLS = 5
const POLLING_KILLS = 20

const processes = useProcesses()
let dataDir: string

beforeAll(() => {
  compiled('ledger/open.js')
  dataDir = mkdtempSync(join(tmpdir(), 'usage-explorer-kill-'))
})
afterAll(() => rmSync(dataDir, { recursive: true, force: true }))

test(`${WRITER_KILLS} kills of a writer that is asked meanwhile lose no acknowledged answer, double none and leave none in part`, async () => {
  let done = 0
  let highestPublished = 0n
  for (let kill = 0; kill < WRITER_KILLS; kill++) {
    // One in six is killed while it starts, when the ledger is being opened or nothing is committed yet.
    const life = await liveAndDie(done, kill % 6 === 5 ? 'starting' : 'committing')
    if (life.published > highestPublished) highestPublished = life.published
    const acknowledged = life.committed ?? done - 1

    let now = 0
    const ledger = await openLedger({ ...storyOptions(), now: () => now })
    try {
      const cells = await cellsOf(ledger)
      const whole = cellsAfter(acknowledged + 1)
      const withNext = cellsAfter(acknowledged + 2)
      const reached = sameCells(cells, whole) ? acknowledged : acknowledged + 1
      expect(cells, `after kill ${kill}, answer ${acknowledged} acknowledged`).toEqual(
        reached === acknowledged ? whole : withNext,
      )
      now = reached < 0 ? T0 : answerOf(reached).fetchedAt
      checkCounters(ledger, cells, highestPublished)
      done = reached + 1
    } finally {
      await ledger.close()
    }
  }
  // Else the kills came too early to tell anything.
  expect(done).toBeGreaterThan(WRITER_KILLS)
}, 240_000)

/** Starts the writer at answer `first`, kills it at a random moment, and returns what it had acknowledged. */
async function liveAndDie(
  first: number,
  when: 'starting' | 'committing',
): Promise<{ committed: number | undefined; published: bigint }> {
  const writer = fork(fileURLToPath(new URL('kill/writer.js', import.meta.url)), {
    serialization: 'advanced',
    silent: true,
    execArgv: [],
  })
  let output = ''
  let complaints = ''
  const isCommitting = new Promise<void>((resolve) => {
    writer.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output += text
      resolve()
    })
  })
  writer.stderr?.setEncoding('utf8').on('data', (text: string) => (complaints += text))
  const ended = once(writer, 'close')
  const { sources, retentionMs, scrapeIntervalMs } = storyOptions()
  const answers = Array.from({ length: BATCH }, (_, at) => ({
    number: first + at,
    answer: answerOf(first + at),
  }))
  writer.send({ dataDir, sources, retentionMs, scrapeIntervalMs, reopenEvery: 11, answers })
  if (when === 'committing') await Promise.race([isCommitting, ended])
  const life = setTimeout(() => writer.kill('SIGKILL'), Math.random() * LONGEST_LIFE_MS)
  const [code, signal] = (await ended) as [number | null, string | null]
  clearTimeout(life)
  expect({ code, signal, complaints }).toEqual({ code: null, signal: 'SIGKILL', complaints: '' })
  const numbers = (word: string): bigint[] =>
    [...output.matchAll(new RegExp(`^${word} (\\d+)\n`, 'gm'))].map(([, number = '']) => BigInt(number))
  const committed = numbers('committed').at(-1)
  return {
    committed: committed === undefined ? undefined : Number(committed),
    published: numbers('published').at(-1) ?? 0n,
  }
}

function storyOptions(): ReturnType<typeof options> {
  return { ...options(dataDir, () => T0), retentionMs: 3650 * DAY }
}

/** Every fact of the ledger; a doubled row would be in the sum. */
async function cellsOf(ledger: Ledger): Promise<Cells> {
  const cells = new Map<string, bigint>()
  for (const { id, coverage } of ledger.sources().flatMap(({ cuts }) => cuts)) {
    const series = ledger.series(id)
    const bucketStarts = coverage.flatMap(({ from, to }) =>
      Array.from({ length: (to - from) / HOUR }, (_, at) => from + at * HOUR),
    )
    const rows = await ledger.sums({
      cutId: id,
      window: { from: 0, to: Number.MAX_SAFE_INTEGER },
      groups: new Map(series.map((one, at) => [one.id, at])),
      bucketStarts,
    })
    for (const { group, bucket, amount } of rows) {
      cells.set(`${bucketStarts[bucket]} ${series[group]?.stated.api_key ?? ''}`, amount)
    }
  }
  return cells
}

function sameCells(a: Cells, b: Cells): boolean {
  return a.size === b.size && [...a].every(([cell, amount]) => b.get(cell) === amount)
}

/** Counters are the sum of the facts since the epoch by key, and none shows less than was shown before. */
function checkCounters(ledger: Ledger, cells: Cells, highestPublished: bigint): void {
  const epoch = ledger.sources()[0]?.epoch ?? Infinity
  const sums = new Map<string, bigint>()
  for (const [cell, amount] of cells) {
    const [start = '', key = ''] = cell.split(' ')
    if (Number(start) >= epoch) sums.set(key, (sums.get(key) ?? 0n) + amount)
  }
  const counters = ledger.counters().filter((counter) => counter.family === 'cost')
  const counted = counters.filter((counter) => counter.ledger !== 0n)
  expect(new Map(counted.map((counter) => [counter.labels['key'], counter.ledger]))).toEqual(sums)
  const published = counters.reduce((sum, counter) => sum + counter.published, 0n)
  expect(published).toBeGreaterThanOrEqual(highestPublished)
}

test('a service killed again and again in its backfill resumes with the gaps and ends with the provider’s truth', async () => {
  const simulator = await startSimulator({ now: Date.now })
  const recorder = await startRecorder(simulator.url)
  const startedAt = Date.now()
  try {
    const folder = processes.folder()
    const env = {
      XAI_MANAGEMENT_KEY: simulator.managementKey,
      XAI_MANAGEMENT_URL: recorder.url,
    }
    const runs: HistoryRequest[][] = []
    for (let kill = 0; kill < BACKFILL_KILLS; kill++) {
      const first = recorder.requests.length
      const service = processes.start(folder, env)
      // The last hours are read first; then it dies in, before or after one of the first windows of the history.
      await Promise.race([recorder.until(() => historyOf(recorder, first).length > 0), service.ended])
      expect(service.alive, service.output).toBe(true)
      await new Promise((resolve) => setTimeout(resolve, Math.random() * LONGEST_LIFE_MS))
      await service.stop('SIGKILL')
      runs.push(historyOf(recorder, first))
    }
    const first = recorder.requests.length
    const service = processes.start(folder, env)
    await service.backfilled()
    runs.push(historyOf(recorder, first))
    expectNothingReadTwice(runs)
    await expectTruth(simulator, startedAt, (path) => service.json(path))
    expect(await service.stop()).toEqual({ code: 0, signal: null })
  } finally {
    await recorder.close()
    await simulator.close()
  }
})

test(`${POLLING_KILLS} kills of a service that polls every second and answers questions change no figure`, async () => {
  const simulator = await startSimulator({ now: Date.now })
  const startedAt = Date.now()
  try {
    const folder = processes.folder()
    const account = `{ name: xai, provider: xai, key_env: THE_KEY, url: '${simulator.url}', interval: 1s }`
    writeFileSync(join(folder, 'config.yaml'), `accounts: [${account}]\n`)
    const start = (): Running =>
      processes.start(folder, { THE_KEY: simulator.managementKey }, ['--config', 'config.yaml'])
    const first = start()
    await first.backfilled()
    await first.stop('SIGKILL')
    const published = new Map<string, number>()
    for (let kill = 0; kill < POLLING_KILLS; kill++) {
      const service = start()
      const url = await service.url()
      const asking = askUntilItEnds(url, published)
      await new Promise((resolve) => setTimeout(resolve, Math.random() * LONGEST_LIFE_MS * 3))
      await service.stop('SIGKILL')
      await asking
    }
    expect(published.size).toBeGreaterThan(0)
    const last = start()
    await last.backfilled()
    await expectTruth(simulator, startedAt, (path) => last.json(path))
    noneFell(samplesOf(await last.text('/metrics'), 'llm_billed_cost_total'), published)
    expect(await last.stop()).toEqual({ code: 0, signal: null })
  } finally {
    await simulator.close()
  }
})

/** Scrapes and questions, one after the other, until nobody answers any more. */
async function askUntilItEnds(url: string, published: Map<string, number>): Promise<void> {
  const paths = ['/api/v1/query?from=now-30d&group_by=model', '/metrics', '/api/v1/summary']
  try {
    for (;;) {
      for (const path of paths) {
        const text = await (await fetch(url + path)).text()
        if (path === '/metrics') noneFell(samplesOf(text, 'llm_billed_cost_total'), published)
      }
    }
  } catch (thrown) {
    // The killed connection; what an expectation throws is not that.
    if (!(thrown instanceof TypeError)) throw thrown
  }
}

function noneFell(now: ReadonlyMap<string, number>, published: Map<string, number>): void {
  for (const [labels, value] of now) {
    expect(value, labels).toBeGreaterThanOrEqual(published.get(labels) ?? 0)
    published.set(labels, value)
  }
  for (const labels of published.keys()) expect(now.has(labels), labels).toBe(true)
}

interface HistoryRequest {
  readonly from: number
  readonly to: number
}

/** Requests for usage since `first`, those for the last six hours left out: every start reads them anew. */
function historyOf(recorder: Recorder, first: number): HistoryRequest[] {
  return recorder.requests.slice(first).flatMap(({ path, body, at }) => {
    if (!path.endsWith('/usage')) return []
    const { analyticsRequest } = JSON.parse(body) as {
      analyticsRequest: { timeRange: { startTime: string; endTime: string } }
    }
    const { startTime, endTime } = analyticsRequest.timeRange
    const [from = 0, to = 0] = [startTime, endTime].map((time) => Date.parse(`${time.replace(' ', 'T')}Z`))
    return to <= Math.floor((at - 6 * HOUR) / HOUR) * HOUR ? [{ from, to }] : []
  })
}

/** Whoever asks for the next window has committed the one before: nobody may ask for that again. */
function expectNothingReadTwice(runs: readonly (readonly HistoryRequest[])[]): void {
  const committed: HistoryRequest[] = []
  for (const run of runs) {
    for (const { from, to } of run) {
      expect(committed.filter((window) => window.from < to && from < window.to)).toEqual([])
    }
    committed.push(...run.slice(0, -1))
  }
  expect(committed.length).toBeGreaterThan(BACKFILL_KILLS)
}

async function expectTruth(
  { model }: Simulator,
  at: number,
  ask: (path: string) => Promise<unknown>,
): Promise<void> {
  const days = settledDays(at)
  expect(days.length).toBeGreaterThan(60)
  const groups: Readonly<Record<string, GroupOf>> = { api_key: byKey, model: byModel, type: byType }
  for (const [dimension, group] of Object.entries(groups)) {
    const path = `/api/v1/query?from=${days[0] ?? ''}&to=${days.at(-1) ?? ''}&granularity=day&group_by=${dimension}&top=1000`
    const { series } = (await ask(path)) as Answered
    for (const day of days) {
      const told = series.flatMap(({ dimensions, points }) => {
        const amount = points.find(({ start }) => start.startsWith(day))?.amount ?? null
        return amount === '0' ? [] : [[dimensions[dimension] ?? '', amount] as const]
      })
      expect(new Map(told), `${day} by ${dimension}`).toEqual(costOfDay(model, day, group))
    }
  }
}

interface Answered {
  readonly series: readonly {
    readonly dimensions: Readonly<Record<string, string>>
    readonly points: readonly { readonly start: string; readonly amount: string | null }[]
  }[]
}
