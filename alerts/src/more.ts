/** Alerts that are ready and off: for a daily digest, or for teams that want them. */
import type { Alert } from './rule.ts'
import { THRESHOLDS as T } from './thresholds.ts'

const DAY = 86_400
const named = 'group_left (name, owner) max by (provider, account, api_key, name, owner) (llm_api_key_info)'
const byKey = (expr: string): string => `(${expr}) * on (provider, account, api_key) ${named}`
const slower = (metric: string): string => {
  const p95 = (offset: string): string =>
    `histogram_quantile(0.95, sum by (le, model, service) (rate(${metric}_bucket[1h]${offset})))`
  const calls = `sum by (model, service) (increase(${metric}_count[1h]))`
  return `${p95('')} > ${T.latencyTimes} * ${p95(' offset 1w')} and ${calls} > ${T.errorCalls}`
}
const cached = (offset: string): string => {
  const tokens = (types: string): string =>
    `sum by (team, model) (rate(llm_observed_tokens_total{token_type=~"${types}"}[6h]${offset}))`
  return `${tokens('cache_read')} / (${tokens('input|cache_read|cache_write')} > 0)`
}
const increased = (metric: string): string =>
  `sum by (provider, account, model) (increase(llm_observed_${metric}_total[6h]))`

interface Small {
  readonly name: string
  readonly expr: string
  readonly for: string
  readonly dashboard: string
  readonly summary: string
  readonly description: string
  readonly means: string
  readonly look: string
  readonly act: string
  readonly delay: string
}

const SMALL: readonly Small[] = [
  {
    name: 'LLMTokensHigh',
    expr: `sum by (provider, account, team) (llm_usage_window_tokens{window="24h"}) > ${T.tokensPerDay}`,
    for: '5m',
    dashboard: 'usage-team',
    summary: 'A team used more tokens in a day than the threshold.',
    description:
      'Team {{ $labels.team }} used {{ $value | humanize }} tokens on {{ $labels.provider }} in 24 hours.',
    means:
      'Tokens of 24 hours are over a fixed threshold. For a threshold of one team or key use a budget in tokens.',
    look: 'topk(5, sum by (api_key) (llm_usage_window_tokens{window="24h", team="NAME"}))',
    act: 'As with LLMCostSpike. Set the threshold where it means something to you.',
    delay: "The source's lag.",
  },
  {
    name: 'LLMLatencyRegression',
    expr: slower('llm_observed_request_duration_seconds'),
    for: '15m',
    dashboard: 'usage-live',
    summary: 'Calls take much longer than a week before.',
    description:
      '95 % of the calls of {{ $labels.service }} to {{ $labels.model }} end within {{ $value | humanizeDuration }}, more than twice as long as at this time a week before.',
    means: 'The 95th percentile of the last hour is a multiple of that of the same hour a week before.',
    look: 'histogram_quantile(0.95, sum by (le, model) (rate(llm_observed_request_duration_seconds_bucket[1h])))',
    act: 'Look whether answers became longer (tokens per request) or the provider slower (time to first token).',
    delay: 'About twenty minutes.',
  },
  {
    name: 'LLMTimeToFirstTokenRegression',
    expr: slower('llm_observed_time_to_first_token_seconds'),
    for: '15m',
    dashboard: 'usage-live',
    summary: 'Streams begin much later than a week before.',
    description:
      '95 % of the streams of {{ $labels.service }} from {{ $labels.model }} begin within {{ $value | humanizeDuration }}, more than twice as long as at this time a week before.',
    means: 'The 95th percentile of the time to the first token is a multiple of that of a week before.',
    look: 'histogram_quantile(0.95, sum by (le, model) (rate(llm_observed_time_to_first_token_seconds_bucket[1h])))',
    act: "Longer prompts, fewer cache hits, or the provider's queue: its status page tells.",
    delay: 'About twenty minutes.',
  },
  {
    name: 'LLMNewKeySpends',
    expr: byKey(
      `sum by (provider, account, api_key) (llm_usage_window_cost{window="24h"}) > ${T.newKeyFloor} and on (provider, account, api_key) time() - llm_api_key_first_seen_timestamp_seconds < ${T.newKeyDays * DAY}`,
    ),
    for: '5m',
    dashboard: 'usage-api-key',
    summary: 'A new key spends.',
    description:
      'The key {{ $labels.name }} is new and spent {{ printf "%.2f" $value }} in 24 hours. Owner: {{ or $labels.owner "nobody" }}.',
    means: `A key that the provider has listed for less than ${T.newKeyDays} days spends noticeably.`,
    look: 'llm_api_key_first_seen_timestamp_seconds',
    act: 'Map it to a team and an owner in the configuration; disable it if nobody knows it.',
    delay: "The source's lag.",
  },
  {
    name: 'LLMKeyUnused',
    expr: byKey(`time() - llm_api_key_last_used_timestamp_seconds > ${T.unusedDays * DAY}`),
    for: '1h',
    dashboard: 'usage-insights',
    summary: 'A key has not been used for a month.',
    description:
      'The key {{ $labels.name }} was last used {{ $value | humanizeDuration }} ago. Owner: {{ or $labels.owner "nobody" }}.',
    means: 'A key that nobody uses is a key that can leak unnoticed.',
    look: '(time() - llm_api_key_last_used_timestamp_seconds) / 86400',
    act: 'Ask its owner, then disable it where it was made.',
    delay: 'None that matters.',
  },
  {
    name: 'LLMOffHoursUse',
    expr: `sum by (provider, account, team, currency) (llm_usage_window_cost{window="6h"}) > ${T.offHoursFloor} and on () (hour() < 5 or day_of_week() == 0 or day_of_week() == 6)`,
    for: '30m',
    dashboard: 'usage-team',
    summary: 'A team spends at night or on a weekend.',
    description:
      'Team {{ $labels.team }} spent {{ printf "%.2f" $value }} {{ $labels.currency }} in six hours outside office hours (UTC).',
    means: 'Spending before 5:00 UTC or on a weekend, over a floor.',
    look: 'sum by (api_key) (llm_usage_window_cost{window="6h", team="NAME"})',
    act: 'A nightly job is fine: raise the floor or silence its team. A key that nobody runs at night may have leaked.',
    delay: "The source's lag.",
  },
  {
    name: 'LLMCacheHitRateLow',
    expr: `${cached(' offset 1w')} - ${cached('')} > ${T.cacheFall}`,
    for: '1h',
    dashboard: 'usage-insights',
    summary: 'Far less input comes from the cache than a week before.',
    description:
      'The share of cached input of team {{ $labels.team }} on {{ $labels.model }} fell by {{ $value | humanizePercentage }} against a week before.',
    means:
      'A change of prompts (a date at their beginning, another order) makes each call pay for its whole input.',
    look: 'sum by (service) (rate(llm_observed_tokens_total{token_type="cache_read"}[6h]))',
    act: 'Compare the beginning of prompts before and after the last release; keep what changes at their end.',
    delay: 'An hour or more: it looks at six hours.',
  },
  {
    name: 'LLMPriceListOld',
    expr: `llm_price_age_seconds > ${T.priceDays * DAY}`,
    for: '1h',
    dashboard: 'usage-health',
    summary: 'The price list of an account is old.',
    description:
      'The price list of {{ $labels.provider }} ({{ $labels.account }}) was last read {{ $value | humanizeDuration }} ago: calls are priced with old prices.',
    means:
      "The provider's list of models could not be read for long; observed cost is priced with what is known.",
    look: 'usage_explorer_last_success_timestamp_seconds{reader=~".*models"}',
    act: 'See the status page for why the list cannot be read.',
    delay: 'An hour.',
  },
  {
    name: 'LLMTokensUnpriced',
    expr: `${increased('tokens')} > ${T.unpricedTokens} unless on (provider, account, model) ${increased('cost')} > 0`,
    for: '15m',
    dashboard: 'usage-explorer',
    summary: 'Calls of a model have no price.',
    description:
      '{{ $value | humanize }} tokens of {{ $labels.model }} on {{ $labels.provider }} ({{ $labels.account }}) were observed in six hours, and no cost: observed cost is too low by as much.',
    means:
      'Neither the responses state a cost nor does a price list know the model: it is new, has a name of your own, or the library is old.',
    look: 'sum by (model, service) (increase(llm_observed_tokens_total[6h]))',
    act: 'Update the instrumentation library, which brings the price list. Budgets go by the bill where there is one, so that they miss nothing.',
    delay: 'Twenty minutes.',
  },
  {
    name: 'LLMBilledObservedGap',
    expr: `llm_reconciliation_gap_ratio > ${T.gapRatio}`,
    for: '6h',
    dashboard: 'usage-insights',
    summary: 'Much of the bill was seen by no app.',
    description:
      '{{ $value | humanizePercentage }} of the bill of {{ $labels.provider }} ({{ $labels.account }}) was observed by no instrumented app.',
    means: 'Apps that are not instrumented, people with keys of their own, or a key in foreign hands.',
    look: 'llm_reconciliation_gap_ratio',
    act: '`GET /api/v1/reconciliation?by=api_key` names the keys and likely causes.',
    delay: 'Settled days only: up to two days.',
  },
  {
    name: 'LLMDataTruncated',
    // What a preview of an invoice lacks at the turn of a month was not cut off, and stands on the invoice.
    expr: 'llm_source_complete{source!~"otlp|.*invoice.*"} == 0',
    for: '2h',
    dashboard: 'usage-health',
    summary: 'The provider did not answer all that was asked.',
    description:
      'Figures of {{ $labels.source }} ({{ $labels.account }}) are a lower bound: an answer was cut off.',
    means: 'An answer was truncated by a limit of the provider; what is shown is at least so much.',
    look: 'llm_source_complete == 0',
    act: 'Usually it is read again within hours. If it stays: the log names the source; file an issue.',
    delay: 'Two hours.',
  },
  {
    name: 'LLMLedgerDiskLow',
    expr: `usage_explorer_disk_free_bytes < ${T.diskFreeBytes}`,
    for: '15m',
    dashboard: 'usage-health',
    summary: 'The disk of the ledger is nearly full.',
    description:
      '{{ $value | humanize1024 }}B are left to the exporter. When it is full polling pauses; nothing acknowledged is lost.',
    means: 'The ledger grows by a few hundred megabytes a year; something else may fill the disk.',
    look: 'usage_explorer_ledger_bytes',
    act: 'Free space, or shorten `retention`.',
    delay: 'Fifteen minutes.',
  },
]

export const MORE: readonly Alert[] = SMALL.map(({ name, dashboard, means, look, act, delay, ...rule }) => ({
  name,
  set: 'more',
  dashboard,
  rules: [{ severity: 'info', ...rule }],
  runbook: { means, look: [look], act: [act], delay },
}))
