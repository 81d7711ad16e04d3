import { formatAmount, fromInteger, parseAmount, type Amount } from '@usage-explorer/core/amount'
import { describe, expect, test } from 'vitest'
import type { UsageRecord } from '../../usage/record.ts'
import type { PriceList } from './account.ts'
import { deriveTokens } from './derived.ts'

const amount = (literal: string): Amount => parseAmount(literal)?.amount ?? 0n

const price = (
  model: string,
  type: string,
  perUnit: string,
  tier = 'standard',
): PriceList['prices'][number] => ({
  model,
  type,
  tier,
  currency: 'USD',
  perUnit: amount(perUnit),
})

const LIST: PriceList = {
  models: [
    { name: 'grok-4-0709', aliases: ['grok-4'] },
    { name: 'grok-2-image-1212', aliases: [] },
  ],
  prices: [
    price('grok-4-0709', 'input', '0.000003'),
    price('grok-4-0709', 'output', '0.000015'),
    price('grok-4-0709', 'tool', '0.025'),
    price('grok-4-0709', 'cache_read', '0.00000075', 'long_context'),
    price('grok-2-image-1212', 'tool', '0.025'),
  ],
}

function cost(description: string | null, type: string | null, usd: string): UsageRecord {
  return {
    bucketStart: 0,
    stated: { project: 't', description, type },
    measure: 'cost',
    currency: 'USD',
    amount: amount(usd),
    raw: usd,
    rawUnit: 'usd',
  }
}

describe('tokens', () => {
  const tokens = async (...records: UsageRecord[]): Promise<[string[], boolean]> => {
    const { records: derived, complete } = await deriveTokens(records, LIST)
    return [derived.map((record) => `${record.stated.type ?? ''} ${formatAmount(record.amount)}`), complete]
  }

  test('are cost by unit price of model and type', async () => {
    expect(
      await tokens(cost('Chat grok-4-0709', 'input', '0.3'), cost('Chat grok-4-0709', 'output', '0.0075')),
    ).toEqual([['input 100000', 'output 500'], true])
  })

  test('keep the bucket, the dimensions and the cost that they come from', async () => {
    expect((await deriveTokens([cost('Chat grok-4-0709', 'input', '0.3')], LIST)).records).toEqual([
      {
        bucketStart: 0,
        stated: { project: 't', description: 'Chat grok-4-0709', type: 'input' },
        measure: 'tokens',
        currency: '',
        amount: fromInteger(100_000),
        raw: '0.3',
        rawUnit: 'usd',
      },
    ])
  })

  test('are found through aliases and past the release of an invoice', async () => {
    expect(await tokens(cost('Chat grok-4', 'input', '0.000003'))).toEqual([['input 1'], true])
    expect(await tokens(cost('Chat grok-4-0709-1.0.0', 'input', '0.000003'))).toEqual([['input 1'], true])
  })

  test('are not behind tools, storage and images, which leaves the rest complete', async () => {
    const others = [
      cost('Chat grok-4-0709', 'tool', '1'),
      cost('Live Search', 'tool', '1'),
      cost('File Storage', 'unsplit', '1'),
      cost('grok-2-image-1212', 'output', '1'),
    ]
    expect(await tokens(...others, cost('Chat grok-4-0709', 'input', '0.000003'))).toEqual([
      ['input 1'],
      true,
    ])
  })

  test.each([
    ['of an unlisted model', cost('Chat grok-9', 'input', '1')],
    ['without a standard price', cost('Chat grok-4-0709', 'cache_read', '1')],
    ['that were not split', cost('Chat grok-4-0709', 'unsplit', '1')],
    ['of a type that is null', cost('Chat grok-4-0709', null, '1')],
    ['of no model', cost(null, 'input', '1')],
  ])('%s cannot be derived, so that the answer is incomplete', async (_, record) => {
    expect(await tokens(record)).toEqual([[], false])
  })

  test('that cost nothing are no gap', async () => {
    expect(await tokens(cost('Chat grok-9', 'input', '0'))).toEqual([[], true])
  })
})
