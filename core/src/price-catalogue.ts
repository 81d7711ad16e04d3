/** The maintained price catalogue (`@pydantic/genai-prices`), read without a float ever being added or multiplied. */
import { calcPrice, type ModelPrice } from '@pydantic/genai-prices'
import { pricePer, type ModelPrices, type Price } from './prices.ts'

const TOKEN_PRICES = {
  input: 'input_mtok',
  cache_read: 'cache_read_mtok',
  cache_write: 'cache_write_mtok',
  output: 'output_mtok',
} as const

/** Looks a model up now and then anew: a price may depend on the date. */
const KEPT_MS = 3_600_000
/** Model names come from the app: one that asks for a new one each time must not fill the memory. */
const MOST_KEPT = 1000

/**
 * A look-up of list prices by the catalogue's provider id and a model. Undefined where the catalogue lists none.
 * What it answered is remembered.
 */
export function createPriceCatalogue(
  now: () => number,
): (provider: string, model: string) => ModelPrices | undefined {
  const known = new Map<string, { readonly at: number; readonly prices: ModelPrices | undefined }>()
  return (provider, model) => {
    const key = `${provider} ${model}`
    const kept = known.get(key)
    const at = now()
    if (kept !== undefined && at - kept.at < KEPT_MS) return kept.prices
    if (known.size >= MOST_KEPT) known.clear()
    const prices = lookUp(provider, model, at)
    known.set(key, { at, prices })
    return prices
  }
}

function lookUp(provider: string, model: string, at: number): ModelPrices | undefined {
  // A single token of each kind finds the model; the catalogue's own arithmetic is in floats and is not used.
  const found = calcPrice({ input_tokens: 1, output_tokens: 1 }, model, {
    providerId: provider,
    timestamp: new Date(at),
  })
  if (found === null) return undefined
  const listed = found.model_price
  const perToken: Partial<Record<keyof typeof TOKEN_PRICES, Price>> = {}
  for (const [type, key] of Object.entries(TOKEN_PRICES) as [keyof typeof TOKEN_PRICES, string][]) {
    const price = priceOf(listed[key], 1_000_000)
    if (price !== undefined) perToken[type] = price
  }
  // Cached tokens without a price of their own cost what uncached ones do.
  for (const type of ['cache_read', 'cache_write'] as const) {
    if (perToken[type] === undefined && perToken.input !== undefined) perToken[type] = perToken.input
  }
  const search = priceOf(listed['web_searches_kcount'], 1000)
  return { currency: 'USD', perToken, perCall: search === undefined ? {} : { web_search: search } }
}

function priceOf(listed: ModelPrice[string], per: number): Price | undefined {
  if (listed === undefined) return undefined
  if (typeof listed === 'number') return { base: pricePer(per, listed), tiers: [] }
  return {
    base: pricePer(per, listed.base),
    tiers: [...listed.tiers]
      .sort((a, b) => a.start - b.start)
      .map(({ start, price }) => ({ above: start, price: pricePer(per, price) })),
  }
}
