/** Prices of tokens, and what a call costs by them. */
import { divide, fromInteger, multiply, parseAmount, type Amount } from './amount.ts'
import type { Tokens } from './calls/usage.ts'
import type { CostType, TokenType } from './tokens.ts'

/** A price in a currency per single unit, by how much input the call has. */
export interface Price {
  readonly base: Amount
  /** From more than `above` input tokens on all of the call is charged at `price`; ascending. */
  readonly tiers: readonly { readonly above: number; readonly price: Amount }[]
}

export interface ModelPrices {
  readonly currency: string
  readonly perToken: Readonly<Partial<Record<'input' | 'cache_read' | 'cache_write' | 'output', Price>>>
  /** Per call of a tool. */
  readonly perCall: Readonly<Record<string, Price>>
}

export interface PricedCall {
  readonly amount: Amount
  readonly parts: Readonly<Partial<Record<CostType, Amount>>>
}

/** Which list price a token type is charged at. Reasoning is output; input that nobody split is charged as uncached. */
const CHARGED_AS: Readonly<Record<TokenType, 'input' | 'cache_read' | 'cache_write' | 'output' | undefined>> =
  {
    input: 'input',
    input_unsplit: 'input',
    cache_read: 'cache_read',
    cache_write: 'cache_write',
    output: 'output',
    output_unsplit: 'output',
    reasoning: 'output',
    unsplit: undefined,
  }

const INPUT_TYPES: readonly TokenType[] = ['input', 'input_unsplit', 'cache_read', 'cache_write']

/**
 * What a call costs by a price list: exact, by part. Undefined where a token of it has no price, since a cost without it
 * would be too low.
 */
export function priceCall(
  tokens: Tokens,
  tools: Readonly<Record<string, number>>,
  prices: ModelPrices,
): PricedCall | undefined {
  const input = INPUT_TYPES.reduce((sum, type) => sum + (tokens[type] ?? 0), 0)
  const parts: Partial<Record<CostType, Amount>> = {}
  const add = (type: CostType, units: number, price: Price): void => {
    const cost = multiply(fromInteger(units), priceAt(price, input))
    if (cost > 0n) parts[type] = (parts[type] ?? 0n) + cost
  }
  for (const [type, units] of Object.entries(tokens) as [TokenType, number][]) {
    const charged = CHARGED_AS[type]
    const price = charged && prices.perToken[charged]
    if (charged === undefined || price === undefined) return undefined
    add(type === 'reasoning' ? 'reasoning' : charged, units, price)
  }
  for (const [tool, calls] of Object.entries(tools)) {
    const price = prices.perCall[tool]
    if (price === undefined) return undefined
    add('tool', calls, price)
  }
  return { amount: Object.values(parts).reduce((a, b) => a + b, 0n), parts }
}

/** A price per unit from one per `per` units, as lists state them. Throws RangeError where it is no decimal number. */
export function pricePer(per: number, literal: number | string): Amount {
  const amount = parseAmount(String(literal))?.amount
  if (amount === undefined) throw new RangeError(`${literal} is no price`)
  return divide(amount, fromInteger(per))
}

function priceAt({ base, tiers }: Price, input: number): Amount {
  return tiers.findLast(({ above }) => input > above)?.price ?? base
}
