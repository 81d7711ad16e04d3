/** `npm run alerts:year`: a year of the demo organisation through every rule; writes docs/alerts-over-a-year.md. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MINUTE } from '../../../exporter/src/clock.ts'
import { firingsOf } from './firings.ts'
import { startServer, writeBlocks } from './prometheus.ts'
import { reportOf } from './report.ts'
import { REPLAYED } from './rules.ts'
import { SCRAPED_MS } from './simulation.ts'

/** Two exporters, one after the other in time, so that two cores are busy. */
const HALVES = ['2025-11-21T00:00Z', '2026-05-22T00:00Z', '2026-11-21T00:00Z'].map((text) => Date.parse(text))
const REPORT = fileURLToPath(new URL('../../../docs/alerts-over-a-year.md', import.meta.url))
const PORT = 19_090

/** A folder with the simulation's output is taken instead of simulating again. */
const given = process.argv[2]
const folder = given ?? mkdtempSync(join(tmpdir(), 'alerts-over-a-year-'))
const stretches = HALVES.slice(1).map((to, at) => ({
  from: HALVES[at] ?? to,
  to,
  file: join(folder, `${at}.jsonl`),
}))
if (given === undefined) await Promise.all(stretches.map(simulateApart))
for (const { file, ...window } of stretches) writeBlocks(folder, file, window)

const whole = { from: HALVES[0] ?? 0, to: HALVES.at(-1) ?? 0 }
const server = await startServer(folder, PORT, SCRAPED_MS + 5 * MINUTE)
try {
  const firings = []
  for (const rule of REPLAYED) {
    for (const found of await server.ask(rule.expr, whole)) firings.push(...firingsOf(rule, found))
    process.stderr.write(`${rule.name} ${rule.severity}\n`)
  }
  writeFileSync(REPORT, reportOf(firings, whole))
} finally {
  server.stop()
  if (given === undefined) rmSync(folder, { recursive: true })
}

async function simulateApart({ from, to, file }: { from: number; to: number; file: string }): Promise<void> {
  const script = fileURLToPath(new URL('half.ts', import.meta.url))
  const args = [...process.execArgv, script, new Date(from).toISOString(), new Date(to).toISOString(), file]
  const [code] = (await once(spawn(process.execPath, args, { stdio: 'inherit' }), 'close')) as [number]
  if (code !== 0) throw new Error(`the simulation from ${new Date(from).toISOString()} ended with ${code}`)
}
