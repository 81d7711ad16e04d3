import { afterEach, describe, expect, test } from 'vitest'
import { DAY } from '../clock.ts'
import { answerQuery } from './answer.ts'
import type { Parameters } from './parameters.ts'
import type { QueryAnswer } from './present.ts'
import { parseQuery } from './query.ts'
import { describeSources } from './sources.ts'
import { amounts, BILLED, codes, NO_MAPPINGS, OBSERVED, World } from './testing.ts'

let world: World
afterEach(() => world.close())

const NOVEMBER = { from: '2026-11-01', to: '2026-11-03', granularity: 'day' } as const
const DAYS = { from: '2026-11-01T00:00:00Z', to: '2026-11-04T00:00:00Z' } as const
const NOW = '2026-11-20T10:30:00Z'

const ask = (parameters: Parameters): Promise<QueryAnswer> =>
  answerQuery(world.context, parseQuery(parameters))

describe('a query', () => {
  test('sums exactly, tells 0 inside coverage and null outside', async () => {
    world = await World.open({ now: NOW })
    await world.tell({
      source: BILLED,
      ...DAYS,
      to: '2026-11-03T00:00:00Z',
      rows: [
        [1, { api_key: 'k1' }, '0.1'],
        [2, { api_key: 'k1' }, '0.2'],
        [3, { api_key: 'k2' }, '0.000000000000000001'],
      ],
    })
    const answer = await ask({ ...NOVEMBER, group_by: 'api_key' })
    expect(amounts(answer)).toEqual({
      'k1 USD': ['0.3', '0', null],
      'k2 USD': ['0.000000000000000001', '0', null],
    })
    expect(answer.series[0]?.points.map(({ state }) => state)).toEqual(['complete', 'complete', 'unknown'])
    expect(answer.totals).toMatchObject([
      { measure: 'cost', currency: 'USD', amount: '0.300000000000000001', state: 'partial' },
    ])
    expect(codes(answer)).toEqual(['not_in_yet'])
    expect(answer.sources).toMatchObject([
      { source: 'xai.billing', cut: 'api_key', watermark: '2026-11-03T00:00:00.000Z', age_seconds: 0 },
    ])
  })

  test('marks what is past the watermark as provisional', async () => {
    world = await World.open({ now: '2026-11-01T05:30:00Z' })
    await world.tell({
      source: BILLED,
      from: '2026-11-01T00:00:00Z',
      to: '2026-11-01T06:00:00Z',
      fetchedAt: '2026-11-01T05:30:00Z',
      rows: [
        [0, { api_key: 'k1' }, '1'],
        [5, { api_key: 'k1' }, '2'],
      ],
    })
    const answer = await ask({ from: '2026-11-01', to: 'now' })
    // No row says 0 up to the watermark and nothing past it.
    expect(amounts(answer)).toEqual({ USD: ['1', '0', '0', '0', null, '2'] })
    expect(answer.totals[0]?.points.map(({ amount }) => amount)).toEqual(['1', '0', '0', '0', null, '2'])
    expect(answer.totals).toMatchObject([{ amount: '3', state: 'provisional' }])
    expect(answer.series[0]?.points.map(({ state }) => state)).toEqual([
      ...['complete', 'complete', 'complete', 'complete'],
      ...['provisional', 'provisional'],
    ])
  })

  test('knows nothing of a range that is only provisional and has no rows, and sums the rows that it has', async () => {
    world = await World.open({ now: '2026-11-02T00:20:00Z' })
    const fetchedAt = '2026-11-02T00:20:00Z'
    const told = { source: BILLED, from: '2026-11-01T00:00:00Z', to: '2026-11-02T01:00:00Z', fetchedAt }
    await world.tell({ ...told, rows: [[1, { api_key: 'k1' }, '1']] })
    const today = { from: '2026-11-02', to: '2026-11-02', granularity: 'day' }
    for (const group_by of ['', 'api_key', 'account']) {
      const { series, totals } = await ask({ ...today, group_by })
      for (const { amount, state } of totals) expect([amount, state]).toEqual([null, 'provisional'])
      expect(
        series.flatMap(({ points }) => points.map(({ amount }) => amount)).every((a) => a === null),
      ).toBe(true)
    }
    await world.tell({ ...told, rows: [[24, { api_key: 'k1' }, '0.5']] })
    expect((await ask(today)).totals).toMatchObject([{ amount: '0.5', state: 'provisional' }])
  })

  test('keeps a complete answer that a truncated one came after, raised where that says more, and tells so', async () => {
    world = await World.open({ now: NOW })
    const first = { source: BILLED, ...DAYS, fetchedAt: '2026-11-10T00:00:00Z' }
    await world.tell({
      ...first,
      rows: [
        [0, { api_key: 'k1' }, '5'],
        [1, { api_key: 'k1' }, '5'],
      ],
    })
    const again = { ...first, fetchedAt: '2026-11-11T00:00:00Z', truncated: true }
    await world.tell({ ...again, rows: [[0, { api_key: 'k1' }, '7']] })
    const answer = await ask(NOVEMBER)
    expect(answer.totals).toMatchObject([{ amount: '12', state: 'complete' }])
    expect(codes(answer)).toEqual(['newer_truncated'])
    const [source] = describeSources(world.context).sources
    expect(source).toMatchObject({ complete: false, cuts: [{ coverage: [{ newer_truncated: true }] }] })
  })

  test('takes many groups in many buckets, and refuses one more by name', async () => {
    world = await World.open({ now: NOW })
    const rows = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, at) => [0, { api_key: `k${from + at}` }, '1'] as const)
    // 5000 hours.
    const query = {
      from: '2026-04-25T16:00',
      to: '2026-11-20T00:00',
      granularity: 'hour',
      group_by: 'api_key',
      top: '9',
    }
    await world.tell({ source: BILLED, ...DAYS, rows: rows(0, 1000) })
    expect((await ask(query)).totals[0]?.amount).toBe('1000')
    await world.tell({ source: BILLED, ...DAYS, from: '2026-11-02T00:00:00Z', rows: rows(1000, 1001) })
    await expect(ask(query)).rejects.toThrow(/granularity: 1001 groups in 5000 buckets are too many/)
  })

  test('never mixes currencies', async () => {
    world = await World.open({ now: NOW })
    const row = [0, { api_key: 'k1' }, '1'] as const
    await world.tell({ source: BILLED, ...DAYS, rows: [row] })
    await world.tell({ source: BILLED, account: 'euro', ...DAYS, rows: [row], currency: 'EUR' })
    const answer = await ask(NOVEMBER)
    expect(answer.totals.map(({ currency, amount }) => [currency, amount])).toEqual([
      ['EUR', '1'],
      ['USD', '1'],
    ])
  })

  test('filters by id, by name and by account, and takes alternatives', async () => {
    world = await World.open({ now: NOW })
    await world.name([{ kind: 'api_key', id: 'k1', name: 'production' }])
    await world.tell({
      source: BILLED,
      ...DAYS,
      rows: [
        [0, { api_key: 'k1' }, '1'],
        [0, { api_key: 'k2' }, '2'],
        [0, { api_key: 'k3' }, '4'],
      ],
    })
    await world.tell({ source: BILLED, account: 'second', ...DAYS, rows: [[0, { api_key: 'k1' }, '8']] })
    const total = async (where: string | string[]): Promise<string | null | undefined> =>
      (await ask({ ...NOVEMBER, where })).totals[0]?.amount
    expect(await total('api_key=production')).toBe('1')
    expect(await total(['api_key=production', 'api_key=k3'])).toBe('5')
    expect(await total(['api_key=k1', 'account=second'])).toBe('8')
    await expect(total('account=thrid')).rejects.toMatchObject({ code: 'QUERY_INVALID' })
    const { series } = await ask({ ...NOVEMBER, group_by: 'api_key', where: 'account=main' })
    expect(series.find(({ dimensions }) => dimensions['api_key'] === 'k1')?.names).toEqual({
      api_key: 'production',
    })
  })

  test('folds all but the largest into other and keeps the sum', async () => {
    world = await World.open({ now: NOW })
    const rows = [5, 4, 3, 2, 1].map((dollars) => [0, { api_key: `k${dollars}` }, `${dollars}`] as const)
    await world.tell({ source: BILLED, ...DAYS, rows })
    const answer = await ask({ ...NOVEMBER, group_by: 'api_key', top: '2' })
    expect(amounts(answer)).toEqual({
      'k5 USD': ['5', '0', '0'],
      'k4 USD': ['4', '0', '0'],
      'other USD': ['6', '0', '0'],
    })
    expect(amounts(await ask({ ...NOVEMBER, group_by: 'api_key', top: '5' }))).not.toHaveProperty('other USD')
  })
})

describe('what cannot be told', () => {
  test('a measure that nothing reports has no figure, and the reason', async () => {
    world = await World.open({ now: NOW, neverReports: { requests: 'Not counted: instrument the app.' } })
    await world.tell({ source: BILLED, ...DAYS, rows: [[0, { api_key: 'k1' }, '1']] })
    const answer = await ask({ ...NOVEMBER, measures: 'requests' })
    expect(answer.series).toEqual([])
    expect(answer.totals).toMatchObject([{ measure: 'requests', amount: null, state: 'unknown' }])
    expect(answer.notices).toMatchObject([
      { code: 'not_reported', message: 'Not counted: instrument the app.' },
    ])
  })

  test('a split that no cut has leaves the total, named not_split', async () => {
    world = await World.open({ now: NOW })
    await world.tell({ source: BILLED, ...DAYS, rows: [[0, { api_key: 'k1' }, '1']] })
    await world.tell({ source: BILLED, ...DAYS, rows: [[0, { description: 'Chat grok-4' }, '1']] })
    const answer = await ask({ ...NOVEMBER, group_by: 'api_key,model' })
    expect(amounts(answer)).toEqual({ 'k1 not_split USD': ['1', '0', '0'] })
    expect(codes(answer)).toContain('not_split')
    expect(amounts(await ask({ ...NOVEMBER, group_by: 'endpoint' }))).toEqual({
      'not_split USD': ['1', '0', '0'],
    })
  })

  test('a filter that no cut has leaves nothing, rather than too much', async () => {
    world = await World.open({ now: NOW })
    await world.tell({ source: BILLED, ...DAYS, rows: [[0, { api_key: 'k1' }, '1']] })
    const answer = await ask({ ...NOVEMBER, where: 'model=grok-4' })
    expect(answer.totals).toMatchObject([{ amount: null, state: 'unknown' }])
    expect(codes(answer)).toEqual(['not_filtered'])
  })

  test('what a truncated split leaves over is unallocated, by bucket and either sign', async () => {
    world = await World.open({ now: NOW })
    await world.tell({
      source: BILLED,
      ...DAYS,
      cut: [],
      rows: [
        [0, {}, '10'],
        [24, {}, '1'],
      ],
    })
    await world.tell({
      source: BILLED,
      ...DAYS,
      truncated: true,
      rows: [
        [0, { api_key: 'k1' }, '7'],
        [24, { api_key: 'k1' }, '3'],
      ],
    })
    const answer = await ask({ ...NOVEMBER, group_by: 'api_key' })
    expect(amounts(answer)).toEqual({ 'k1 USD': ['7', '3', '0'], 'unallocated USD': ['3', '-2', '0'] })
    expect(answer.totals[0]?.amount).toBe('11')
  })

  test('a lesser source that splits is measured against the better one', async () => {
    world = await World.open({ now: NOW })
    await world.tell({ source: BILLED, ...DAYS, rows: [[0, { description: 'Chat grok-4' }, '10']] })
    await world.tell({ source: OBSERVED, ...DAYS, truncated: true, rows: [[0, { service: 'web' }, '6']] })
    const answer = await ask({ ...NOVEMBER, group_by: 'service' })
    expect(amounts(answer)).toEqual({ 'web USD': ['6', '0', '0'], 'unallocated USD': ['4', '0', '0'] })
    expect((await ask(NOVEMBER)).totals[0]?.amount).toBe('10')
  })
})

describe('time', () => {
  test('days are those of the zone, also when clocks change', async () => {
    world = await World.open({ now: '2026-10-30T00:00:00Z' })
    await world.tell({
      source: BILLED,
      from: '2026-10-24T00:00:00Z',
      to: '2026-10-28T00:00:00Z',
      rows: Array.from({ length: 96 }, (_, hour) => [hour, { api_key: 'k1' }, '1'] as const),
    })
    const answer = await ask({
      from: '2026-10-25',
      to: '2026-10-26',
      zone: 'Europe/Berlin',
      granularity: 'day',
    })
    expect(amounts(answer)).toEqual({ USD: ['25', '24'] })
    expect(answer.from).toBe('2026-10-24T22:00:00.000Z')
  })

  test('a zone off the full hour is refused for hourly data', async () => {
    world = await World.open({ now: NOW })
    await world.tell({ source: BILLED, ...DAYS, rows: [[0, { api_key: 'k1' }, '1']] })
    await expect(ask({ ...NOVEMBER, zone: 'Asia/Kolkata' })).rejects.toMatchObject({
      code: 'QUERY_ZONE_UNSUPPORTED',
    })
  })

  test('daily sources answer in UTC days of the same dates, whatever the zone, and say so', async () => {
    world = await World.open({ now: NOW })
    const rows = [0, 24, 48].map((hour) => [hour, { api_key: 'k1' }, `${1 + hour / 24}`] as const)
    await world.tell({ source: BILLED, ...DAYS, widthMs: DAY, rows })
    for (const zone of ['UTC', 'Asia/Kolkata', 'America/New_York', 'Pacific/Auckland']) {
      const answer = await ask({ ...NOVEMBER, zone })
      expect(amounts(answer)).toEqual({ USD: ['1', '2', '3'] })
      expect(answer.totals[0]?.state).toBe('complete')
      expect(codes(answer)).toContain('utc_days')
    }
  })

  test('auto takes hours only where all have them; hours asked of daily data are unknown', async () => {
    world = await World.open({ now: NOW })
    await world.tell({ source: BILLED, ...DAYS, widthMs: DAY, rows: [[0, { api_key: 'k1' }, '1']] })
    const short = { from: '2026-11-01', to: '2026-11-01' }
    expect((await ask(short)).granularity).toBe('day')
    const hourly = await ask({ ...short, granularity: 'hour' })
    expect(hourly.totals).toMatchObject([{ amount: null, state: 'unknown' }])
  })

  test('says that a source is stale once it is twice as late as it should be, but not of times long settled', async () => {
    world = await World.open({ now: '2026-11-01T12:00:00Z' })
    await world.tell({
      source: BILLED,
      from: '2026-11-01T00:00:00Z',
      to: '2026-11-01T11:00:00Z',
      fetchedAt: '2026-11-01T12:00:00Z',
      rows: [[0, { api_key: 'k1' }, '1']],
    })
    const open = { from: '2026-11-01', to: 'now' }
    // An hour wide and an hour late by nature.
    world.now = Date.parse('2026-11-01T16:00:00Z')
    expect(codes(await ask(open))).toEqual(['not_in_yet'])
    world.now += 1
    expect(codes(await ask(open))).toEqual(['not_in_yet', 'stale'])
    expect(codes(await ask({ from: '2026-11-01T00:00', to: '2026-11-01T05:00' }))).toEqual([])
  })

  test('what no app ever told of is unknown, not 0; what one told of is 0 while it is quiet', async () => {
    world = await World.open({ now: NOW })
    await world.tellBoth(OBSERVED, DAYS, [['requests', { api_key: 'k1' }, '4', '']])
    const asked = { ...NOVEMBER, measures: 'requests' }
    const watched = await ask({ ...asked, where: 'api_key=k1' })
    expect(watched.totals[0]?.points.map(({ amount }) => amount)).toEqual(['4', '0', '0'])
    const unwatched = await ask({ ...asked, where: 'api_key=k2' })
    expect(unwatched.totals).toMatchObject([{ amount: null, state: 'unknown' }])
    expect(codes(unwatched)).toEqual(['not_observed'])
    expect(codes(watched)).toEqual([])
  })

  test('filters exclude, and take expressions that must match the whole of an id or a name', async () => {
    world = await World.open({ now: NOW })
    await world.tell({
      source: BILLED,
      ...DAYS,
      rows: [
        [0, { api_key: 'k1' }, '1'],
        [0, { api_key: 'k2' }, '2'],
        [0, { api_key: 'x3' }, '4'],
      ],
    })
    await world.name([{ kind: 'api_key', id: 'x3', name: 'prod-web' }])
    const total = async (...where: string[]): Promise<unknown> =>
      (await ask({ ...NOVEMBER, where })).totals[0]?.amount
    expect(await total('api_key!=k1')).toBe('6')
    expect(await total('api_key!=prod-web')).toBe('3')
    expect(await total('api_key=~k.')).toBe('3')
    expect(await total('api_key=~k')).toBe('0')
    expect(await total('api_key=~prod-.*', 'api_key=k2')).toBe('6')
    expect(await total('api_key!~k[0-9]')).toBe('4')
    expect(await total('api_key=~.*', 'api_key!=k1', 'api_key!=k2')).toBe('4')
    expect(await total('account!=main', 'api_key=k1').catch((error: unknown) => String(error))).toContain(
      'no account is like that',
    )
  })

  test('an empty range and one of too many buckets are refused by name', async () => {
    world = await World.open({ now: NOW })
    await expect(ask({ from: '2026-11-02', to: '2026-11-01' })).rejects.toThrow(/^from: must be before to/)
    await expect(ask({ from: '2025-01-01', to: '2026-01-01', granularity: 'hour' })).rejects.toThrow(
      /^granularity:/,
    )
  })
})

test('a team is what the mapping says today, of a key, its owner, or nobody', async () => {
  const keys = [{ match: 'prod-*', team: 'search', owner: 'ada' }]
  const users = [{ match: 'u2', team: 'ads' }]
  world = await World.open({ now: NOW, mappings: { ...NO_MAPPINGS, keys, users } })
  await world.name([
    { kind: 'api_key', id: 'k1', name: 'prod-web', userId: 'u2' },
    { kind: 'api_key', id: 'k2', name: 'test', userId: 'u2' },
  ])
  await world.tell({
    source: BILLED,
    ...DAYS,
    rows: [
      [0, { api_key: 'k1' }, '1'],
      [0, { api_key: 'k2' }, '2'],
      [0, { api_key: 'k3' }, '4'],
      [0, { api_key: null }, '8'],
    ],
  })
  expect(amounts(await ask({ ...NOVEMBER, group_by: 'team', to: '2026-11-01' }))).toEqual({
    'search USD': ['1'],
    'ads USD': ['2'],
    'unassigned USD': ['12'],
  })
})
