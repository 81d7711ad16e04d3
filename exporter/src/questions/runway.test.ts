import { fromInteger } from '@usage-explorer/core/amount'
import { expect, test } from 'vitest'
import { DAY, SECOND } from '../clock.ts'
import type { Level } from '../usage/facts.ts'
import { runwaySamples } from './runway.ts'

const OF = { provider: 'xai', account: 'a' }
const spent = (value: number, window = '7d', account = 'a') => ({
  labels: { provider: 'xai', account, currency: 'USD', window, api_key: `key-${value}` },
  value,
})
const balance = (dollars: number, kind = 'live') => {
  const level: Level = { family: 'balance', kind, model: null, currency: 'USD', amount: fromInteger(dollars) }
  return { ...OF, ...level, seenAt: 0 }
}

test('a balance lasts as long as the last seven days say, over all keys of its account', () => {
  const costs = [spent(5), spent(2), spent(100, '24h'), spent(100, '7d', 'b')]
  const labels = { ...OF, kind: 'live' }
  expect(runwaySamples(costs, [balance(10)])).toEqual([{ labels, value: (10 * DAY) / SECOND }])
})

test('an overdrawn balance lasts no time, and an idle account has no end in sight', () => {
  expect(runwaySamples([spent(7)], [balance(-3)])[0]?.value).toBe(0)
  expect(runwaySamples([], [balance(10)])).toEqual([])
})

test('a balance that settles only when the cycle closes tells nothing of the runway', () => {
  expect(runwaySamples([spent(7)], [balance(10, 'settled')])).toEqual([])
})
