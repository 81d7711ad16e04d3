/** What can be asked for: each measure as a formula over what the ledger counts (seeds 000 to 002 name them). */
import { ONE, type Amount } from '@usage-explorer/core/amount'
import { TIME_BUCKETS } from '../usage/histogram.ts'
import { SUCCESS, UNSPLIT, type Measure } from '../usage/measures.ts'

/** How a figure is to be read. `currency`: money of the series' currency; `ratio`: 1 is everything. */
export type Unit =
  'currency' | 'tokens' | 'requests' | 'calls' | 'seconds' | 'ratio' | 'requests_per_second' | 'number'

/** A measure of the ledger, or only its rows of some types. */
export interface Term {
  readonly measure: Measure
  /** All where undefined. */
  readonly types?: readonly string[]
  /** Rows of these types may hold some of `types`: where there are any, the part is unknown. */
  readonly unclear?: readonly string[]
}

/**
 * Both sides of a ratio, and all parts of a percentile, are read from one source (design §4.4). `seconds` of a rate
 * are those of the bucket that have passed.
 */
export type Formula =
  | { readonly kind: 'sum' | 'rate'; readonly of: Term }
  | { readonly kind: 'ratio'; readonly of: Term; readonly over: Term; readonly times: Amount }
  | { readonly kind: 'percentile'; readonly bounds: readonly Term[]; readonly permille: bigint }

export interface MeasureDoc {
  /** For people, in the singular form of a column's head. */
  readonly title: string
  readonly unit: Unit
  readonly doc: string
  readonly formula: Formula
}

const INPUT = ['input', 'cache_read', 'cache_write', 'input_unsplit']
const OUTPUT = ['output', 'reasoning', 'output_unsplit']

const all = (measure: Measure): Term => ({ measure })
const part = (measure: Measure, types: readonly string[], unclear: readonly string[] = []): Term => {
  return { measure, types, unclear: [UNSPLIT, ...unclear] }
}
const sum = (of: Term): Formula => ({ kind: 'sum', of })
const ratio = (of: Term, over: Term, times: Amount = ONE): Formula => ({ kind: 'ratio', of, over, times })
const percentile = (measure: Measure, permille: bigint): Formula => ({
  kind: 'percentile',
  bounds: TIME_BUCKETS.map((bound) => ({ measure, types: [bound] })),
  permille,
})

const INPUT_TOKENS = part('tokens', INPUT)
const OUTPUT_TOKENS = part('tokens', OUTPUT)
const CACHED_TOKENS = part('tokens', ['cache_read'], ['input_unsplit'])

export const ASKED_MEASURES = [
  'cost',
  'input_cost',
  'output_cost',
  'tool_cost',
  'tokens',
  'input_tokens',
  'output_tokens',
  'cached_tokens',
  'reasoning_tokens',
  'requests',
  'successful_requests',
  'errors',
  'tool_calls',
  'success_rate',
  'error_rate',
  'requests_per_second',
  'average_latency',
  'latency_p50',
  'latency_p90',
  'latency_p95',
  'latency_p99',
  'average_first_token',
  'first_token_p50',
  'first_token_p95',
  'tokens_per_request',
  'cost_per_request',
  'cost_per_1k_tokens',
  'cost_per_1m_tokens',
  'output_input_ratio',
  'cache_hit_rate',
] as const

/** A measure that a question can ask for. */
export type AskedMeasure = (typeof ASKED_MEASURES)[number]

export const MEASURE_TABLE: Readonly<Record<AskedMeasure, MeasureDoc>> = {
  cost: {
    title: 'Cost',
    unit: 'currency',
    doc: 'What it cost, to the last digit, of the best source.',
    formula: sum(all('cost')),
  },
  input_cost: {
    title: 'Input cost',
    unit: 'currency',
    doc: 'Cost of prompts, what was read from or written to a cache included.',
    formula: sum(part('cost', ['input', 'cache_read', 'cache_write'])),
  },
  output_cost: {
    title: 'Output cost',
    unit: 'currency',
    doc: 'Cost of answers, reasoning included.',
    formula: sum(part('cost', ['output', 'reasoning'])),
  },
  tool_cost: {
    title: 'Tool cost',
    unit: 'currency',
    doc: 'Cost of tools that the provider runs, such as web search.',
    formula: sum(part('cost', ['tool'])),
  },
  tokens: {
    title: 'Tokens',
    unit: 'tokens',
    doc: 'Tokens of all types.',
    formula: sum(all('tokens')),
  },
  input_tokens: {
    title: 'Input tokens',
    unit: 'tokens',
    doc: 'Tokens of prompts, cached ones included.',
    formula: sum(INPUT_TOKENS),
  },
  output_tokens: {
    title: 'Output tokens',
    unit: 'tokens',
    doc: 'Tokens of answers, reasoning included.',
    formula: sum(OUTPUT_TOKENS),
  },
  cached_tokens: {
    title: 'Cached tokens',
    unit: 'tokens',
    doc: 'Tokens of prompts that came from a cache.',
    formula: sum(CACHED_TOKENS),
  },
  reasoning_tokens: {
    title: 'Reasoning tokens',
    unit: 'tokens',
    doc: 'Tokens that a model spent on thinking.',
    formula: sum(part('tokens', ['reasoning'], ['output_unsplit'])),
  },
  requests: {
    title: 'Requests',
    unit: 'requests',
    doc: 'Calls of the provider, failed ones included.',
    formula: sum(all('requests')),
  },
  successful_requests: {
    title: 'Successful requests',
    unit: 'requests',
    doc: 'Calls that were answered.',
    formula: sum(part('requests', [SUCCESS])),
  },
  errors: {
    title: 'Failed requests',
    unit: 'requests',
    doc: 'Calls that failed, of every type.',
    formula: sum(all('errors')),
  },
  tool_calls: {
    title: 'Tool calls',
    unit: 'calls',
    doc: 'Calls of tools that the provider runs, such as web search.',
    formula: sum(all('tool_calls')),
  },
  success_rate: {
    title: 'Success rate',
    unit: 'ratio',
    doc: 'Successful requests over all.',
    formula: ratio(part('requests', [SUCCESS]), all('requests')),
  },
  error_rate: {
    title: 'Error rate',
    unit: 'ratio',
    doc: 'Failed requests over all.',
    formula: ratio(all('errors'), all('requests')),
  },
  requests_per_second: {
    title: 'Request rate',
    unit: 'requests_per_second',
    doc: 'Requests over the seconds of the bucket that have passed.',
    formula: { kind: 'rate', of: all('requests') },
  },
  average_latency: {
    title: 'Average latency',
    unit: 'seconds',
    doc: 'Mean time of a call, from its start to the end of its answer.',
    formula: ratio(all('duration'), all('duration_calls')),
  },
  latency_p50: latency('50th', 500n),
  latency_p90: latency('90th', 900n),
  latency_p95: latency('95th', 950n),
  latency_p99: latency('99th', 990n),
  average_first_token: {
    title: 'Average time to first token',
    unit: 'seconds',
    doc: 'Mean time from the start of a streamed call to its first token.',
    formula: ratio(all('first_token'), all('first_token_calls')),
  },
  first_token_p50: firstToken('50th', 500n),
  first_token_p95: firstToken('95th', 950n),
  tokens_per_request: {
    title: 'Tokens per request',
    unit: 'tokens',
    doc: 'Tokens over requests.',
    formula: ratio(all('tokens'), all('requests')),
  },
  cost_per_request: {
    title: 'Cost per request',
    unit: 'currency',
    doc: 'Cost over requests.',
    formula: ratio(all('cost'), all('requests')),
  },
  cost_per_1k_tokens: {
    title: 'Cost per 1 K tokens',
    unit: 'currency',
    doc: 'Cost of a thousand tokens of the mix of types that there was.',
    formula: ratio(all('cost'), all('tokens'), 1_000n * ONE),
  },
  cost_per_1m_tokens: {
    title: 'Cost per 1 M tokens',
    unit: 'currency',
    doc: 'Cost of a million tokens of the mix of types that there was.',
    formula: ratio(all('cost'), all('tokens'), 1_000_000n * ONE),
  },
  output_input_ratio: {
    title: 'Output per input token',
    unit: 'number',
    doc: 'Output tokens over input tokens: high where answers are long.',
    formula: ratio(OUTPUT_TOKENS, INPUT_TOKENS),
  },
  cache_hit_rate: {
    title: 'Cache hit rate',
    unit: 'ratio',
    doc: 'Tokens read from a cache over all input tokens.',
    formula: ratio(CACHED_TOKENS, part('tokens', INPUT, ['input_unsplit'])),
  },
}

function latency(name: string, permille: bigint): MeasureDoc {
  return {
    title: `Latency, ${name} percentile`,
    unit: 'seconds',
    doc: 'Time of a call, estimated inside the bucket of the histogram that holds the rank.',
    formula: percentile('duration_calls', permille),
  }
}

function firstToken(name: string, permille: bigint): MeasureDoc {
  return {
    title: `Time to first token, ${name} percentile`,
    unit: 'seconds',
    doc: 'Time to the first token of a streamed call, estimated inside the bucket that holds the rank.',
    formula: percentile('first_token_calls', permille),
  }
}

/** The terms of a formula. */
export function termsOf(formula: Formula): readonly Term[] {
  switch (formula.kind) {
    case 'sum':
    case 'rate':
      return [formula.of]
    case 'ratio':
      return [formula.of, formula.over]
    case 'percentile':
      return formula.bounds
  }
}
