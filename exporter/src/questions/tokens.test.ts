import { fromInteger } from '@usage-explorer/core/amount'
import { afterEach, describe, expect, test } from 'vitest'
import { HOUR } from '../clock.ts'
import { defineCut } from '../usage/cut.ts'
import { answerQuery } from './answer.ts'
import type { Parameters } from './parameters.ts'
import type { QueryAnswer } from './present.ts'
import { parseQuery } from './query.ts'
import { amounts, codes, DERIVED, METERED, sourceKey, World } from './testing.ts'

let world: World
afterEach(() => world.close())

const NOW = '2026-11-20T10:30:00Z'
const OCTOBER = '2026-10-01T00:00:00Z'
const NOVEMBER = '2026-11-01T00:00:00Z'

const ask = (parameters: Parameters): Promise<QueryAnswer> =>
  answerQuery(world.context, parseQuery(parameters))

/** Tokens of grok-4 as the provider counts them over its billing cycle. */
async function read(at: string, cycleStart: string, total: bigint, cycleEnd?: string): Promise<void> {
  world.now = Date.parse(at)
  await world.context.ledger.commitReadings({
    source: sourceKey(METERED),
    cut: defineCut(['description']),
    widthMs: HOUR,
    fetchedAt: world.now,
    cycleStart: Date.parse(cycleStart),
    ...(cycleEnd === undefined ? {} : { cycleEnd: Date.parse(cycleEnd) }),
    readings: [
      {
        ...{ stated: { description: 'Chat grok-4' }, measure: 'tokens', currency: '' },
        ...{ total: fromInteger(total), raw: `${total}`, rawUnit: 'token' },
      },
    ],
  })
}

describe('derived tokens', () => {
  const month = { from: '2026-11-01T00:00:00Z', to: '2026-11-20T00:00:00Z' }
  const tell = async (computed: string): Promise<QueryAnswer> => {
    world = await World.open({ now: NOW })
    await world.tell({ source: METERED, ...month, rows: [[1, { model: 'grok-4' }, '1000']] })
    await world.tell({ source: DERIVED, ...month, rows: [[1, { api_key: 'k1', model: 'grok-4' }, computed]] })
    return ask({
      from: '2026-11-01',
      to: '2026-11-19',
      measures: 'tokens',
      group_by: 'api_key',
      granularity: 'month',
    })
  }

  test('are shown while they agree within 1 %, with the rest unallocated', async () => {
    const answer = await tell('990')
    expect(amounts(answer)).toEqual({ k1: ['990'], unallocated: ['10'] })
    expect(codes(answer)).toContain('derived')
  })

  test('are left out as soon as they do not', async () => {
    const answer = await tell('989')
    expect(amounts(answer)).toEqual({ not_split: ['1000'] })
    expect(codes(answer)).toContain('derived_withheld')
  })

  test('are confirmed by the month before while the current one is known only as a sum that ends later', async () => {
    world = await World.open({ now: '2026-11-20T10:30:00Z' })
    await read('2026-11-20T10:30:00Z', OCTOBER, 500n, NOVEMBER)
    await read('2026-11-20T10:31:00Z', NOVEMBER, 300n)
    await read('2026-11-20T11:05:00Z', NOVEMBER, 310n)
    await world.tell({
      source: DERIVED,
      from: '2026-10-01T00:00:00Z',
      to: '2026-11-20T10:00:00Z',
      rows: [
        [5, { description: 'Chat grok-4' }, '500'],
        [40 * 24, { description: 'Chat grok-4' }, '290'],
      ],
    })
    const answer = await ask({ from: '2026-11-10', to: '2026-11-10', measures: 'tokens', group_by: 'model' })
    expect(codes(answer)).toContain('derived')
    expect(answer.totals).toMatchObject([{ amount: '290' }])
  })
})

test('tokens read month to date stand where the first reading ends, and are only a sum before', async () => {
  world = await World.open({ now: '2026-11-03T10:30:00Z' })
  await read('2026-11-03T10:30:00Z', NOVEMBER, 100n)
  await read('2026-11-03T11:30:00Z', NOVEMBER, 130n)
  const tokens = { measures: 'tokens', granularity: 'day' } as const
  const whole = await ask({ ...tokens, from: '2026-11-01', to: '2026-11-03', group_by: 'model' })
  expect(amounts(whole)).toEqual({ 'grok-4': [null, null, '130'] })
  expect(codes(whole)).toContain('lump')
  const inside = await ask({ ...tokens, from: '2026-11-02', to: '2026-11-03' })
  expect(inside.totals).toMatchObject([{ amount: '30', state: 'provisional' }])
  expect(codes(inside)).toContain('gap')
})
