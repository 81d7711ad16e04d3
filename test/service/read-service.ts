/** A running service that has read all of a simulated account, for the tests of a file to ask. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { startSimulator, type Simulator } from '../../exporter/src/demo/simulator.ts'
import { useProcesses, type Running } from '../support/service-process.ts'
import { settledDays } from '../support/truth.ts'

const CONFIG = `
listen: 127.0.0.1:0
data_dir: data
accounts:
  - name: main
    provider: xai
    key_env: THE_KEY
    url: UPSTREAM
keys:
  - match: search-*
    team: search
  - match: support-bot-*
    team: support
`

export interface ReadService {
  readonly simulator: Simulator
  readonly service: Running
  readonly url: string
  /** Oldest first; see {@link settledDays}. */
  readonly settled: readonly string[]
}

/** To be called at the top of a file; the function it returns, inside of tests. */
export function useReadService(): () => ReadService {
  const processes = useProcesses()
  let found: ReadService | undefined
  const needed = (): ReadService => {
    if (found === undefined) throw new Error('the service is asked before it is started')
    return found
  }
  beforeAll(async () => {
    const simulator = await startSimulator({ now: Date.now })
    const settled = settledDays(Date.now())
    const folder = processes.folder()
    writeFileSync(join(folder, 'config.yaml'), CONFIG.replace('UPSTREAM', simulator.url))
    const env = { THE_KEY: simulator.managementKey, USAGE_EXPLORER_LOG_LEVEL: 'debug' }
    const service = processes.start(folder, env, ['--config', 'config.yaml'])
    await service.backfilled()
    found = { simulator, service, url: await service.url(), settled }
  })
  afterAll(() => needed().simulator.close())
  return needed
}
