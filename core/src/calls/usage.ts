/** What one call used, as its response states it, with overlaps undone. */
import { parseAmount, type Amount } from '../amount.ts'
import type { CostType, TokenType } from '../tokens.ts'

export type Tokens = Readonly<Partial<Record<TokenType, number>>>

/** Money that the response itself states. */
export interface StatedCost {
  readonly amount: Amount
  /** ISO 4217. */
  readonly currency: string
  /** Empty where only a total is stated. */
  readonly parts: Readonly<Partial<Record<CostType, Amount>>>
}

export interface CallUsage {
  /** A partition: the types never overlap. Empty where the response counts no tokens. */
  readonly tokens: Tokens
  /** `fails` where the provider's own total is not the sum of its parts; `unstated` where it gives no total. */
  readonly identity: 'holds' | 'fails' | 'unstated'
  readonly cost: StatedCost | undefined
  /** Calls of tools that ran at the provider, such as `web_search`. */
  readonly tools: Readonly<Record<string, number>>
}

/** What an endpoint does; its name in metrics is the convention's `gen_ai.operation.name`. */
export type Operation =
  'chat' | 'responses' | 'text_completion' | 'embeddings' | 'image_generation' | 'audio' | 'generate_content'

/** The usage object of a response; those of a stream's events laid over each other, the later one on top. */
export type UsageObject = Readonly<Record<string, unknown>>

export interface UsageContext {
  readonly operation: Operation
  /** A response header by its lower-case name. */
  readonly header: (name: string) => string | undefined
}

/** Reads one provider's usage object. Pure; a field that is not there or no number is unknown, never 0. */
export type ReadUsage = (usage: UsageObject, context: UsageContext) => CallUsage

/** A count, or undefined where the field is missing or no count. */
export function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined
}

/** An object, or an empty one. */
export function object(value: unknown): UsageObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as UsageObject) : {}
}

/** A cost in USD from a JSON number or a decimal string, or undefined. */
export function statedUsd(value: unknown): StatedCost | undefined {
  const amount = amountOf(value)
  return amount === undefined ? undefined : { amount, currency: 'USD', parts: {} }
}

/** A decimal that is not negative. A float's shortest literal is what the provider wrote, up to 15 digits. */
export function amountOf(value: unknown): Amount | undefined {
  if (typeof value !== 'number' && typeof value !== 'string') return undefined
  const amount = parseAmount(String(value))?.amount
  return amount === undefined || amount < 0n ? undefined : amount
}

export interface Counts {
  /** All input, cached included. */
  readonly input: number | undefined
  /** Undefined where the response does not tell it apart. */
  readonly cacheRead: number | undefined
  readonly cacheWrite?: number | undefined
  readonly output: number | undefined
  readonly reasoning: number | undefined
  /** The provider's own sum. */
  readonly total: number | undefined
  /** Whether `output` holds `reasoning` by the provider's documentation; the total decides where it can. */
  readonly reasoningInside: boolean
}

/** Undoes overlaps: cached input out of input, reasoning out of output. */
export function partition(counts: Counts): Pick<CallUsage, 'tokens' | 'identity'> {
  const { input, cacheRead, cacheWrite = 0, output, reasoning, total } = counts
  const cached = (cacheRead ?? 0) + cacheWrite
  const inside = isInside(counts)
  const visible = output === undefined ? undefined : output - (inside ? (reasoning ?? 0) : 0)
  const uncached = input === undefined ? undefined : input - cached
  // A part larger than its whole is the provider's error: the whole stays, unsplit.
  const inputSound = uncached === undefined || uncached >= 0
  const outputSound = visible === undefined || visible >= 0
  const tokens: Partial<Record<TokenType, number>> = {}
  const put = (type: TokenType, tokensOf: number | undefined): void => {
    if (tokensOf !== undefined && tokensOf > 0) tokens[type] = tokensOf
  }
  if (!inputSound || (cacheRead === undefined && cacheWrite === 0)) put('input_unsplit', input)
  else {
    put('input', uncached)
    put('cache_read', cacheRead)
    put('cache_write', cacheWrite)
  }
  if (!outputSound || reasoning === undefined) put('output_unsplit', output)
  else {
    put('output', visible)
    put('reasoning', reasoning)
  }
  if (input === undefined && output === undefined) put('unsplit', total)
  if (total === undefined) return { tokens, identity: inputSound && outputSound ? 'unstated' : 'fails' }
  const sum = Object.values(tokens).reduce((a, b) => a + b, 0)
  return { tokens, identity: inputSound && outputSound && sum === total ? 'holds' : 'fails' }
}

function isInside({ input = 0, output = 0, reasoning = 0, total, reasoningInside }: Counts): boolean {
  if (total === undefined || reasoning === 0) return reasoningInside
  if (input + output === total) return true
  if (input + output + reasoning === total) return false
  return reasoningInside
}
