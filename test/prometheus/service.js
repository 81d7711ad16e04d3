/** The service as a process to be killed, on the leg of the compressed clock on which it was started. */
import process from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'
import { Secret } from '../../exporter/dist/config/config.js'
import { createLog } from '../../exporter/dist/log.js'
import { startService } from '../../exporter/dist/service.js'

const TICK_MS = 5

const { config, credential, leg } = JSON.parse(process.argv[2])
const accounts = config.accounts.map((account) => ({ ...account, credential: new Secret(credential) }))
const now = () => Math.min(leg.to, leg.from + (Date.now() - leg.realFrom) * leg.rate)
const clock = {
  now,
  async sleep(ms, signal) {
    const instant = now() + ms
    do await delay(TICK_MS, undefined, { signal })
    while (now() < instant)
  },
}
await startService({ config: { ...config, accounts }, log: createLog('error'), clock })
