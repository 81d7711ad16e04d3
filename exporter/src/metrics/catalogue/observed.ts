/** What instrumented apps tell: counters of calls as they happened, and what stands at the moment. */
import { ACCOUNT_LABELS, USAGE_LABELS, type MetricSpec } from './spec.ts'

const OBSERVED =
  'Told by instrumented apps, counted in arrival time: what they saw and no more. Never add it to billed or metered figures of the same calls.'
const HELD =
  'Published minus ledger, in arrival time: subtract it from the counter to get the exact sum; not a figure of its own.'
const LABELS = [...USAGE_LABELS, 'service']

function counter(
  what: 'tokens' | 'cost' | 'requests' | 'tool_calls',
  help: string,
  labels: readonly string[],
): MetricSpec[] {
  const shared = {
    labels: [...LABELS, ...labels],
    unit: UNITS[what],
    time: 'arrival',
    group: 'Observed calls',
  } as const
  const name = `llm_observed_${what}`
  return [
    { name: `${name}_total`, type: 'counter', help: `${help} ${OBSERVED}`, ...shared },
    {
      name: `${name}_held`,
      type: 'gauge',
      help: `What ${name}_total shows beyond the ledger, or still withholds from it. ${HELD}`,
      ...shared,
    },
  ]
}

const UNITS = { tokens: 'tokens', cost: 'currency', requests: 'requests', tool_calls: 'count' } as const

export const OBSERVED_METRICS: readonly MetricSpec[] = [
  ...counter('tokens', 'Tokens of calls, in types that do not overlap.', ['token_type']),
  ...counter(
    'cost',
    'Cost of calls, as each response stated it or as it was priced when it was recorded (price_source).',
    ['cost_type', 'currency', 'price_source'],
  ),
  ...counter('requests', 'Calls that ended, by outcome. A retry of a client library is a call of its own.', [
    'outcome',
    'error_type',
  ]),
  ...counter('tool_calls', 'Calls of tools that ran at the provider.', ['tool']),
  {
    name: 'llm_observed_request_duration_seconds',
    type: 'histogram',
    help: `How long calls took, until the last byte. ${OBSERVED}`,
    labels: LABELS,
    unit: 'seconds',
    time: 'arrival',
    group: 'Observed calls',
  },
  {
    name: 'llm_observed_time_to_first_token_seconds',
    type: 'histogram',
    help: `How long streamed calls took until the first content. ${OBSERVED}`,
    labels: LABELS,
    unit: 'seconds',
    time: 'arrival',
    group: 'Observed calls',
  },
  {
    name: 'llm_observed_active_requests',
    type: 'gauge',
    help: 'Calls that have begun and not ended, as apps told last; gone when they fall silent.',
    labels: [...ACCOUNT_LABELS, 'team', 'model', 'service'],
    unit: 'requests',
    time: 'now',
    group: 'Observed calls',
  },
  {
    name: 'llm_observed_rate_limit',
    type: 'gauge',
    help: 'Rate limit as responses to instrumented apps stated it last, the lowest of all apps; gone when they fall silent. llm_rate_limit is what the provider lists.',
    labels: [...ACCOUNT_LABELS, 'model', 'kind', 'window'],
    unit: 'count',
    time: 'now',
    group: 'Observed calls',
  },
  {
    name: 'llm_observed_rate_limit_remaining',
    type: 'gauge',
    help: 'What responses to instrumented apps left of a rate limit last, the least of all apps; gone when they fall silent.',
    labels: [...ACCOUNT_LABELS, 'model', 'kind', 'window'],
    unit: 'count',
    time: 'now',
    group: 'Observed calls',
  },
  {
    name: 'llm_reconciliation_billed',
    type: 'gauge',
    help: 'Billed cost that observed cost is compared with. Over the last settled whole days of UTC, event time, at most 8; only for accounts with reconcile: on.',
    labels: [...ACCOUNT_LABELS, 'currency'],
    unit: 'currency',
    time: 'event',
    group: 'Observed calls',
  },
  {
    name: 'llm_reconciliation_observed',
    type: 'gauge',
    help: 'Observed cost of the same days. Over the last settled whole days of UTC, event time, at most 8; only for accounts with reconcile: on.',
    labels: [...ACCOUNT_LABELS, 'currency'],
    unit: 'currency',
    time: 'event',
    group: 'Observed calls',
  },
  {
    name: 'llm_reconciliation_gap_ratio',
    type: 'gauge',
    help: 'Share of the billed cost that no app has observed; negative where more was observed than billed. Over the last settled whole days of UTC, event time, at most 8; only for accounts with reconcile: on.',
    labels: [...ACCOUNT_LABELS, 'currency'],
    unit: 'ratio',
    time: 'event',
    group: 'Observed calls',
  },
  {
    name: 'llm_reconciliation_coverage_ratio',
    type: 'gauge',
    help: 'Observed over billed cost. Over the last settled whole days of UTC, event time, at most 8; only for accounts with reconcile: on.',
    labels: [...ACCOUNT_LABELS, 'currency'],
    unit: 'ratio',
    time: 'event',
    group: 'Observed calls',
  },
]
