import type { DataFrame } from '@grafana/data'
import { describe, expect, test } from 'vitest'
import { normalize } from '../query/defaults.ts'
import { answerOf, CATALOGUE, noticeOf, seriesOf, START } from '../testing/answers.ts'
import { breakdownFrame } from './breakdown.ts'
import { addLive, liveFrames, NOTHING_LIVE } from './live.ts'
import { titlesOf } from './naming.ts'
import { seriesFrames } from './series.ts'
import { totalFrames } from './totals.ts'

const TITLES = titlesOf(CATALOGUE)
const BY_KEY = normalize({ groupBy: ['api_key'] })

const shown = (frames: DataFrame[]): unknown[] =>
  frames.map(({ fields: [, value] }) => [value?.config.displayNameFromDS, value?.values])
const columns = ({ fields }: DataFrame): Record<string, unknown> =>
  Object.fromEntries(fields.map(({ name, values }) => [name, values]))

const keys = answerOf([
  seriesOf({ dimensions: { api_key: 'k1' }, names: { api_key: 'prod' }, amounts: ['1.5', '2'], all: '3.5' }),
  seriesOf({ dimensions: { api_key: 'unassigned' }, amounts: ['1', null], all: '1' }),
])

describe('series', () => {
  test('show names and keep ids for links, with the unit of their currency', () => {
    const frames = seriesFrames(BY_KEY, keys, TITLES)
    expect(shown(frames)).toEqual([
      ['prod', [1.5, 2]],
      ['No team', [1, null]],
    ])
    expect(frames[0]?.fields[1]).toMatchObject({
      labels: { api_key: 'k1', currency: 'USD' },
      config: { unit: 'currencyUSD' },
    })
    expect(frames[0]?.fields[0]?.values[0]).toBe(Date.parse(START))
  })

  test('say measure and currency only where there are several', () => {
    const two = answerOf([
      seriesOf({ amounts: ['1', '1'], all: '2' }),
      seriesOf({ currency: 'EUR', amounts: ['1', '1'], all: '2' }),
      seriesOf({ measure: 'requests', unit: 'requests', currency: '', amounts: ['1', '1'], all: '2' }),
    ])
    expect(shown(seriesFrames(normalize({}), two, TITLES)).map((one) => (one as unknown[])[0])).toEqual([
      'Cost (USD)',
      'Cost (EUR)',
      'Requests',
    ])
  })

  test('sum up what adds up, and leave what is unknown a gap', () => {
    const answer = answerOf([
      seriesOf({ amounts: ['1', '2'], all: '3' }),
      seriesOf({ amounts: [null, '2'], all: '2', currency: 'EUR' }),
      seriesOf({ measure: 'success_rate', unit: 'ratio', currency: '', amounts: ['0.5', '0.7'], all: '0.6' }),
    ])
    const values = seriesFrames(normalize({ cumulative: true }), answer, TITLES).map(
      ({ fields }) => fields[1]?.values,
    )
    expect(values).toEqual([
      [1, 3],
      [null, 2],
      [0.5, 0.7],
    ])
  })

  test('stand beside what they are compared with; what is usual has a band', () => {
    const points = [
      { start: START, amount: '4', state: 'complete' as const, low: '3', high: '9' },
      { start: START, amount: null, state: 'unknown' as const },
    ]
    const compared = { points, total: { amount: '4', state: 'complete' as const } }
    const series = seriesOf({ amounts: ['1', '2'], all: '3', compared })
    const window = { from: START, to: START }
    expect(
      shown(
        seriesFrames(
          normalize({}),
          answerOf([series], { compared: { with: 'previous', ...window } }),
          TITLES,
        ),
      ),
    ).toEqual([
      ['Cost', [1, 2]],
      ['Cost (the period before)', [4, null]],
    ])
    const usual = seriesFrames(
      normalize({}),
      answerOf([series], { compared: { with: 'usual', ...window } }),
      TITLES,
    )
    expect(shown(usual).slice(2)).toEqual([
      ['Cost (lowest of four)', [3, null]],
      ['Cost (highest of four)', [9, null]],
    ])
    expect(usual[3]?.fields[1]?.config.custom).toMatchObject({ fillBelowTo: 'Cost (lowest of four)' })
  })

  test('tell notices, the warnings first, and in place of a figure why there is none', () => {
    const notices = [
      noticeOf('not_in_yet'),
      noticeOf('stale', 'cost', 'Nothing new.'),
      noticeOf('not_reported', 'requests'),
    ]
    const sources = ['xai.billing', 'otlp'].map((source) => ({
      ...{ provider: 'xai', account: 'main', measure: 'cost', source, kind: 'billed' },
      ...{ from: START, to: START, watermark: null, age_seconds: 0 },
    }))
    const requests = seriesOf({
      measure: 'requests',
      unit: 'requests',
      currency: '',
      amounts: [null, null],
      all: null,
    })
    const [cost, none] = seriesFrames(
      normalize({}),
      answerOf([seriesOf({ amounts: ['1', '2'], all: '3' }), requests], { notices, sources }),
      TITLES,
    )
    expect(cost?.meta?.notices?.map(({ severity, text }) => [severity, text])).toEqual([
      ['warning', 'main: Nothing new.'],
      ['info', 'main: Something is not known.'],
      ['info', 'cost of main comes from xai.billing, then otlp.'],
    ])
    expect(none?.fields[1]?.config.noValue).toBe('Not reported')
  })
})

test('totals have the earlier figure first, so that a tile shows the change', () => {
  const compared = { points: [], total: { amount: '2', state: 'complete' as const } }
  const answer = answerOf([seriesOf({ amounts: ['1', '2'], all: '3', compared })], {
    compared: { with: 'previous', from: '2026-10-30T00:00:00.000Z', to: START },
  })
  const [frame] = totalFrames(normalize({ kind: 'totals' }), answer, TITLES)
  expect(frame?.fields.map(({ values }) => values)).toEqual([
    [Date.parse('2026-10-30'), Date.parse(START)],
    [2, 3],
  ])
})

describe('a table', () => {
  const query = normalize({ kind: 'breakdown', groupBy: ['api_key'] })

  test('has a row for each group, with its share and a hidden id', () => {
    const frame = breakdownFrame(query, keys, TITLES)
    expect(columns(frame)).toEqual({
      api_key: ['prod', 'No team'],
      api_key_id: ['k1', 'unassigned'],
      Cost: [3.5, 1],
      'Share of cost': [3.5 / 4.5, 1 / 4.5],
    })
    expect(frame.fields[1]?.config.custom).toMatchObject({ hidden: true })
  })

  test('keeps currencies apart, and has change and difference where it compares', () => {
    const compared = { points: [], total: { amount: '2', state: 'complete' as const } }
    const answer = answerOf(
      [
        seriesOf({ dimensions: { api_key: 'a' }, amounts: ['1', '2'], all: '3', compared }),
        seriesOf({ dimensions: { api_key: 'b' }, currency: 'EUR', amounts: ['1', '2'], all: null }),
      ],
      { compared: { with: 'week', from: START, to: START } },
    )
    expect(columns(breakdownFrame(query, answer, TITLES))).toMatchObject({
      'Cost (USD)': [3, null],
      'Cost (USD) (the week before)': [2, null],
      'Cost (USD): difference': [1, null],
      'Cost (USD): change': [0.5, null],
      'Cost (EUR)': [null, null],
    })
  })

  test('of nothing has no rows and still says why', () => {
    const frame = breakdownFrame(query, answerOf([], { notices: [noticeOf('nothing_read')] }), TITLES)
    expect([frame.length, frame.meta?.notices?.length]).toEqual([0, 1])
  })
})

test('live series grow by a point with each answer and stay bounded', () => {
  const rates = {
    requests_per_second: 2,
    active_requests: 1,
    tokens_per_second: 5,
    errors_per_second: 0,
    error_ratio: null,
    cost_per_minute: { USD: '0.25' },
  }
  const answer = (at: string) => ({ at, totals: rates, by: { team: [{ ...rates, id: 't', name: null }] } })
  const measures = ['requests_per_second', 'cost_per_minute']
  let state = NOTHING_LIVE
  for (const second of ['01', '03', '05'])
    state = addLive(state, answer(`2026-11-01T00:00:${second}Z`), measures, 'team', 2)
  expect(shown(liveFrames('A', state))).toEqual([
    ['t: Request rate', [2, 2]],
    ['t: Cost per minute (USD)', [0.25, 0.25]],
  ])
  expect(shown(liveFrames('A', addLive(NOTHING_LIVE, answer(START), ['error_ratio'], undefined, 2)))).toEqual(
    [['Error rate', [null]]],
  )
})
