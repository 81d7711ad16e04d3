/** xAI's free-text unit types, as billing lines and usage groups carry them, sorted into partitions. */

export type XaiTokenType = 'input' | 'cache_read' | 'cache_write' | 'output' | 'reasoning' | 'unsplit'
export type XaiCostType = XaiTokenType | 'tool'

export interface UnitType {
  readonly cost: XaiCostType
  /** null where the units are not tokens (images, searches). */
  readonly tokens: XaiTokenType | null
}

/** First match wins: "Cached prompt text tokens" is cache, "Prompt image tokens" is input and no image. */
const RULES: readonly (readonly [RegExp, XaiTokenType])[] = [
  [/\bcache(?:d)? (?:write|creation)/, 'cache_write'],
  [/\bcached?\b/, 'cache_read'],
  [/\breasoning\b/, 'reasoning'],
  [/\b(?:prompt|input)\b/, 'input'],
  [/\b(?:completion|output)\b/, 'output'],
]
/** What a model generates besides text: billed as output, counted in other units than tokens. */
const GENERATED = /^(?:generated )?(?:images?|videos?|audio)\b/
const OTHER_UNITS = /\b(?:images?|videos?|audio|seconds?|minutes?|hours?|characters?)\b/
const TOOL = /\b(?:search(?:es)?|sources?|tools?|calls?|invocations?|executions?|interpreter)\b/

/**
 * Sorts a unit type such as "Cached prompt text tokens". The list of texts is undocumented, so an unknown one is
 * `unsplit`, and counts tokens only if it says so.
 */
export function partitionUnitType(text: string): UnitType {
  const words = text.trim().toLowerCase()
  const isTokens = /\btokens?\b/.test(words)
  if (!isTokens && TOOL.test(words)) return { cost: 'tool', tokens: null }
  const type = RULES.find(([pattern]) => pattern.test(words))?.[1]
  if (type !== undefined) return { cost: type, tokens: isTokens || !OTHER_UNITS.test(words) ? type : null }
  if (!isTokens && GENERATED.test(words)) return { cost: 'output', tokens: null }
  return { cost: 'unsplit', tokens: isTokens ? 'unsplit' : null }
}
