/** The whole service on time that runs fast, polling the simulated provider. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HOUR, MINUTE } from '../exporter/src/clock.ts'
import { withDemoAccount } from '../exporter/src/cli/demo-account.ts'
import { loadConfig } from '../exporter/src/config/load.ts'
import { startSimulator } from '../exporter/src/demo/simulator.ts'
import { createLog } from '../exporter/src/log.ts'
import { startService } from '../exporter/src/service.ts'
import { CompressedClock } from '../test/support/compressed-clock.ts'
import { serveTasks } from './support/child.ts'

const folder = mkdtempSync(join(tmpdir(), 'usage-explorer-soak-'))
const clock = new CompressedClock(Math.floor(Date.now() / HOUR) * HOUR)

serveTasks({
  start: async () => {
    const simulator = await startSimulator({ now: () => clock.now(), historyMs: 48 * HOUR })
    const env = { USAGE_EXPLORER_LISTEN: '127.0.0.1:0', USAGE_EXPLORER_DATA_DIR: folder }
    const demo = withDemoAccount(loadConfig({ env, cwd: folder }), simulator)
    const accounts = demo.accounts.map((account) => ({
      ...account,
      intervalMs: 5 * MINUTE,
      lookbackMs: 48 * HOUR,
    }))
    const service = await startService({ config: { ...demo, accounts }, log: createLog('silent'), clock })
    return service.url
  },
  /** Goes on for so many simulated hours, and tells what is in use once garbage is collected. */
  run: async ({ hours, realMs }: { hours: number; realMs: number }) => {
    clock.setOff(clock.now() + hours * HOUR, (hours * HOUR) / realMs)
    await new Promise((resolve) => setTimeout(resolve, realMs))
    globalThis.gc?.()
    const { rss, heapUsed, external } = process.memoryUsage()
    return { rss, heap: heapUsed + external }
  },
  clean: () => rmSync(folder, { recursive: true, force: true }),
})
