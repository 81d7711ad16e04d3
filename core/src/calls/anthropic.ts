/** Anthropic messages: three input counts that do not overlap, no total, and thinking not told from other output. */
import { count, object, type ReadUsage } from './usage.ts'
import type { TokenType } from '../tokens.ts'

/** `input_tokens` is what follows the last cache breakpoint. Source: docs.anthropic.com, messages, usage. */
export const readAnthropic: ReadUsage = (usage) => {
  const found: readonly (readonly [TokenType, number | undefined])[] = [
    ['input', count(usage['input_tokens'])],
    ['cache_read', count(usage['cache_read_input_tokens'])],
    ['cache_write', count(usage['cache_creation_input_tokens'])],
    ['output_unsplit', count(usage['output_tokens'])],
  ]
  const searches = count(object(usage['server_tool_use'])['web_search_requests']) ?? 0
  return {
    tokens: Object.fromEntries(found.filter(([, tokens]) => tokens !== undefined && tokens > 0)),
    identity: 'unstated',
    cost: undefined,
    tools: searches > 0 ? { web_search: searches } : {},
  }
}
