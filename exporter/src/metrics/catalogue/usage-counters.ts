/** Counters of usage: what arrived, and what they show beyond the ledger. */
import { ACCOUNT_LABELS, TWIN_HELP, USAGE_LABELS, USAGE_LABELS_BY_MODEL, type MetricSpec } from './spec.ts'

const ARRIVAL =
  'Counts in arrival time: billing data is late, so alert on the llm_usage_ gauges and not on its rate.'
const HELD =
  'Published minus ledger, in arrival time: subtract it from the counter to get the exact sum; not a figure of its own.'

export const USAGE_COUNTERS: readonly MetricSpec[] = [
  {
    name: 'llm_billed_cost_total',
    type: 'counter',
    help: `Cost billed by the provider since the source was first stored. ${ARRIVAL}`,
    labels: [...USAGE_LABELS, 'cost_type', 'currency'],
    unit: 'currency',
    time: 'arrival',
    group: 'Usage counters',
  },
  {
    name: 'llm_billed_cost_held',
    type: 'gauge',
    help: `What llm_billed_cost_total shows beyond the ledger, or still withholds from it. ${HELD}`,
    labels: [...USAGE_LABELS, 'cost_type', 'currency'],
    unit: 'currency',
    time: 'arrival',
    group: 'Usage counters',
  },
  {
    name: 'llm_billed_model_cost_total',
    type: 'counter',
    help: `Twin of llm_billed_cost_total. ${TWIN_HELP} ${ARRIVAL}`,
    labels: [...USAGE_LABELS_BY_MODEL, 'cost_type', 'currency'],
    unit: 'currency',
    time: 'arrival',
    group: 'Usage counters',
  },
  {
    name: 'llm_billed_model_cost_held',
    type: 'gauge',
    help: `What llm_billed_model_cost_total shows beyond the ledger, or still withholds from it. ${HELD}`,
    labels: [...USAGE_LABELS_BY_MODEL, 'cost_type', 'currency'],
    unit: 'currency',
    time: 'arrival',
    group: 'Usage counters',
  },
  {
    name: 'llm_metered_tokens_total',
    type: 'counter',
    help: `Tokens metered by the provider, in types that do not overlap, since the source was first stored. ${ARRIVAL}`,
    labels: [...USAGE_LABELS, 'token_type'],
    unit: 'tokens',
    time: 'arrival',
    group: 'Usage counters',
  },
  {
    name: 'llm_metered_tokens_held',
    type: 'gauge',
    help: `What llm_metered_tokens_total shows beyond the ledger, or still withholds from it. ${HELD}`,
    labels: [...USAGE_LABELS, 'token_type'],
    unit: 'tokens',
    time: 'arrival',
    group: 'Usage counters',
  },
  {
    name: 'llm_metered_requests_total',
    type: 'counter',
    help: `Requests metered by the provider since the source was first stored. ${ARRIVAL}`,
    labels: USAGE_LABELS,
    unit: 'requests',
    time: 'arrival',
    group: 'Usage counters',
  },
  {
    name: 'llm_metered_requests_held',
    type: 'gauge',
    help: `What llm_metered_requests_total shows beyond the ledger, or still withholds from it. ${HELD}`,
    labels: USAGE_LABELS,
    unit: 'requests',
    time: 'arrival',
    group: 'Usage counters',
  },
  {
    name: 'llm_restated_cost_total',
    type: 'counter',
    help: 'Cost by which a provider changed buckets that it had answered completely before, by direction. Counts in arrival time; the money is in the usage metrics already: never add it to them.',
    labels: [...ACCOUNT_LABELS, 'source', 'direction', 'currency'],
    unit: 'currency',
    time: 'arrival',
    group: 'Usage counters',
  },
  {
    name: 'llm_restated_tokens_total',
    type: 'counter',
    help: 'Tokens by which a provider changed buckets that it had answered completely before, by direction. Counts in arrival time; the tokens are in the usage metrics already: never add it to them.',
    labels: [...ACCOUNT_LABELS, 'source', 'direction'],
    unit: 'tokens',
    time: 'arrival',
    group: 'Usage counters',
  },
  {
    name: 'llm_overflow_series',
    type: 'gauge',
    help: 'Ledger series met since start whose value of the dimension was folded into "other" because the family is at its cap. Their sums are kept exactly; raise metrics.caps to split them.',
    labels: ['family', 'dimension'],
    unit: 'count',
    time: 'now',
    group: 'Usage counters',
  },
]
