/** The whole service over a filled ledger; or DuckDB alone over a copy of it. */
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { createToken } from '../exporter/src/access/tokens.ts'
import { HOUR } from '../exporter/src/clock.ts'
import { loadConfig } from '../exporter/src/config/load.ts'
import { createLog } from '../exporter/src/log.ts'
import { startService, type Service } from '../exporter/src/service.ts'
import type { Answer } from '../exporter/src/usage/record.ts'
import { serveTasks } from './support/child.ts'
import { answerFor, fill, KEYS } from './support/fill.ts'

const [folder = ''] = process.argv.slice(2)
let service: Service | undefined
let restated = 0
let answer: Answer | undefined

/** Twenty teams of keys; no account is polled, so that nothing else goes on. */
function config(): ReturnType<typeof loadConfig> {
  const rules = Array.from({ length: KEYS }, (_, key) => {
    return `  - { match: '*-${String(key).padStart(12, '0')}', team: team-${key % 20} }`
  })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'key'), 'no-key')
  const file = `listen: 127.0.0.1:0\ndata_dir: data\nlog_level: silent\naccounts: [{ name: production, provider: xai, key_file: key, url: 'http://127.0.0.1:1' }]\nkeys:\n${rules.join('\n')}\n`
  writeFileSync(join(folder, 'config.yaml'), file)
  return { ...loadConfig({ env: {}, cwd: folder, configFile: 'config.yaml' }), accounts: [] }
}

async function running(): Promise<Service> {
  service ??= await startService({ config: config(), log: createLog('silent') })
  return service
}

let plain: DuckDBInstance | undefined

serveTasks({
  start: async () => (await running()).url,
  token: () =>
    createToken(join(folder, 'data'), { scope: 'admin', teams: undefined, name: 'bench', now: Date.now() })
      .text,
  fill: async ({ end, size }: { end: number; size: number }) => {
    const { ledger } = await running()
    await fill(ledger, end, size)
    return ledger.stats()
  },
  prepare: ({ end, hours, size }: { end: number; hours: number; size: number }) => {
    restated += 1
    answer = answerFor(end - hours * HOUR, end, Date.now(), size, restated)
  },
  restate: async () => {
    const { ledger } = await running()
    if (answer === undefined) throw new Error('nothing is prepared')
    const from = performance.now()
    const outcome = await ledger.commit(answer)
    return { ms: performance.now() - from, rows: answer.records.length, changed: outcome.changedRows }
  },
  stop: async () => {
    await service?.stop()
    service = undefined
  },
  copy: () => {
    const path = join(folder, 'data', 'ledger.duckdb')
    for (const suffix of ['', '.wal'])
      if (existsSync(path + suffix)) copyFileSync(path + suffix, `${path}.copy${suffix}`)
  },
  /** The limit: the same facts summed by DuckDB, without names, teams, coverage or words. */
  sql: async (sql: string) => {
    plain ??= await DuckDBInstance.create(join(folder, 'data', 'ledger.duckdb.copy'), { memory_limit: '1GB' })
    const connection = await plain.connect()
    const from = performance.now()
    const reader = await connection.runAndReadAll(sql)
    const took = performance.now() - from
    connection.closeSync()
    return { ms: took, rows: reader.currentRowCount }
  },
})
