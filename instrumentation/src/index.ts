/** Tokens, cost, errors and latency of LLM calls in a Node service. What it watches never feels it. */
import type { Fetch } from './hooks/fetch.ts'
import type { Call } from './report.ts'
import { createRuntime, type Runtime } from './runtime.ts'
import type { Options } from './settings.ts'

export { BudgetExceededError } from './budget-guard.ts'
export { getUsage, type ExporterOptions, type PeriodUsage, type UsageStatistics } from './exporter-client.ts'
export { withLabels, type Labels } from './labels.ts'
export type { Call, CostBreakdown, Usage } from './report.ts'
export type { Conventions, Options } from './settings.ts'

let runtime: Runtime | undefined
let unwatch: (() => void) | undefined

/** One in a process: calls are watched once. Options of the first who asks for it hold. */
function running(options: Options = {}): Runtime {
  runtime ??= createRuntime(options)
  return runtime
}

/**
 * Watches `globalThis.fetch`, undici and node:http from now on. `node --import @usage-explorer/instrumentation/register`
 * does it before the app's first line, which is where clients take their fetch. Twice is once.
 */
export function install(options: Options = {}): void {
  const current = running(options)
  unwatch ??= current.watchAll()
}

/**
 * A fetch that is watched, for the `fetch` option of an SDK.
 *
 * @example new OpenAI({ baseURL: 'https://api.x.ai/v1', fetch: instrumentFetch(fetch) })
 */
export function instrumentFetch(fetch: Fetch, options: Options = {}): Fetch {
  return running(options).watch(fetch)
}

/** Told of every call when it has ended; returns what ends it. What the listener throws is dropped. */
export function onUsage(listener: (call: Call) => void): () => void {
  return running().onUsage(listener)
}

/** The report of a response of a watched fetch, once its body was read; undefined for any other response. */
export async function usageOf(response: Response): Promise<Call | undefined> {
  return running().usageOf(response)
}

/** Sends what was observed until now, where the library sends by itself. For before `process.exit()`. */
export async function flush(): Promise<void> {
  await runtime?.flush()
}

/** Stops watching and sends the rest. */
export async function uninstall(): Promise<void> {
  unwatch?.()
  unwatch = undefined
  await runtime?.stop()
  runtime = undefined
}
