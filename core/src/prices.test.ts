import { describe, expect, test } from 'vitest'
import { formatAmount } from './amount.ts'
import { createPriceCatalogue } from './price-catalogue.ts'
import { priceCall, pricePer, type ModelPrices } from './prices.ts'

const flat = (literal: string) => ({ base: pricePer(1_000_000, literal), tiers: [] })
const prices: ModelPrices = {
  currency: 'USD',
  perToken: { input: flat('3'), cache_read: flat('0.75'), output: flat('15') },
  perCall: { web_search: { base: pricePer(1000, 10), tiers: [] } },
}

describe('a call', () => {
  test('costs the exact sum of its parts', () => {
    const priced = priceCall({ input: 7, cache_read: 3, output: 1, reasoning: 2 }, { web_search: 1 }, prices)
    const parts = Object.fromEntries(
      Object.entries(priced?.parts ?? {}).map(([type, part]) => [type, formatAmount(part)]),
    )
    expect(parts).toEqual({
      input: '0.000021',
      cache_read: '0.00000225',
      output: '0.000015',
      reasoning: '0.00003',
      tool: '0.01',
    })
    expect(formatAmount(priced?.amount ?? 0n)).toBe('0.01006825')
  })

  test('with tokens or tools that have no price has none, rather than one that is too low', () => {
    expect(priceCall({ input: 7, cache_write: 1 }, {}, prices)).toBeUndefined()
    expect(priceCall({ unsplit: 7 }, {}, prices)).toBeUndefined()
    expect(priceCall({ input: 7 }, { x_search: 1 }, prices)).toBeUndefined()
  })

  test('above a threshold of input is charged at the higher price as a whole, at it not yet', () => {
    const tiered: ModelPrices = {
      ...prices,
      perToken: {
        input: { base: 1n, tiers: [{ above: 200, price: 2n }] },
        output: { base: 10n, tiers: [{ above: 200, price: 30n }] },
      },
    }
    expect(priceCall({ input: 200, output: 1 }, {}, tiered)?.amount).toBe(210n)
    expect(priceCall({ input: 201, output: 1 }, {}, tiered)?.amount).toBe(432n)
  })
})

describe('the price catalogue', () => {
  const find = createPriceCatalogue(() => Date.UTC(2026, 10, 21))

  test('knows a model by its name and by its alias', () => {
    expect(find('x-ai', 'grok-4')?.perToken.output?.base).toBe(pricePer(1_000_000, '15'))
    expect(find('x-ai', 'grok-4-0709')).toEqual(find('x-ai', 'grok-4'))
  })

  test('keeps the tiers of long contexts', () => {
    expect(find('google', 'gemini-2.5-pro')?.perToken.input).toEqual({
      base: pricePer(1_000_000, '1.25'),
      tiers: [{ above: 200_000, price: pricePer(1_000_000, '2.5') }],
    })
  })

  test('has none for a model that nobody lists', () => {
    expect(find('x-ai', 'no-such-model')).toBeUndefined()
    expect(find('no-such-provider', 'grok-4')).toBeUndefined()
  })
})
