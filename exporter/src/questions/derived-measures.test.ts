import { afterEach, describe, expect, test } from 'vitest'
import { answerQuery } from './answer.ts'
import type { Parameters } from './parameters.ts'
import type { QueryAnswer } from './present.ts'
import { parseQuery } from './query.ts'
import { BILLED, METERED, OBSERVED, World, amounts, codes } from './testing.ts'

let world: World
afterEach(() => world.close())

const NOW = '2026-11-20T10:30:00Z'
const DAY = { from: '2026-11-01T00:00:00Z', to: '2026-11-02T00:00:00Z' } as const
const ON = { from: '2026-11-01', to: '2026-11-01', granularity: 'day' } as const

const ask = (parameters: Parameters): Promise<QueryAnswer> =>
  answerQuery(world.context, parseQuery(parameters))

const totals = ({ totals: all }: QueryAnswer): Record<string, string | null> =>
  Object.fromEntries(all.map(({ measure, currency, amount }) => [`${measure} ${currency}`.trim(), amount]))

describe('parts of a measure', () => {
  test('add up its types, and are a lower bound where the source does not tell all apart', async () => {
    world = await World.open({ now: NOW })
    await world.tell({
      source: METERED,
      ...DAY,
      rows: [
        [0, { model: 'a', type: 'input' }, '100'],
        [0, { model: 'a', type: 'cache_read' }, '20'],
        [0, { model: 'a', type: 'output' }, '7'],
        [0, { model: 'a', type: 'reasoning' }, '3'],
        [0, { model: 'b', type: 'input_unsplit' }, '50'],
        [0, { model: 'b', type: 'output_unsplit' }, '5'],
        [0, { model: 'c', type: 'unsplit' }, '9'],
        [0, { model: 'd', type: 'output' }, '1'],
      ],
    })
    const parts = { ...ON, measures: 'tokens,input_tokens,output_tokens,cached_tokens,reasoning_tokens' }
    const answer = await ask({ ...parts, group_by: 'model' })
    const of = (model: string): unknown[] =>
      answer.series.filter(({ dimensions }) => dimensions['model'] === model).map(({ total }) => total.amount)
    expect(of('a')).toEqual(['130', '120', '10', '20', '3'])
    expect(of('b')).toEqual(['55', '50', '5', null, null])
    expect(of('c')).toEqual(['9', null, null, null, null])
    expect(of('d')).toEqual(['1', '0', '1', '0', '0'])
    expect(totals(await ask({ ...parts, where: ['model=a', 'model=b'] }))).toEqual({
      tokens: '185',
      input_tokens: '170',
      output_tokens: '15',
      cached_tokens: '20',
      reasoning_tokens: '3',
    })
  })

  test('are unknown where no cut tells the type, and the answer says so', async () => {
    world = await World.open({ now: NOW })
    await world.tell({ source: METERED, ...DAY, rows: [[0, { model: 'a' }, '10']] })
    const answer = await ask({ ...ON, measures: 'tokens,input_tokens' })
    expect(totals(answer)).toEqual({ tokens: '10', input_tokens: null })
    expect(codes(answer)).toEqual(['not_split', 'partly_typed'])
  })

  test('say that they are a lower bound, and make no ratio', async () => {
    world = await World.open({ now: NOW })
    await world.tell({
      source: METERED,
      ...DAY,
      rows: [
        [0, { model: 'a', type: 'input' }, '10'],
        [0, { model: 'a', type: 'cache_read' }, '10'],
        [0, { model: 'b', type: 'unsplit' }, '1'],
      ],
    })
    const answer = await ask({ ...ON, measures: 'input_tokens,cache_hit_rate' })
    expect(answer.totals).toMatchObject([{ amount: '20', state: 'partial' }, { amount: null }])
    expect(codes(answer)).toContain('partly_typed')
  })
})

describe('ratios', () => {
  test('divide exactly, bucket by bucket and as a whole', async () => {
    world = await World.open({ now: NOW })
    const told = { source: METERED, ...DAY }
    await world.tell({
      ...told,
      rows: [
        [0, { model: 'a', type: 'input' }, '60'],
        [0, { model: 'a', type: 'cache_read' }, '20'],
        [0, { model: 'a', type: 'output' }, '40'],
        [1, { model: 'a', type: 'output' }, '5'],
      ],
    })
    const answer = await ask({ ...DAY, granularity: 'hour', measures: 'output_input_ratio,cache_hit_rate' })
    const [ratio, rate] = answer.totals
    expect([ratio?.amount, rate?.amount]).toEqual(['0.5625', '0.25'])
    expect(ratio?.points.slice(0, 3).map(({ amount }) => amount)).toEqual(['0.5', null, null])
    expect(ratio?.unit).toBe('number')
  })

  test('are not made of two sources', async () => {
    world = await World.open({ now: NOW })
    await world.tell({ source: BILLED, ...DAY, rows: [[0, { api_key: 'k' }, '6']] })
    await world.tell({ source: METERED, ...DAY, rows: [[0, { model: 'a' }, '3']] })
    const answer = await ask({ ...ON, measures: 'cost_per_1m_tokens' })
    expect(answer.totals).toMatchObject([{ amount: null, state: 'unknown' }])
    expect(codes(answer)).toEqual(['no_common_source'])
  })

  test('take both sides of the source that tells both, also where a better one tells one side', async () => {
    world = await World.open({ now: NOW })
    await world.tell({ source: BILLED, ...DAY, rows: [[0, { api_key: 'k' }, '600']] })
    await world.tellBoth(OBSERVED, DAY, [
      ['cost', { api_key: 'k' }, '3', 'USD'],
      ['cost', { api_key: 'k' }, '1', 'EUR'],
      ['requests', { api_key: 'k' }, '4', ''],
      ['requests', { api_key: 'free' }, '4', ''],
    ])
    const answer = await ask({ ...ON, measures: 'cost,cost_per_request', group_by: 'api_key' })
    expect(amounts({ ...answer, series: answer.series.slice(0, 1) })).toEqual({ 'k USD': ['600'] })
    expect(amounts({ ...answer, series: answer.series.slice(1) })).toEqual({
      'k USD': ['0.75'],
      'k EUR': ['0.25'],
    })
    expect(totals(answer)).toEqual({
      'cost USD': '600',
      'cost_per_request USD': '0.375',
      'cost_per_request EUR': '0.125',
    })
  })

  test('a group without any of the upper side is 0, and without any of the lower unknown', async () => {
    world = await World.open({ now: NOW })
    await world.tellBoth(OBSERVED, DAY, [
      ['cost', { api_key: 'k' }, '3', 'USD'],
      ['requests', { api_key: 'free' }, '4', ''],
    ])
    expect(amounts(await ask({ ...ON, measures: 'cost_per_request', group_by: 'api_key' }))).toEqual({
      'k USD': [null],
      'free USD': ['0'],
    })
  })

  test('where apps tell, a group without errors has none, and one that nobody told of is unknown', async () => {
    world = await World.open({ now: NOW })
    const before = { from: '2026-10-31T00:00:00Z', to: '2026-11-01T00:00:00Z' }
    await world.tellBoth(OBSERVED, before, [['requests', { service: 'gone' }, '4', '']])
    await world.tellBoth(OBSERVED, DAY, [
      ['requests', { service: 'good' }, '4', ''],
      ['requests', { service: 'bad' }, '4', ''],
      ['errors', { service: 'bad' }, '1', ''],
    ])
    const asked = { ...ON, measures: 'error_rate,requests', group_by: 'service', compare: 'day' }
    const { series } = await ask(asked)
    const of = (measure: string): unknown =>
      Object.fromEntries(
        series
          .filter((one) => one.measure === measure)
          .map(({ dimensions, total, compared }) => [
            dimensions['service'],
            [total.amount, compared?.total.amount],
          ]),
      )
    expect(of('error_rate')).toEqual({ bad: ['0.25', null], good: ['0', null], gone: [null, '0'] })
    expect(of('requests')).toEqual({ bad: ['4', null], good: ['4', null], gone: [null, '4'] })
  })

  test('rates are over the time that has passed', async () => {
    world = await World.open({ now: '2026-11-01T01:30:00Z' })
    const window = { from: '2026-11-01T00:00:00Z', to: '2026-11-01T02:00:00Z' }
    await world.tellBoth({ ...OBSERVED, lagMs: 0 }, window, [['requests', { api_key: 'k' }, '7200', '']])
    const answer = await ask({ ...window, granularity: 'hour', measures: 'requests_per_second' })
    expect(answer.totals[0]?.points[0]?.amount).toBe('2')
    expect(Number(answer.totals[0]?.amount)).toBeCloseTo(7200 / 5400, 12)
  })
})
