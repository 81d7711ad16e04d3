import { afterEach, beforeEach, expect, test } from 'vitest'
import { HOUR } from '../clock.ts'
import { BILLED, World } from './testing.ts'
import { usualCost } from './usual-cost.ts'

let world: World
beforeEach(async () => {
  const keys = [{ match: 'search', team: 'search' }]
  world = await World.open({
    now: '2026-11-11T13:00Z',
    mappings: { keys, users: [], projects: [], teams: {} },
  })
})
afterEach(() => world.close())

/** So much in the hour before noon of each day, the newest last. */
async function bill(from: string, amounts: readonly string[]): Promise<void> {
  await world.tell({
    source: BILLED,
    from: `${from}T00:00Z`,
    to: '2026-11-11T12:00Z',
    rows: amounts.map((amount, day) => [day * 24 + 11, { api_key: 'search' }, amount] as const),
  })
}

const usual = async (): Promise<Record<string, number>> => {
  const [family] = await usualCost(world.context)(world.now)
  const told = family?.samples ?? []
  return Object.fromEntries(told.map(({ labels, value }) => [labels['window'] ?? '', value]))
}

test('what is usual is the median of the same hours of four weeks', async () => {
  const days = Array.from({ length: 30 }, () => '1')
  for (const [weeks, amount] of [
    [1, '100'],
    [2, '4'],
    [3, '2'],
    [4, '3'],
  ] as const) {
    days[29 - weeks * 7] = amount
  }
  await bill('2026-10-13', days)
  expect(await usual()).toEqual({ '6h': 3.5, '24h': 3.5 })
  const [family] = await usualCost(world.context)(world.now)
  expect(family?.samples[0]?.labels).toEqual({
    provider: 'xai',
    account: 'main',
    team: 'search',
    currency: 'USD',
    window: '6h',
  })
})

test('one week of history is not enough, two are', async () => {
  await bill(
    '2026-11-01',
    Array.from({ length: 11 }, () => '1'),
  )
  expect(await usual()).toEqual({})
  await bill(
    '2026-10-27',
    Array.from({ length: 16 }, () => '1'),
  )
  expect(await usual()).toEqual({ '6h': 1, '24h': 1 })
})

test('is worked out again when newer data is in', async () => {
  await bill(
    '2026-10-20',
    Array.from({ length: 23 }, () => '1'),
  )
  const contribute = usualCost(world.context)
  const before = await contribute(world.now)
  expect(await contribute(world.now + HOUR)).toBe(before)
  await world.tell({
    source: BILLED,
    from: '2026-11-11T12:00Z',
    to: '2026-11-11T18:00Z',
    cut: ['api_key'],
    fetchedAt: '2026-11-11T19:00Z',
  })
  const [family] = await contribute(Date.parse('2026-11-11T19:00Z'))
  expect(family?.samples.find(({ labels }) => labels['window'] === '6h')?.value).toBe(0)
})
