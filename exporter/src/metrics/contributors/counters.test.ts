import { parseAmount, type Amount } from '@usage-explorer/core/amount'
import { expect, it } from 'vitest'
import type { Counter } from '../../ledger/ledger.ts'
import type { Family } from '../snapshot.ts'
import { contributeCounters } from './counters.ts'

function amount(literal: string): Amount {
  const parsed = parseAmount(literal)
  if (parsed === undefined) throw new Error(`not a number: ${literal}`)
  return parsed.amount
}

async function contributed(...counters: Counter[]): Promise<readonly Family[]> {
  return contributeCounters({ counters: () => counters })(0)
}

const labels = { provider: 'xai', account: 'main', api_key: 'k-1', currency: 'USD' }

it('shows what is published and, beside it, what that is beyond the ledger', async () => {
  const counter = { family: 'llm_billed_cost_total', labels, bornAt: 7 }
  expect(await contributed({ ...counter, published: amount('10.5'), ledger: amount('10.1') })).toEqual([
    { name: 'llm_billed_cost_total', samples: [{ labels, value: 10.5, startAt: 7 }] },
    { name: 'llm_billed_cost_held', samples: [{ labels, value: 0.4 }] },
  ])
})

it('shows a negative held figure while a new counter still stands at its first 0', async () => {
  const families = await contributed({
    family: 'llm_metered_tokens_total',
    labels,
    published: 0n,
    ledger: amount('12'),
    bornAt: 7,
  })
  expect(families.map(({ name, samples }) => [name, samples[0]?.value])).toEqual([
    ['llm_metered_tokens_total', 0],
    ['llm_metered_tokens_held', -12],
  ])
})

it('shows no held figure where the catalogue has none', async () => {
  const families = await contributed({
    family: 'llm_restated_cost_total',
    labels,
    published: amount('3'),
    ledger: amount('3'),
    bornAt: 7,
  })
  expect(families.map(({ name }) => name)).toEqual(['llm_restated_cost_total'])
})

it('brings thousands of counters in their order', async () => {
  const counters = Array.from({ length: 4321 }, (_, index) => ({
    family: 'llm_billed_cost_total',
    labels: { ...labels, api_key: `k-${index}` },
    published: BigInt(index) * 10n ** 18n,
    ledger: 0n,
    bornAt: 0,
  }))
  const [billed] = await contributed(...counters)
  expect(billed?.samples.map(({ value }) => value)).toEqual(counters.map((_, index) => index))
})
