/** The alerts that are on by default: few, each of them a reason to act. */
import type { Alert } from './rule.ts'
import { THRESHOLDS as T } from './thresholds.ts'

const joined = (expr: string): string =>
  `(${expr}) * on (budget) group_left (name, owner) max by (budget, name, owner) (llm_budget_info)`

/** Figures of the budget that the alert is about. */
const figure = (metric: string): string =>
  `{{ with printf "max(llm_budget_${metric}{budget=%q})" $labels.budget | query }}{{ . | first | value | printf "%.2f" }}{{ end }}`
const ofBudget = `${figure('used')} of ${figure('limit')} {{ $labels.unit }} are used, ${figure('forecast')} are foreseen. Owner: {{ or $labels.owner "nobody" }}.`

const errors = (window: string): string => `account_team:llm_observed_errors:ratio_rate${window}`
const refused = (window: string): string => `account_team:llm_observed_refused:ratio_rate${window}`

export const RECORDED: Readonly<Record<string, string>> = Object.fromEntries(
  ['5m', '1h'].flatMap((window) => {
    const rate = (selector: string): string =>
      `sum by (provider, account, team) (rate(llm_observed_requests_total${selector}[${window}]))`
    // Calls that the app itself broke off, or that a rate limit refused, are no failures of the provider.
    return [
      [errors(window), `${rate('{outcome="error", error_type!~"aborted|rate_limit"}')} / ${rate('')}`],
      [refused(window), `${rate('{outcome="error", error_type="rate_limit"}')} / ${rate('')}`],
    ]
  }),
)

const calls = 'sum by (provider, account, team) (increase(llm_observed_requests_total[1h]))'
const cost6h = 'sum by (provider, account, team, currency) (llm_usage_window_cost{window="6h"})'
const usual6h = 'max by (provider, account, team, currency) (llm_usage_usual_cost{window="6h"})'
const limit = 'max by (provider, account, currency) (llm_account_spending_limit{kind="effective"})'
const limitUsed = `sum by (provider, account, currency) (llm_usage_period_cost{period="month"}) / (${limit} > 0)`
/** Prepaid credit may run out unnoticed only where no limit lets the account go on. */
const runway = `llm_account_runway_seconds unless on (provider, account) (${limit} > 0)`

export const DEFAULT_SET: readonly Alert[] = [
  {
    name: 'LLMBudgetBurn',
    set: 'default',
    dashboard: 'usage-cost',
    rules: [
      {
        severity: 'critical',
        labels: { pace: 'fast' },
        expr: joined(
          `llm_budget_burn_ratio{window="6h", period=~"week|month|quarter"} > ${T.burnFast}` +
            ` unless ignoring (window) llm_budget_burn_ratio{window="1h"} <= ${T.burnFast}` +
            ' and ignoring (window) llm_budget_used_ratio < 1',
        ),
        for: '2m',
        // Who spends in office hours burns every day: that is one burn, not one a day.
        keepFiring: '22h',
        summary: 'A budget is being used up fast.',
        description: `{{ $labels.name }} was used {{ printf "%.1f" $value }} times as fast as its {{ $labels.period }} allows over six hours.`,
        figures: ofBudget,
      },
      {
        severity: 'warning',
        labels: { pace: 'slow' },
        expr: joined(
          `llm_budget_burn_ratio{window="24h", period=~"week|month|quarter"} > 1` +
            ` and ignoring (window) (llm_budget_forecast > ${T.forecastOver} * llm_budget_limit)` +
            ' and ignoring (window) llm_budget_used_ratio < 1',
        ),
        for: '1h',
        keepFiring: '12h',
        summary: 'A budget will not last.',
        description: `{{ $labels.name }} will be used up before its {{ $labels.period }} ends, if what is usual goes on.`,
        figures: ofBudget,
      },
    ],
    runbook: {
      means:
        'Usage is ahead of the budget: fast over six hours (in which a month would lose a twentieth of its budget), or slowly, so that the forecast for the end of the period is over the limit. It ends when the burn has not come back for 22 hours (fast) or 12 (slow), or the budget is used up.',
      look: [
        'llm_budget_burn_ratio{budget="NAME"}',
        'topk(5, sum by (api_key) (llm_usage_window_cost{window="6h"}))',
        'usage-explorer query --from now-2d --by api_key model --where team=NAME',
      ],
      act: [
        'Find the key that spends: the dashboard, drivers by key. Ask its owner.',
        'Stop a key that runs away where it was made (xAI: console.x.ai, API keys, disable).',
        'Where the spending is right, raise the budget: the file, or `POST /api/v1/budgets`.',
      ],
      delay:
        "The source's lag (xAI: an hour) and the hour in which the usage fell, so two to three hours; minutes where apps are instrumented and nothing is billed.",
    },
  },
  {
    name: 'LLMBudgetReached',
    set: 'default',
    dashboard: 'usage-cost',
    rules: (
      [
        ['info', `llm_budget_threshold_ratio < ${T.budgetWarning}`, 'A budget reached a threshold.'],
        [
          'warning',
          `llm_budget_threshold_ratio >= ${T.budgetWarning} < ${T.budgetCritical}`,
          'A budget is nearly used up.',
        ],
        ['critical', `llm_budget_threshold_ratio >= ${T.budgetCritical}`, 'A budget is used up.'],
      ] as const
    ).map(([severity, thresholds, summary]) => ({
      severity,
      expr: joined(`llm_budget_used_ratio >= on (budget, period_start) group_right () (${thresholds})`),
      // A restart of the exporter must not be an end and a second beginning.
      keepFiring: '15m',
      summary,
      description: `{{ $labels.name }} has used {{ $value | humanizePercentage }} of its {{ $labels.period }} ({{ $labels.threshold }} % was the threshold).`,
      figures: ofBudget,
    })),
    runbook: {
      means:
        'Usage of the period reached a threshold of the budget. Each threshold is told once in a period: with the next period it resolves by itself.',
      look: ['llm_budget_used_ratio{budget="NAME"}', 'curl -s http://127.0.0.1:9477/api/v1/budgets'],
      act: [
        'At 100 %: a budget with `action: block` has the instrumentation library refuse further calls; any other only tells.',
        'Look at what was spent on (dashboard), then raise the budget or stop what is not wanted.',
      ],
      delay: "The source's lag and the hour in which the usage fell, as with LLMBudgetBurn.",
    },
  },
  {
    name: 'LLMCostSpike',
    set: 'default',
    dashboard: 'usage-team',
    rules: [
      {
        severity: 'warning',
        expr: `${cost6h} > ${T.spikeTimes} * ${usual6h} and ${cost6h} - ${usual6h} > ${T.spikeFloor}`,
        for: '5m',
        summary: 'Cost is far above what is usual at this time.',
        description: `Team {{ $labels.team }} spent {{ printf "%.2f" $value }} {{ $labels.currency }} on {{ $labels.provider }} ({{ $labels.account }}) in six hours.`,
        figures: `{{ with printf "max(llm_usage_usual_cost{account=%q,team=%q,window='6h'})" $labels.account $labels.team | query }}{{ . | first | value | printf "%.2f" }}{{ end }} are usual for these hours of the week.`,
      },
    ],
    runbook: {
      means: `Six hours cost more than ${T.spikeTimes} times the median of the same hours of the four weeks before, and at least ${T.spikeFloor} more. Needs two weeks of history.`,
      look: [
        'sum by (api_key, model) (llm_usage_window_cost{window="6h", team="NAME"})',
        'usage-explorer query --from now-12h --by api_key --where team=NAME --compare usual',
      ],
      act: [
        'A new job, a loop, a leaked key: the dashboard of the team leads to the key, and that to its models.',
        'Disable the key where it was made, or tell the owner.',
      ],
      delay: "The source's lag and up to an hour; it resolves when the window has moved on, six hours later.",
    },
  },
  {
    name: 'LLMErrorRate',
    set: 'default',
    dashboard: 'usage-live',
    rules: [
      {
        severity: 'critical',
        expr: `${errors('1h')} > ${T.errorRatio} and ${errors('5m')} > ${T.errorRatio} and ${calls} > ${T.errorCalls}`,
        for: '2m',
        summary: 'Many calls fail.',
        description:
          '{{ $value | humanizePercentage }} of the calls of team {{ $labels.team }} to {{ $labels.provider }} ({{ $labels.account }}) failed in the last hour, and they still do.',
      },
    ],
    runbook: {
      means:
        'More calls fail than usual, over an hour and still in the last five minutes. Calls that the app broke off and calls that a rate limit refused are not counted.',
      look: [
        'sum by (error_type, model) (rate(llm_observed_requests_total{outcome="error"}[5m]))',
        'sum by (service) (rate(llm_observed_requests_total{outcome="error"}[5m]))',
      ],
      act: [
        'server, timeout, network: the provider; look at its status page, fall back to another model.',
        'auth, quota: a key was disabled or has expired, or the account may spend no more.',
        'bad_request: a release of the service; the panel by service says which.',
      ],
      delay: 'Two to seven minutes: apps send every minute, Prometheus scrapes every minute.',
    },
  },
  {
    name: 'LLMRateLimit',
    set: 'default',
    dashboard: 'usage-live',
    rules: [
      {
        severity: 'warning',
        labels: { cause: 'headroom' },
        expr: `llm_observed_rate_limit_remaining / (llm_observed_rate_limit > 0) < ${T.headroom}`,
        for: '10m',
        // A peak that comes back every day is one finding.
        keepFiring: '22h',
        summary: 'A rate limit is nearly reached.',
        description:
          '{{ $value | humanizePercentage }} of the limit of {{ $labels.kind }} a {{ $labels.window }} for {{ $labels.model }} on {{ $labels.provider }} ({{ $labels.account }}) are left.',
      },
      {
        severity: 'warning',
        labels: { cause: 'refused' },
        expr: `${refused('1h')} > ${T.refusedRatio} and ${refused('5m')} > ${T.refusedRatio} and ${calls} > ${T.errorCalls}`,
        for: '2m',
        summary: 'Calls are refused for a rate limit.',
        description:
          '{{ $value | humanizePercentage }} of the calls of team {{ $labels.team }} to {{ $labels.provider }} ({{ $labels.account }}) were refused with 429 in the last hour.',
      },
    ],
    runbook: {
      means:
        'What responses leave of a rate limit has been low for ten minutes, or calls are already refused with 429. Low headroom ends when it has not come back for 22 hours.',
      look: [
        'llm_observed_rate_limit_remaining / llm_observed_rate_limit',
        'sum by (model, service) (rate(llm_observed_requests_total{error_type="rate_limit"}[5m]))',
      ],
      act: [
        'Spread the load, retry with backoff, or use a model with a higher limit (panel of limits and tiers).',
        'Ask the provider for a higher tier.',
      ],
      delay: 'Two to twelve minutes.',
    },
  },
  {
    name: 'LLMAccountFunds',
    set: 'default',
    dashboard: 'usage-cost',
    rules: [
      ...(
        [
          ['warning', `(${runway}) < ${T.runwayWarning} >= ${T.runwayCritical}`],
          ['critical', `(${runway}) < ${T.runwayCritical}`],
        ] as const
      ).map(([severity, expr]) => ({
        severity,
        labels: { cause: 'credit' },
        expr,
        for: '15m',
        summary: 'Prepaid credit runs out.',
        description:
          'The credit of {{ $labels.provider }} ({{ $labels.account }}) lasts {{ $value | humanizeDuration }} more at the pace of the last seven days.',
      })),
      ...(
        [
          ['warning', `${limitUsed} > ${T.limitWarning} <= ${T.limitCritical}`],
          ['critical', `${limitUsed} > ${T.limitCritical}`],
        ] as const
      ).map(([severity, expr]) => ({
        severity,
        labels: { cause: 'limit' },
        expr,
        for: '15m',
        summary: "The provider's spending limit is near.",
        description:
          '{{ $value | humanizePercentage }} of the monthly spending limit of {{ $labels.provider }} ({{ $labels.account }}) are used. Beyond it the provider refuses calls.',
      })),
    ],
    runbook: {
      means:
        'The account will soon be refused: prepaid credit runs out, or the spending limit that was set with the provider is near.',
      look: ['llm_account_balance', 'llm_account_spending_limit', 'llm_account_runway_seconds / 86400'],
      act: ['Buy credit or raise the limit with the provider (xAI: console.x.ai, Billing).'],
      delay: 'A reading of the account (minutes) and 15 minutes.',
    },
  },
  {
    name: 'LLMDataStale',
    set: 'default',
    dashboard: 'usage-health',
    rules: [
      {
        severity: 'critical',
        labels: { cause: 'down' },
        expr: 'up{job="usage-explorer"} == 0 or absent(up{job="usage-explorer"})',
        for: '5m',
        summary: 'The exporter cannot be scraped.',
        description: 'Prometheus has not reached the exporter for five minutes: no alert on usage can fire.',
      },
      {
        severity: 'warning',
        labels: { cause: 'account' },
        expr: 'usage_explorer_account_state{state=~"blocked|retrying"} == 1',
        for: '30m',
        summary: 'An account cannot be read.',
        description:
          'Polling of {{ $labels.provider }} ({{ $labels.account }}) has been {{ $labels.state }} for half an hour.',
      },
      {
        severity: 'warning',
        labels: { cause: 'late' },
        // Apps may be idle, and previews of invoices move when something is billed.
        expr: `time() - llm_source_newest_data_timestamp_seconds{source!~"otlp|.*invoice.*"} - llm_source_lag_seconds > ${T.staleSeconds}`,
        for: '30m',
        summary: 'Data of a provider is late.',
        description:
          'The newest data of {{ $labels.source }} ({{ $labels.account }}) is {{ $value | humanizeDuration }} later than usual for this source.',
      },
    ],
    runbook: {
      means:
        'Nothing new is known: the exporter is down, an account cannot be read, or the provider does not deliver. Other alerts on billed data are blind meanwhile.',
      look: [
        'usage_explorer_account_state == 1',
        'sum by (code) (increase(usage_explorer_poll_errors_total[1h]))',
        'usage-explorer doctor',
      ],
      act: [
        'The status page (`/` of the exporter) says why an account fails and what to do; codes are in docs/reference/errors.md.',
        'A key that was revoked: make a new one, put it into the file that `key_file` names, and restart.',
      ],
      delay: 'Five minutes (exporter), half an hour (account), six hours beyond the usual lag (data).',
    },
  },
]
