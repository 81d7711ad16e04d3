/** Questions to the exporter. */
import type { Fetch } from './hooks/fetch.ts'

export interface PeriodUsage {
  readonly requests: number | null
  readonly tokens: number | null
  readonly cost: number | null
}

/** What an account has used. Figures that nobody reports are null. */
export interface UsageStatistics {
  readonly total_requests: number | null
  readonly total_tokens: number | null
  readonly total_cost: number | null
  readonly currency: string
  readonly current_period: PeriodUsage & { readonly period_start: string; readonly period_end: string }
  readonly by_provider: Readonly<Record<string, PeriodUsage>>
  readonly by_model: Readonly<Record<string, PeriodUsage>>
}

export interface ExporterOptions {
  /** Default: `USAGE_EXPLORER_ENDPOINT`. */
  readonly endpoint?: string
  /** Token of scope read. Default: `USAGE_EXPLORER_READ_TOKEN`. */
  readonly token?: string
}

/** Before anything is wrapped, so that questions are not calls. */
const plainFetch: Fetch = globalThis.fetch

/**
 * What was used so far, from the exporter: totals, this month, by provider, by model.
 *
 * @example if ((await getUsage()).current_period.cost > 50) return cheaperAnswer()
 * @throws Error where the exporter is not configured, cannot be reached or refuses
 */
export async function getUsage(options: ExporterOptions = {}): Promise<UsageStatistics> {
  return (await ask('/api/v1/user/usage', options)) as UsageStatistics
}

async function ask(path: string, options: ExporterOptions): Promise<unknown> {
  const endpoint = options.endpoint ?? process.env['USAGE_EXPLORER_ENDPOINT']
  const token = options.token ?? process.env['USAGE_EXPLORER_READ_TOKEN']
  if (endpoint === undefined) {
    throw new Error(
      'set USAGE_EXPLORER_ENDPOINT to the address of the exporter, such as http://127.0.0.1:9477',
    )
  }
  const response = await plainFetch(new URL(path, endpoint), {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(10_000),
  })
  if (!response.ok)
    throw new Error(`the exporter answered ${response.status}: ${(await response.text()).slice(0, 500)}`)
  return response.json()
}
