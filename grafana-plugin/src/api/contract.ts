/** Answers of the exporter's HTTP API, as far as they are used here. Amounts are decimal strings, null is unknown. */

export type Unit =
  'currency' | 'tokens' | 'requests' | 'calls' | 'seconds' | 'ratio' | 'requests_per_second' | 'number'

export interface Figure {
  amount: string | null
  state: 'complete' | 'partial' | 'provisional' | 'lump' | 'unknown'
}

export interface ComparedFigure extends Figure {
  low?: string
  high?: string
}

export interface Compared {
  points: Array<ComparedFigure & { start: string }>
  total: ComparedFigure
}

export interface Series {
  measure: string
  unit: Unit
  currency: string
  /** Group-by → id. */
  dimensions: Record<string, string>
  /** Group-by → name, where the id has one. */
  names: Record<string, string>
  points: Array<Figure & { start: string }>
  total: Figure
  compared?: Compared
}

export interface Notice {
  code: string
  provider: string
  account: string
  measure: string
  message: string
}

export interface QueryAnswer {
  from: string
  to: string
  granularity: string
  compared: { with: string; from: string; to: string } | null
  series: Series[]
  totals: Array<Omit<Series, 'dimensions' | 'names' | 'total'> & Figure>
  notices: Notice[]
  sources: Array<{
    provider: string
    account: string
    measure: string
    source: string
    kind: string
    from: string
    to: string
    watermark: string | null
    age_seconds: number
  }>
}

export interface Catalogue {
  version: string
  demo: boolean
  zone: string
  measures: Array<{ name: string; title: string; unit: Unit; doc: string }>
  dimensions: Array<{ name: string; title: string }>
  granularities: string[]
  comparisons: string[]
  accounts: Array<{ provider: string; account: string }>
}

export interface ValuesAnswer {
  values: Array<{ id: string; name: string | null }>
  more: boolean
}

export interface CallsAnswer {
  calls: Array<{
    at: string
    provider: string
    account: string
    model: string
    api_key: string
    api_key_name: string | null
    team: string
    user: string
    service: string
    endpoint: string
    cost: string
    currency: string
    tokens: Record<string, number>
    duration_seconds: number | null
    response_id: string
    trace_id: string
  }>
}

export interface ReconciliationAnswer {
  accounts: Array<{
    provider: string
    account: string
    measure: string
    reference: string
    settled: { from: string; to: string } | null
    not_compared: string | null
    comparisons: Array<
      {
        currency: string
        reference: string
        observed: string
        gap: string
        gap_ratio: number | null
        coverage_ratio: number | null
        name?: string | null
      } & Partial<Record<'api_key' | 'model' | 'team', string>>
    >
    likely_causes: Array<{ code: string; message: string }>
  }>
}

export interface SourcesAnswer {
  accounts: Array<{ provider: string; account: string; never_reports: Record<string, string> }>
  sources: Array<{
    provider: string
    account: string
    source: string
    kind: string
    watermark: string | null
    age_seconds: number
    lag_seconds: number
    complete: boolean
    exposed_cut: string | null
  }>
}

export interface BudgetsAnswer {
  budgets: Array<{
    name: string
    label: string
    of_name: string | null
    team: string
    owner: string | null
    unit: string
    amount: string
    used: string | null
    ratio: number | null
    burn: Record<string, number>
    forecast: string | null
    runs_out_at: string | null
    period_end: string
  }>
}

export interface AlertsAnswer {
  alerts: Array<{
    name: string
    status: string
    severity: string
    team: string
    summary: string
    description: string
    starts_at: string
    ends_at: string | null
    runbook_url: string | null
    silence_url: string | null
  }>
}

export interface LiveRates {
  requests_per_second: number
  active_requests: number
  tokens_per_second: number
  errors_per_second: number
  error_ratio: number | null
  cost_per_minute: Record<string, string>
}

export interface LiveAnswer {
  at: string
  totals: LiveRates
  by: Record<string, Array<LiveRates & { id: string; name: string | null }>>
}

export interface FailureAnswer {
  error: { code: string; message: string; remedy: string }
}
