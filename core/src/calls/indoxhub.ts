/** indoxhub: three generations of one usage object, the newest with the cost by part. */
import type { Amount } from '../amount.ts'
import type { CostType } from '../tokens.ts'
import { amountOf, count, object, partition, type ReadUsage, type StatedCost } from './usage.ts'

const PARTS: readonly (readonly [string, CostType])[] = [
  ['prompt_cost', 'input'],
  ['completion_cost', 'output'],
  ['cache_read_cost', 'cache_read'],
  ['cache_write_cost', 'cache_write'],
  ['reasoning_cost', 'reasoning'],
  ['web_search_cost', 'tool'],
]

/**
 * Total is prompt and completion, so that cached and reasoning tokens lie inside those.
 * Source: docs of indoxhub, usage tracking; server source for the older names.
 */
export const readIndoxhub: ReadUsage = (usage) => {
  const searches = count(usage['web_search_count']) ?? 0
  return {
    ...partition({
      input: count(usage['prompt_tokens']) ?? count(usage['tokens_prompt']) ?? count(usage['input_tokens']),
      cacheRead: count(usage['cache_read_tokens']),
      cacheWrite: count(usage['cache_write_tokens']),
      output:
        count(usage['completion_tokens']) ??
        count(usage['tokens_completion']) ??
        count(usage['output_tokens']),
      reasoning: count(usage['reasoning_tokens']),
      total: count(usage['total_tokens']) ?? count(usage['tokens_total']),
      reasoningInside: true,
    }),
    cost: costOf(object(usage['cost_breakdown']), usage['cost']),
    tools: searches > 0 ? { web_search: searches } : {},
  }
}

function costOf(breakdown: Readonly<Record<string, unknown>>, total: unknown): StatedCost | undefined {
  const amount = amountOf(breakdown['total_cost']) ?? amountOf(total)
  if (amount === undefined) return undefined
  const parts: Partial<Record<CostType, Amount>> = {}
  for (const [field, type] of PARTS) {
    const part = amountOf(breakdown[field])
    if (part !== undefined && part > 0n) parts[type] = part
  }
  return { amount, currency: 'USD', parts }
}
