/** OpenRouter: OpenAI's form plus the cost of the call in USD. */
import { openAiCounts } from './openai.ts'
import { count, object, partition, statedUsd, type ReadUsage } from './usage.ts'

/** `cost` is what the account pays; `cost_details` is what the upstream charges. Source: openrouter.ai/docs, usage accounting. */
export const readOpenRouter: ReadUsage = (usage) => {
  const searches = count(object(usage['server_tool_use'])['web_search_requests']) ?? 0
  return {
    ...partition(openAiCounts(usage)),
    cost: statedUsd(usage['cost']),
    tools: searches > 0 ? { web_search: searches } : {},
  }
}
