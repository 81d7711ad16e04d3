/** Gemini's native API: thoughts and tool prompts are counted beside candidates and prompt. */
import { readOpenAi } from './openai.ts'
import { count, partition, type ReadUsage } from './usage.ts'

/** Cached content is part of the prompt; total = prompt + tool prompt + candidates + thoughts. Source: ai.google.dev, UsageMetadata. */
export const readGemini: ReadUsage = (usage, context) => {
  // Its OpenAI-compatible endpoint.
  if ('prompt_tokens' in usage) return readOpenAi(usage, context)
  const prompt = count(usage['promptTokenCount'])
  const total = count(usage['totalTokenCount'])
  const thoughts = count(usage['thoughtsTokenCount'])
  const candidates = count(usage['candidatesTokenCount'])
  return {
    ...partition({
      input: prompt === undefined ? undefined : prompt + (count(usage['toolUsePromptTokenCount']) ?? 0),
      // Left out of the object where it is 0.
      cacheRead: count(usage['cachedContentTokenCount']) ?? (prompt === undefined ? undefined : 0),
      output: candidates ?? (thoughts === undefined ? undefined : 0),
      reasoning: thoughts ?? (candidates === undefined ? undefined : 0),
      total,
      reasoningInside: false,
    }),
    cost: undefined,
    tools: {},
  }
}
