import { afterEach, expect, test } from 'vitest'
import { BILLED, METERED, NO_MAPPINGS, OBSERVED, World } from './testing.ts'
import { answerValues } from './values.ts'
import type { Parameters } from './parameters.ts'

let world: World
afterEach(() => world.close())

const DAY = { from: '2026-11-01T00:00:00Z', to: '2026-11-02T00:00:00Z' } as const

const ids = (parameters: Parameters, teams?: readonly string[]): string[] =>
  answerValues({ ...world.context, teams }, parameters).values.map(({ id }) => id)

test('lists what occurs and what the provider lists, by name', async () => {
  world = await World.open({ now: '2026-11-20T10:30:00Z' })
  await world.tell({
    source: BILLED,
    ...DAY,
    rows: [
      [0, { api_key: 'k1' }, '1'],
      [0, { api_key: 'k2' }, '1'],
    ],
  })
  await world.name([
    { kind: 'api_key', id: 'k1', name: 'zebra' },
    { kind: 'api_key', id: 'k9', name: 'Never used' },
  ])
  expect(answerValues(world.context, { dimension: 'api_key' })).toEqual({
    dimension: 'api_key',
    values: [
      { id: 'k2', name: null },
      { id: 'k9', name: 'Never used' },
      { id: 'k1', name: 'zebra' },
    ],
    more: false,
  })
  expect(ids({ dimension: 'api_key', search: 'NEVER' })).toEqual(['k9'])
  expect(answerValues(world.context, { dimension: 'api_key', limit: '2' })).toMatchObject({ more: true })
})

test('depends on other values, and never offers the bounds of a histogram', async () => {
  world = await World.open({ now: '2026-11-20T10:30:00Z' })
  await world.tell({ source: METERED, ...DAY, rows: [[0, { model: 'grok', type: 'input' }, '1']] })
  await world.tellBoth(OBSERVED, DAY, [
    ['cost', { model: 'grok', service: 'chat' }, '1', 'USD'],
    ['cost', { model: 'other-model', service: 'batch' }, '1', 'EUR'],
    ['duration_calls', { model: 'grok', service: 'chat', type: '0.64' }, '1', ''],
  ])
  expect(ids({ dimension: 'model', where: 'service=chat' })).toEqual(['grok'])
  expect(ids({ dimension: 'model', where: 'service!=chat' })).toEqual(['grok', 'other-model'])
  expect(ids({ dimension: 'model', where: ['service!=chat', 'service!='] })).toEqual(['other-model'])
  expect(ids({ dimension: 'model', where: 'model=~gro.*' })).toEqual(['grok'])
  expect(ids({ dimension: 'type' })).toEqual(['input', 'unsplit'])
  expect(ids({ dimension: 'currency' })).toEqual(['EUR', 'USD'])
})

test('a team sees what is theirs, listed keys included', async () => {
  const keys = [
    { match: 'k1', team: 'search' },
    { match: 'k3', team: 'search' },
  ]
  world = await World.open({ now: '2026-11-20T10:30:00Z', mappings: { ...NO_MAPPINGS, keys } })
  await world.tell({
    source: BILLED,
    ...DAY,
    rows: [
      [0, { api_key: 'k1' }, '1'],
      [0, { api_key: 'k2' }, '1'],
    ],
  })
  await world.name([
    { kind: 'api_key', id: 'k3' },
    { kind: 'api_key', id: 'k4' },
  ])
  expect(ids({ dimension: 'api_key' })).toEqual(['k1', 'k2', 'k3', 'k4'])
  expect(ids({ dimension: 'api_key' }, ['search'])).toEqual(['k1', 'k3'])
  expect(ids({ dimension: 'team' }, ['search'])).toEqual(['search'])
})

test.each<[Parameters, RegExp]>([
  [{}, /^dimension: must be one of provider/],
  [{ dimension: 'colour' }, /^dimension: must be one of provider/],
  [{ dimension: 'model', limit: '0' }, /^limit: must be a whole number from 1 to 10000/],
  [{ dimension: 'model', from: 'now' }, /^from: is not a parameter here/],
])('%j is refused by name', async (parameters, message) => {
  world = await World.open({ now: '2026-11-20T10:30:00Z' })
  expect(() => answerValues(world.context, parameters)).toThrow(message)
})
