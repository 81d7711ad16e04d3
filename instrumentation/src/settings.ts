/** Settings of the library: options in code, else environment variables. */
import { CALL_PROVIDERS, openAiCompatible } from '@usage-explorer/core/calls/providers'
import type { Gateway } from '@usage-explorer/core/calls/recognise'
import type { MeterProvider } from '@opentelemetry/api'
import type { Call } from './report.ts'

/** Which token metrics of the GenAI conventions are sent besides our own. */
export type Conventions = 'current' | '1.41' | 'both'

export interface Options {
  /**
   * Address of the exporter, such as `http://127.0.0.1:9477`. With it the library sends by itself; without it, through
   * the app's own OpenTelemetry. Default: `USAGE_EXPLORER_ENDPOINT`.
   */
  readonly endpoint?: string
  /** Token of scope ingest. Default: `USAGE_EXPLORER_TOKEN`. */
  readonly token?: string
  /** ms between two sendings. Default: `USAGE_EXPLORER_EXPORT_INTERVAL_MS`, else 10,000. */
  readonly exportIntervalMs?: number
  /** Instead of the global provider. */
  readonly meterProvider?: MeterProvider
  /**
   * Addresses that are not a provider's own, with who answers there: `{'http://llm.internal:4000': 'litellm'}`. A name
   * that is not known is read as OpenAI's form. Default: `USAGE_EXPLORER_GATEWAYS`, `url=provider` separated by commas.
   */
  readonly gateways?: Readonly<Record<string, string>>
  /** Default: `USAGE_EXPLORER_CONVENTIONS`, else `current`. */
  readonly conventions?: Conventions
  /**
   * Asks OpenAI-compatible chat streams to tell their usage (`stream_options.include_usage`). It changes the request, and
   * the app gets one more chunk. Default: `USAGE_EXPLORER_INCLUDE_USAGE=true`, else false.
   */
  readonly includeUsage?: boolean
  /**
   * Asks xAI once for the id of each key, with the key itself, so that calls are matched with the bill without a doubt.
   * Default: `USAGE_EXPLORER_IDENTIFY_KEYS=true`, else false.
   */
  readonly identifyKeys?: boolean
  /** So many of the most expensive calls of each hour are sent one by one. Default: 20; 0 turns it off. */
  readonly expensiveCalls?: number
  /** Asks the exporter whether a budget is used up before each call. Default: `USAGE_EXPLORER_BUDGETS`, else `off`. */
  readonly budgets?: 'off' | 'warn' | 'block'
  /** Told of every call when it has ended. What it throws is dropped. */
  readonly onUsage?: (call: Call) => void
}

export interface Settings {
  readonly endpoint: URL | undefined
  readonly token: string | undefined
  readonly exportIntervalMs: number
  readonly meterProvider: MeterProvider | undefined
  readonly gateways: readonly Gateway[]
  readonly conventions: Conventions
  readonly includeUsage: boolean
  readonly identifyKeys: boolean
  readonly expensiveCalls: number
  readonly budgets: 'off' | 'warn' | 'block'
  /** What could not be understood; the default stands in. */
  readonly problems: readonly string[]
}

type Environment = Readonly<Record<string, string | undefined>>

/** Never throws: a library that watches must not be why the app does not start. */
export function readSettings(options: Options, env: Environment): Settings {
  const problems: string[] = []
  const choice = <T extends string>(
    name: string,
    given: string | undefined,
    known: readonly T[],
    fallback: T,
  ): T => {
    const found = known.find((one) => one === given)
    if (given !== undefined && given !== '' && found === undefined) {
      problems.push(`${name} must be one of ${known.join(', ')}`)
    }
    return found ?? fallback
  }
  const number = (name: string, given: number | string | undefined, fallback: number): number => {
    if (given === undefined || given === '') return fallback
    const value = Number(given)
    if (Number.isInteger(value) && value >= 0) return value
    problems.push(`${name} must be a whole number`)
    return fallback
  }
  const address = (name: string, given: string | undefined): URL | undefined => {
    if (given === undefined || given === '') return undefined
    const url = URL.canParse(given) ? new URL(given) : undefined
    if (url === undefined || !/^https?:$/.test(url.protocol))
      problems.push(`${name} must be an http(s) address`)
    return url !== undefined && /^https?:$/.test(url.protocol) ? url : undefined
  }
  const gateways = Object.entries(options.gateways ?? pairs(env['USAGE_EXPLORER_GATEWAYS']))
  return {
    endpoint: address('USAGE_EXPLORER_ENDPOINT', options.endpoint ?? env['USAGE_EXPLORER_ENDPOINT']),
    token: (options.token ?? env['USAGE_EXPLORER_TOKEN'])?.trim(),
    exportIntervalMs: Math.max(
      1000,
      number(
        'USAGE_EXPLORER_EXPORT_INTERVAL_MS',
        options.exportIntervalMs ?? env['USAGE_EXPLORER_EXPORT_INTERVAL_MS'],
        10_000,
      ),
    ),
    meterProvider: options.meterProvider,
    gateways: gateways
      .flatMap(([text, id]): Gateway[] => {
        const url = address('USAGE_EXPLORER_GATEWAYS', text)
        const provider = CALL_PROVIDERS.find((one) => one.id === id) ?? openAiCompatible(id)
        return url === undefined ? [] : [{ url, provider }]
      })
      .sort((a, b) => b.url.pathname.length - a.url.pathname.length),
    conventions: choice(
      'USAGE_EXPLORER_CONVENTIONS',
      options.conventions ?? env['USAGE_EXPLORER_CONVENTIONS'],
      ['current', '1.41', 'both'],
      'current',
    ),
    includeUsage: options.includeUsage ?? env['USAGE_EXPLORER_INCLUDE_USAGE'] === 'true',
    identifyKeys: options.identifyKeys ?? env['USAGE_EXPLORER_IDENTIFY_KEYS'] === 'true',
    expensiveCalls: number('expensiveCalls', options.expensiveCalls, 20),
    budgets: choice(
      'USAGE_EXPLORER_BUDGETS',
      options.budgets ?? env['USAGE_EXPLORER_BUDGETS'],
      ['off', 'warn', 'block'],
      'off',
    ),
    problems,
  }
}

function pairs(text: string | undefined): Record<string, string> {
  const parts = (text ?? '').split(',').filter((part) => part.includes('='))
  return Object.fromEntries(
    parts.map((part) => [
      part.slice(0, part.lastIndexOf('=')).trim(),
      part.slice(part.lastIndexOf('=') + 1).trim(),
    ]),
  )
}
