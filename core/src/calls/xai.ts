/** xAI: OpenAI's form, but chat counts reasoning outside of completion, and each call states what it cost. */
import { parseAmount } from '../amount.ts'
import { openAiCounts } from './openai.ts'
import { count, object, partition, type ReadUsage, type StatedCost } from './usage.ts'

/** `completion_tokens` of chat excludes reasoning, `output_tokens` of responses includes it. Source: docs.x.ai. */
export const readXai: ReadUsage = (usage) => ({
  ...partition({ ...openAiCounts(usage), reasoningInside: usage['completion_tokens'] === undefined }),
  cost: costOf(usage['cost_in_usd_ticks']),
  tools: toolsOf(usage['server_side_tool_usage_details']),
})

/** 1 USD is 10¹⁰ ticks: what is billed, tools and discounts included. Source: docs.x.ai, cost tracking. */
function costOf(ticks: unknown): StatedCost | undefined {
  if (typeof ticks !== 'number' || ticks < 0) return undefined
  const amount = parseAmount(`${ticks}e-10`)?.amount
  return amount === undefined ? undefined : { amount, currency: 'USD', parts: {} }
}

function toolsOf(details: unknown): Record<string, number> {
  const tools: Record<string, number> = {}
  for (const [name, value] of Object.entries(object(details))) {
    const calls = count(value)
    if (calls !== undefined && calls > 0) tools[name.replace(/_calls$/, '')] = calls
  }
  return tools
}
