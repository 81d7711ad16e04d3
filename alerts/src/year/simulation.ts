/** A year of the demo organisation through the exporter's own rooms: what /metrics would have shown, hour by hour. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createBudgets } from '../../../exporter/src/budgets/budgets.ts'
import { budgetGauges } from '../../../exporter/src/budgets/gauges.ts'
import { withDemoAccount } from '../../../exporter/src/cli/demo-account.ts'
import { DAY, HOUR, type Clock } from '../../../exporter/src/clock.ts'
import type { Config } from '../../../exporter/src/config/config.ts'
import { loadConfig } from '../../../exporter/src/config/load.ts'
import { exportOf } from '../../../exporter/src/demo/apps-export.ts'
import { startSimulator, type Simulator } from '../../../exporter/src/demo/simulator.ts'
import { createLog } from '../../../exporter/src/log.ts'
import { contributeAccounts } from '../../../exporter/src/metrics/contributors/accounts.ts'
import { contributeCounters } from '../../../exporter/src/metrics/contributors/counters.ts'
import { contributeObserved } from '../../../exporter/src/metrics/contributors/observed.ts'
import { contributeSources } from '../../../exporter/src/metrics/contributors/sources.ts'
import { renderText } from '../../../exporter/src/metrics/exposition.ts'
import { createSelfMetrics } from '../../../exporter/src/metrics/self.ts'
import { createMetrics } from '../../../exporter/src/metrics/snapshot.ts'
import { createReceiver } from '../../../exporter/src/otlp/receiver.ts'
import { decodeMetricsJson } from '../../../exporter/src/otlp/wire/json.ts'
import { createPolling } from '../../../exporter/src/polling/polling.ts'
import { neverReports, PROVIDERS } from '../../../exporter/src/providers/registry.ts'
import type { QuestionContext } from '../../../exporter/src/questions/context.ts'
import { periodGauges } from '../../../exporter/src/questions/gauges.ts'
import { contributeReconciliation } from '../../../exporter/src/questions/reconciliation-answer.ts'
import { usualCost } from '../../../exporter/src/questions/usual-cost.ts'
import { openStore } from '../../../exporter/src/store.ts'
import { VirtualClock } from '../../../test/polling/virtual-clock.ts'
import { isOutage } from './truth.ts'

/** Polls, and scrapes of everything; what apps send is scraped every hour. */
export const SCRAPED_MS: number = 4 * HOUR
/** The account's loop, and the one that keeps house. */
const LOOPS = 2

/**
 * Calls back at each whole hour of (from, to] with the text of /metrics. The exporter starts at `from` with what the
 * provider still knows of the past, as on a first day.
 */
export async function simulate(
  window: { readonly from: number; readonly to: number },
  scraped: (at: number, text: string) => void,
): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'usage-explorer-year-'))
  const clock = new VirtualClock(window.from)
  const now = (): number => clock.now()
  const simulator = await startSimulator({
    now,
    intercept: () => (isOutage(now()) ? { status: 500, body: '{"error":"outage"}' } : undefined),
  })
  const exporter = await startExporter(configOf(simulator, dataDir), simulator, clock)
  try {
    for (let at = window.from + HOUR; at <= window.to; at += HOUR) {
      await clock.advance(HOUR, LOOPS)
      await exporter.receive(at - HOUR)
      scraped(at, await exporter.scrape((at - window.from) % SCRAPED_MS === 0))
    }
  } finally {
    await exporter.stop()
    await simulator.close()
    rmSync(dataDir, { recursive: true })
  }
}

function configOf(simulator: Simulator, dataDir: string): Config {
  const config = withDemoAccount(
    loadConfig({ env: { USAGE_EXPLORER_DATA_DIR: dataDir }, cwd: dataDir }),
    simulator,
  )
  const accounts = config.accounts.map((account) => ({
    ...account,
    intervalMs: HOUR,
    // Enough for the four weeks that forecasts and what is usual go by, and for the running month.
    lookbackMs: 45 * DAY,
    lookbackEveryMs: 2 * DAY,
  }))
  return { ...config, dataDir, accounts }
}

interface Exporter {
  /** Takes what apps saw in the hour. */
  receive(hour: number): Promise<void>
  /** With `all`, else what apps sent: figures of the bill take long, and move slowly. */
  scrape(all: boolean): Promise<string>
  stop(): Promise<void>
}

/** The service's rooms without its server, and on a clock that jumps. */
async function startExporter(config: Config, simulator: Simulator, clock: VirtualClock): Promise<Exporter> {
  const now = (): number => clock.now()
  const log = createLog('silent')
  const { ledger, identity } = await openStore(config, clock)
  const context: QuestionContext = { ledger, identity, config, now, neverReports }
  const receiver = await createReceiver({
    ledger,
    accounts: config.accounts,
    names: () => ledger.facts().names,
    now,
    gatherMs: 0,
  })
  const budgets = await createBudgets({ context, log, crossed: () => undefined })
  const observed = [contributeCounters(ledger), contributeObserved(receiver.levels, identity)]
  const often = createMetrics({ now, contributors: observed })
  const metrics = createMetrics({
    now,
    contributors: [
      ...observed,
      contributeSources(ledger),
      contributeAccounts(ledger, identity),
      periodGauges(context),
      contributeReconciliation(context),
      budgetGauges(budgets),
      usualCost(context),
    ],
  })
  // All that is due meanwhile is done at once, just before the scrape.
  const slow: Clock = { now, sleep: (ms, signal) => clock.sleep(Math.max(ms, SCRAPED_MS), signal) }
  const polling = createPolling({
    accounts: config.accounts.map((account) => {
      const provider = PROVIDERS[account.provider]
      return { config: account, provider, account: provider.open(account, { now }) }
    }),
    ledger,
    clock: slow,
    log,
    observer: { polled: (event) => self.polled(event), progress: () => undefined },
    retentionMs: config.retentionMs,
    random: () => 0.5,
  })
  const self = createSelfMetrics({
    version: 'year',
    dataDir: config.dataDir,
    ledger,
    accounts: () => polling.status(),
    now,
  })
  polling.start()
  return {
    receive: async (hour) => {
      const body = exportOf(simulator.model, [{ from: hour, to: hour + HOUR }])
      await receiver.receive(decodeMetricsJson(JSON.stringify(body)), undefined)
    },
    scrape: async (all) => {
      let text = ''
      const snapshot = await (all ? metrics : often).snapshot()
      for await (const piece of renderText(snapshot, all ? await self.text() : '')) text += piece
      return text
    },
    stop: async () => {
      await polling.stop()
      await budgets.stop()
      await receiver.close()
      await self.shutdown()
      await ledger.close()
    },
  }
}
