/** The configuration as the rest of the service sees it: checked, complete, frozen. */
import type { Budget } from '../usage/budget.ts'

export interface Config {
  /** Host and port; port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number }
  /** Absolute paths of PEM files; undefined: served without TLS. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined
  readonly dataDir: string
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'
  /** IANA zone of period gauges and of questions that name none. */
  readonly zone: string
  /** The scrape interval that Prometheus uses; a new counter shows 0 for twice as long. */
  readonly scrapeIntervalMs: number
  /** Buckets older than this are dropped, and writes to them refused. */
  readonly retentionMs: number
  readonly metrics: MetricsConfig
  /** Where the metrics are pushed to; undefined: nowhere. */
  readonly otlp: OtlpConfig | undefined
  readonly accounts: readonly AccountConfig[]
  readonly mappings: Mappings
  readonly budgets: readonly Budget[]
  /** Where crossings are posted to; undefined: nowhere. Such addresses work like passwords. */
  readonly budgetWebhook: Secret | undefined
  /** No account is configured: the built-in simulated provider is used. */
  readonly demo: boolean
}

export interface OtlpConfig {
  /** The whole address, with `/v1/metrics`. */
  readonly url: string
  readonly intervalMs: number
  /** Header → value. */
  readonly headers: ReadonlyMap<string, Secret>
}

export interface MetricsConfig {
  /** Whether /metrics splits by these; the ledger always does. */
  readonly user: boolean
  readonly endpoint: boolean
  /** Most values a dimension may have in one metric family; further ones fold into `other`. */
  readonly caps: Readonly<Record<CappedDimension, number>>
}

export type CappedDimension = 'user' | 'endpoint' | 'api_key' | 'project' | 'model'

export interface AccountConfig {
  /** Label value `account`. Unique. */
  readonly name: string
  readonly provider: 'xai'
  /** Which of the provider's APIs; `management` unless configured. */
  readonly api: 'management' | 'usage-v1'
  readonly credential: Secret
  /** The vendor's unit, where it cannot or should not be found from the credential (xAI: team id). */
  readonly project: string | undefined
  /** Without a trailing slash. https, or http on loopback. */
  readonly url: string
  readonly intervalMs: number
  /** The full look-back is re-read this often. */
  readonly lookbackEveryMs: number
  readonly lookbackMs: number
  readonly timeoutMs: number
  /** Whether `llm_reconciliation_*` is published for it. */
  readonly reconcile: boolean
}

/** Maps ids, names or patterns to what the customer calls them. First match wins. */
export interface Mappings {
  readonly keys: readonly MappingRule[]
  readonly users: readonly MappingRule[]
  readonly projects: readonly MappingRule[]
  /** Per team: owner, cost centre and so on for whatever is mapped to it. */
  readonly teams: Readonly<Record<string, Omit<Attributes, 'team'>>>
}

export interface MappingRule extends Attributes {
  /** Matches an id or a name, whole; `*` and `?` are wildcards. */
  readonly match: string
  /** Only in this account. */
  readonly account?: string
}

export interface Attributes {
  readonly team?: string
  readonly owner?: string
  readonly environment?: string
  readonly costCentre?: string
  readonly displayName?: string
}

/** A secret that cannot be printed, serialised or inspected by accident. */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The only way to the value; call it where the request is built and nowhere else. */
  reveal(): string {
    return this.#value
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }
}
