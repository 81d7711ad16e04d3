import { afterEach, describe, expect, test } from 'vitest'
import { answerQuery } from './answer.ts'
import { shiftedCalendars, type Comparison } from './comparison.ts'
import { zoneCalendar, type Buckets } from './calendar.ts'
import type { Parameters } from './parameters.ts'
import type { QueryAnswer } from './present.ts'
import { parseQuery } from './query.ts'
import { BILLED, World } from './testing.ts'

const iso = (at: number | undefined): string => new Date(at ?? NaN).toISOString().slice(0, 16)

function shifted(comparison: Comparison, from: string, to: string, buckets: Buckets, zone: string) {
  const window = { from: Date.parse(from), to: Date.parse(to) }
  return shiftedCalendars(comparison, zoneCalendar(window, buckets, zone), buckets, zone)
}

describe('the earlier time', () => {
  test.each<[Comparison, string, string, string, string]>([
    ['previous', '2026-11-10T06:00Z', '2026-11-10T10:00Z', '2026-11-10T02:00', '2026-11-10T06:00'],
    ['previous', '2026-11-08T00:00Z', '2026-11-10T00:00Z', '2026-11-06T00:00', '2026-11-08T00:00'],
    ['previous', '2026-03-01T00:00Z', '2026-04-01T00:00Z', '2026-02-01T00:00', '2026-03-01T00:00'],
    ['day', '2026-11-10T06:00Z', '2026-11-10T10:00Z', '2026-11-09T06:00', '2026-11-09T10:00'],
    ['week', '2026-11-10T06:00Z', '2026-11-10T10:00Z', '2026-11-03T06:00', '2026-11-03T10:00'],
    ['month', '2026-11-01T00:00Z', '2026-11-10T10:00Z', '2026-10-01T00:00', '2026-10-10T10:00'],
    ['year', '2026-11-01T00:00Z', '2026-11-10T10:00Z', '2025-11-01T00:00', '2025-11-10T10:00'],
  ])('%s of %s to %s is %s to %s', (comparison, from, to, earlier, until) => {
    const [only] = shifted(comparison, from, to, 'hour', 'UTC')
    expect([iso(only?.calendar.window.from), iso(only?.calendar.window.to)]).toEqual([earlier, until])
  })

  test('keeps the local clock where it was changed between', () => {
    // Berlin leaves summer time on 25 October.
    const [week] = shifted('week', '2026-10-26T23:00Z', '2026-10-27T23:00Z', 'hour', 'Europe/Berlin')
    expect([iso(week?.calendar.window.from), week?.calendar.starts.length]).toEqual(['2026-10-19T22:00', 24])
    const days = shifted('previous', '2026-10-25T23:00Z', '2026-10-27T23:00Z', 'day', 'Europe/Berlin')
    expect(days[0]?.calendar.starts.map(iso)).toEqual(['2026-10-23T22:00', '2026-10-24T22:00'])
  })

  test('has no bucket beside a day that the shorter month does not have, nor beside a repeated hour', () => {
    const [month] = shifted('month', '2026-03-27T00:00Z', '2026-04-01T00:00Z', 'day', 'UTC')
    expect(month?.beside).toEqual([0, 1, -1, -1, -1])
    const [week] = shifted('week', '2026-10-25T00:00Z', '2026-10-25T03:00Z', 'hour', 'Europe/Berlin')
    // 02:00 comes twice on the 25th, and once a week before.
    expect(week?.beside).toEqual([0, -1, 1])
  })

  test('what is usual takes the four weeks before, or months where buckets are months', () => {
    const weeks = shifted('usual', '2026-11-10T06:00Z', '2026-11-10T07:00Z', 'hour', 'UTC')
    expect(weeks.map(({ calendar }) => iso(calendar.window.from).slice(5, 10))).toEqual([
      ...['11-03', '10-27', '10-20', '10-13'],
    ])
    const months = shifted('usual', '2026-11-01T00:00Z', '2026-12-01T00:00Z', 'month', 'UTC')
    expect(months.map(({ calendar }) => iso(calendar.window.from).slice(5, 7))).toEqual([
      ...['10', '09', '08', '07'],
    ])
  })
})

describe('a compared answer', () => {
  let world: World
  afterEach(() => world.close())
  const ask = (parameters: Parameters): Promise<QueryAnswer> =>
    answerQuery(world.context, parseQuery(parameters))
  const day = (date: string, rows: Record<string, string>) => ({
    source: BILLED,
    from: `${date}T00:00:00Z`,
    to: new Date(Date.parse(date) + 86_400_000).toISOString(),
    rows: Object.entries(rows).map(([key, amount]) => [0, { api_key: key }, amount] as const),
  })
  const compared = ({ series }: QueryAnswer): unknown =>
    Object.fromEntries(
      series.map(({ dimensions, total, compared: earlier }) => [
        dimensions['api_key'],
        [total.amount, earlier?.total.amount],
      ]),
    )

  test('has the same groups on both sides: new ones were 0, gone ones are', async () => {
    world = await World.open({ now: '2026-11-20T10:30:00Z' })
    await world.tell(day('2026-11-01', { a: '5', gone: '100', small: '1' }))
    await world.tell(day('2026-11-02', { a: '6', fresh: '3', small: '1' }))
    const question = { from: '2026-11-02', to: '2026-11-02', group_by: 'api_key', granularity: 'total' }
    const answer = await ask({ ...question, compare: 'previous' })
    expect(compared(answer)).toEqual({
      a: ['6', '5'],
      fresh: ['3', '0'],
      small: ['1', '1'],
      gone: ['0', '100'],
    })
    expect(answer.compared).toMatchObject({ with: 'previous', from: '2026-11-01T00:00:00.000Z' })
    expect(answer.totals).toMatchObject([{ amount: '10', compared: { total: { amount: '106' } } }])
    expect(compared(await ask({ ...question, compare: 'previous', top: '2' }))).toEqual({
      a: ['6', '5'],
      fresh: ['3', '0'],
      other: ['1', '101'],
    })
  })

  test('is unknown where the earlier time is', async () => {
    world = await World.open({ now: '2026-11-20T10:30:00Z' })
    await world.tell(day('2026-11-02', { a: '6' }))
    const answer = await ask({ from: '2026-11-02', to: '2026-11-02', granularity: 'day', compare: 'week' })
    expect(answer.totals).toMatchObject([{ compared: { total: { amount: null, state: 'unknown' } } }])
  })

  test('what is usual is the median with its spread, of two weeks at least', async () => {
    world = await World.open({ now: '2026-11-28T10:30:00Z' })
    const question = { from: '2026-11-26', to: '2026-11-26', granularity: 'day', compare: 'usual' }
    await world.tell(day('2026-11-26', { a: '50' }))
    await world.tell(day('2026-11-19', { a: '10' }))
    const total = async (): Promise<unknown> => (await ask(question)).totals[0]?.compared?.total
    expect(await total()).toMatchObject({ amount: null })
    await world.tell(day('2026-11-12', { a: '13' }))
    expect(await total()).toMatchObject({ amount: '11.5', low: '10', high: '13' })
    await world.tell(day('2026-11-05', { a: '90' }))
    expect(await total()).toMatchObject({ amount: '13', low: '10', high: '90' })
  })

  test('measures share the groups of the first', async () => {
    world = await World.open({ now: '2026-11-20T10:30:00Z' })
    await world.tellBoth(BILLED, { from: '2026-11-01T00:00:00Z', to: '2026-11-02T00:00:00Z' }, [
      ['cost', { api_key: 'dear', type: 'input' }, '9', 'USD'],
      ['cost', { api_key: 'cheap', type: 'input' }, '1', 'USD'],
      ['cost', { api_key: 'cheap', type: 'output' }, '7', 'USD'],
    ])
    const answer = await ask({
      from: '2026-11-01',
      to: '2026-11-01',
      granularity: 'total',
      measures: 'cost,output_cost',
      group_by: 'api_key',
      top: '1',
    })
    expect(
      answer.series.map(({ measure, dimensions, total }) => [measure, dimensions['api_key'], total.amount]),
    ).toEqual([
      ['cost', 'dear', '9'],
      ['cost', 'other', '8'],
      ['output_cost', 'dear', '0'],
      ['output_cost', 'other', '7'],
    ])
  })
})
