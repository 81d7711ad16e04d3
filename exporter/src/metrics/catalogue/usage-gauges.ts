/** Gauges of usage in event time: calendar periods and windows. */
import { ACCOUNT_LABELS, TWIN_HELP, USAGE_LABELS, USAGE_LABELS_BY_MODEL, type MetricSpec } from './spec.ts'

const EVENT =
  'Event time, from one source, ends at its newest data; absent where unknown. Never apply increase() or rate().'

export const USAGE_GAUGES: readonly MetricSpec[] = [
  {
    name: 'llm_usage_period_cost',
    type: 'gauge',
    help: `Cost in a calendar period (hour, day, week, month and previous_ of each) of the configured zone. ${EVENT} Never add periods.`,
    labels: [...USAGE_LABELS, 'currency', 'period'],
    unit: 'currency',
    time: 'event',
    group: 'Usage gauges',
  },
  {
    name: 'llm_usage_period_model_cost',
    type: 'gauge',
    help: `Twin of llm_usage_period_cost. ${TWIN_HELP} ${EVENT} Never add periods.`,
    labels: [...USAGE_LABELS_BY_MODEL, 'currency', 'period'],
    unit: 'currency',
    time: 'event',
    group: 'Usage gauges',
  },
  {
    name: 'llm_usage_period_tokens',
    type: 'gauge',
    help: `Tokens in a calendar period (hour, day, week, month and previous_ of each) of the configured zone. ${EVENT} Never add periods.`,
    labels: [...USAGE_LABELS, 'token_type', 'period'],
    unit: 'tokens',
    time: 'event',
    group: 'Usage gauges',
  },
  {
    name: 'llm_usage_period_requests',
    type: 'gauge',
    help: `Requests in a calendar period (hour, day, week, month and previous_ of each) of the configured zone. ${EVENT} Never add periods.`,
    labels: [...USAGE_LABELS, 'period'],
    unit: 'requests',
    time: 'event',
    group: 'Usage gauges',
  },
  {
    name: 'llm_usage_period_start_timestamp_seconds',
    type: 'gauge',
    help: `When each period of the llm_usage_period_ gauges began, seconds since 1970. ${EVENT}`,
    labels: [...ACCOUNT_LABELS, 'source', 'period'],
    unit: 'seconds',
    time: 'event',
    group: 'Usage gauges',
  },
  {
    name: 'llm_usage_window_cost',
    type: 'gauge',
    help: `Cost in the window (1h, 6h, 24h, 7d) that ends at the source's newest data. ${EVENT} Never add windows.`,
    labels: [...USAGE_LABELS, 'currency', 'window'],
    unit: 'currency',
    time: 'event',
    group: 'Usage gauges',
  },
  {
    name: 'llm_usage_window_model_cost',
    type: 'gauge',
    help: `Twin of llm_usage_window_cost. ${TWIN_HELP} ${EVENT} Never add windows.`,
    labels: [...USAGE_LABELS_BY_MODEL, 'currency', 'window'],
    unit: 'currency',
    time: 'event',
    group: 'Usage gauges',
  },
  {
    name: 'llm_usage_window_tokens',
    type: 'gauge',
    help: `Tokens in the window (1h, 6h, 24h, 7d) that ends at the source's newest data. ${EVENT} Never add windows.`,
    labels: [...USAGE_LABELS, 'token_type', 'window'],
    unit: 'tokens',
    time: 'event',
    group: 'Usage gauges',
  },
  {
    name: 'llm_usage_window_requests',
    type: 'gauge',
    help: `Requests in the window (1h, 6h, 24h, 7d) that ends at the source's newest data. ${EVENT} Never add windows.`,
    labels: [...USAGE_LABELS, 'window'],
    unit: 'requests',
    time: 'event',
    group: 'Usage gauges',
  },
]
