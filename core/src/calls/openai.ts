/** OpenAI and everything that answers like it (chat, responses, embeddings, images, audio): one reader for all. */
import { count, object, partition, type Counts, type ReadUsage, type UsageObject } from './usage.ts'

/**
 * Chat names its fields `prompt_…` and `completion_…`, the newer endpoints `input_…` and `output_…`.
 * Output includes reasoning. Source: platform.openai.com/docs/api-reference, usage objects.
 */
export const readOpenAi: ReadUsage = (usage) => ({
  ...partition(openAiCounts(usage)),
  cost: undefined,
  tools: {},
})

/** The counts of a usage object in OpenAI's form. */
export function openAiCounts(usage: UsageObject): Counts {
  const inputDetails = object(usage['prompt_tokens_details'] ?? usage['input_tokens_details'])
  const outputDetails = object(usage['completion_tokens_details'] ?? usage['output_tokens_details'])
  return {
    input: count(usage['prompt_tokens']) ?? count(usage['input_tokens']),
    // DeepSeek tells cache hits beside the counts.
    cacheRead: count(inputDetails['cached_tokens']) ?? count(usage['prompt_cache_hit_tokens']),
    cacheWrite: count(inputDetails['cache_write_tokens']),
    output: count(usage['completion_tokens']) ?? count(usage['output_tokens']),
    reasoning: count(outputDetails['reasoning_tokens']),
    total: count(usage['total_tokens']),
    reasoningInside: true,
  }
}
