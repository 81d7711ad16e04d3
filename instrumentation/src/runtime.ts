/** What runs in a process: one watcher, and who listens to it. */
import { diag } from '@opentelemetry/api'
import { createBudgetGuard } from './budget-guard.ts'
import { createKeyIds } from './key-ids.ts'
import { watchFetch, type Fetch } from './hooks/fetch.ts'
import { watchHttp } from './hooks/http.ts'
import { watchUndici } from './hooks/undici.ts'
import { createInstruments } from './metrics/instruments.ts'
import { createRecorder, instrumentsOf } from './metrics/recorder.ts'
import { createExpensiveCalls } from './push/expensive-calls.ts'
import { createOwnMeter } from './push/meter.ts'
import { resourceFrom } from './push/resource.ts'
import { createSender } from './push/sender.ts'
import { createReports } from './reports.ts'
import { readSettings, type Options } from './settings.ts'
import { createWatcher } from './watcher.ts'
import type { Call } from './report.ts'

export interface Runtime {
  watch(fetch: Fetch): Fetch
  /** Watches `globalThis.fetch`, undici and node:http; returns what ends it. */
  watchAll(): () => void
  onUsage(listener: (call: Call) => void): () => void
  usageOf(response: Response): Promise<Call | undefined>
  flush(): Promise<void>
  stop(): Promise<void>
}

export function createRuntime(options: Options): Runtime {
  const settings = readSettings(options, process.env)
  for (const problem of settings.problems) diag.warn(`usage-explorer: ${problem}`)
  const plainFetch = globalThis.fetch
  const keyIds = settings.identifyKeys ? createKeyIds(plainFetch) : undefined
  const watcher = createWatcher({ gateways: settings.gateways, ...(keyIds && { keyUsed: keyIds.learn }) })
  const reports = createReports()
  watcher.listen(reports)
  if (options.onUsage !== undefined) {
    const { onUsage } = options
    watcher.listen({ ended: ({ call }) => onUsage(call) })
  }

  const { endpoint, conventions, meterProvider } = settings
  const meter = endpoint === undefined ? undefined : createOwnMeter(Date.now)
  const own = meter && createInstruments(meter, conventions)
  const instruments = own === undefined ? instrumentsOf(meterProvider, conventions) : () => own
  watcher.listen(createRecorder({ instruments, keyIdOf: (fingerprint) => keyIds?.of(fingerprint) }))
  const calls = createExpensiveCalls(settings.expensiveCalls, Date.now)
  if (endpoint !== undefined) watcher.listen(calls)
  const sender =
    endpoint &&
    meter &&
    createSender({
      endpoint,
      token: settings.token,
      intervalMs: settings.exportIntervalMs,
      meter,
      calls,
      resource: resourceFrom(process.env),
      fetch: plainFetch,
      now: Date.now,
      settle: () => watcher.settle(),
    })
  const budgets =
    endpoint === undefined || settings.budgets === 'off'
      ? undefined
      : createBudgetGuard({
          endpoint,
          token: settings.token,
          mode: settings.budgets,
          fetch: plainFetch,
          now: Date.now,
        })
  void budgets?.refresh()
  const watch = (fetch: Fetch): Fetch =>
    watchFetch(fetch, {
      watcher,
      includeUsage: settings.includeUsage,
      guard: budgets?.guard,
      responded: reports.responded,
    })

  return {
    watch,
    watchAll() {
      const before = globalThis.fetch
      const wrapped = watch(before)
      globalThis.fetch = wrapped
      const ends = [watchUndici(watcher), watchHttp(watcher)]
      return () => {
        for (const end of ends) end()
        // Whoever has wrapped it since keeps a wrapper that sees nothing any more than it has to.
        if (globalThis.fetch === wrapped) globalThis.fetch = before
      }
    },
    onUsage: (listener) => watcher.listen({ ended: ({ call }) => listener(call) }),
    usageOf: (response) => reports.of(response),
    flush: async () => {
      watcher.settle()
      await sender?.flush()
    },
    stop: async () => {
      budgets?.stop()
      await sender?.stop()
    },
  }
}
