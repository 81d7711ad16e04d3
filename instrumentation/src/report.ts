/** What is told of a call when it has ended. */
import { formatAmount, type Amount } from '@usage-explorer/core/amount'
import type { ErrorType } from '@usage-explorer/core/calls/error-type'
import type { RateLimit } from '@usage-explorer/core/calls/rate-limits'
import type { CallUsage } from '@usage-explorer/core/calls/usage'
import type { CostType } from '@usage-explorer/core/tokens'
import type { KeyIdentity } from './key.ts'
import type { Labels } from './labels.ts'

export interface Cost {
  readonly amount: Amount
  readonly currency: string
  /** `reported` by the response, or priced by the `catalogue`. */
  readonly source: 'reported' | 'catalogue'
  /** Empty where only the total is known. */
  readonly parts: Readonly<Partial<Record<CostType, Amount>>>
}

/** Money as exact decimals, in the call's currency. Parts are undefined where only a total is known. */
export interface CostBreakdown {
  readonly prompt_cost: string | undefined
  readonly completion_cost: string | undefined
  readonly cache_read_cost: string | undefined
  readonly cache_write_cost: string | undefined
  readonly reasoning_cost: string | undefined
  readonly web_search_cost: string | undefined
  readonly total_cost: string
  readonly currency: string
  readonly source: Cost['source']
}

/** Prompt tokens include cached ones, completion tokens include reasoning, and the total is their sum. */
export interface Usage {
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly total_tokens: number
  readonly cache_read_tokens: number
  readonly cache_write_tokens: number
  readonly reasoning_tokens: number
  readonly web_search_count: number
  readonly request_count: 1
  /** Undefined where nobody knows what it cost. */
  readonly cost_breakdown: CostBreakdown | undefined
}

export interface Call {
  readonly provider: string
  readonly operation: string
  /** `/v1/chat/completions`, or what `withLabels` said. */
  readonly endpoint: string
  /** As the response names it, else as it was asked for; '' where neither is known. */
  readonly model: string
  readonly responseId: string
  readonly streamed: boolean
  /** HTTP status; undefined where no response came. */
  readonly status: number | undefined
  /** Undefined for a success. */
  readonly errorType: ErrorType | undefined
  readonly startedAt: Date
  readonly durationMs: number
  readonly timeToFirstTokenMs: number | undefined
  /** Undefined where the response told none: a failure, a stream that was cut off, or one that was not asked to. */
  readonly usage: Usage | undefined
  readonly labels: Labels
  readonly key: KeyIdentity | undefined
  readonly rateLimits: readonly RateLimit[]
}

export function usageReport({ tokens, tools }: CallUsage, cost: Cost | undefined): Usage {
  const of = (...types: readonly (keyof typeof tokens)[]): number =>
    types.reduce((sum, type) => sum + (tokens[type] ?? 0), 0)
  const prompt = of('input', 'input_unsplit', 'cache_read', 'cache_write')
  const completion = of('output', 'output_unsplit', 'reasoning')
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion + of('unsplit'),
    cache_read_tokens: of('cache_read'),
    cache_write_tokens: of('cache_write'),
    reasoning_tokens: of('reasoning'),
    web_search_count: tools['web_search'] ?? 0,
    request_count: 1,
    cost_breakdown: cost && breakdown(cost),
  }
}

function breakdown({ amount, currency, source, parts }: Cost): CostBreakdown {
  const isSplit = Object.keys(parts).length > 0
  const part = (type: CostType): string | undefined => (isSplit ? formatAmount(parts[type] ?? 0n) : undefined)
  return {
    prompt_cost: part('input'),
    completion_cost: part('output'),
    cache_read_cost: part('cache_read'),
    cache_write_cost: part('cache_write'),
    reasoning_cost: part('reasoning'),
    web_search_cost: part('tool'),
    total_cost: formatAmount(amount),
    currency,
    source,
  }
}
