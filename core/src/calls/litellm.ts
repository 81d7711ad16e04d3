/** LiteLLM proxies: OpenAI's form for every upstream, the cost in a response header. */
import { openAiCounts } from './openai.ts'
import { count, partition, statedUsd, type ReadUsage } from './usage.ts'

/** Prompt tokens include cached ones; those of Anthropic upstreams are told in Anthropic's fields. Source: docs.litellm.ai. */
export const readLiteLlm: ReadUsage = (usage, { header }) => {
  const counts = openAiCounts(usage)
  return {
    ...partition({
      ...counts,
      cacheRead: counts.cacheRead ?? count(usage['cache_read_input_tokens']),
      cacheWrite: counts.cacheWrite ?? count(usage['cache_creation_input_tokens']),
    }),
    cost: statedUsd(header('x-litellm-response-cost')),
    tools: {},
  }
}
