import nock from 'nock'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DAY, HOUR } from '../../clock.ts'
import type { UsageExplorerError } from '../../errors.ts'
import type { Answer } from '../../usage/record.ts'
import { API, BILLING, memory, NOW, openAccount, recorded, TEAM } from './fixtures/account.ts'
import { ALL, answerOf, EMPTY, MIDNIGHT, read, upstream, WINDOW, type Question } from './fixtures/usage.ts'

const cuts = (answers: readonly Answer[]): string[] => answers.map(({ cut }) => cut.dimensions.join())
const groups = (asked: readonly Question[]): string[] => asked.map(({ groupBy }) => groupBy)
const known = (...accepted: string[]): unknown => ({
  accepted: accepted.map((names) => names.split(',')),
  probedAt: NOW - HOUR,
})

beforeEach(() => nock.disableNetConnect())
afterEach(() => nock.cleanAll())

describe('finding the cuts', () => {
  const accepting = (...accepted: string[]): Question[] =>
    upstream(({ groupBy }) => (accepted.includes(groupBy) ? EMPTY : 400))

  test('all dimensions jointly need one question', async () => {
    const asked = accepting(ALL)
    const kept = memory()
    expect(cuts(await read(kept))).toEqual(['project,api_key,description,type'])
    expect(groups(asked)).toEqual([ALL])
    expect(kept.remembered).toEqual({ accepted: [ALL.split(',')], probedAt: NOW })
  })

  test('pairs come next, and a dimension alone only if no accepted pair has it', async () => {
    const asked = accepting('api_key_id,unit_type', 'description', 'api_key_id', 'unit_type')
    expect(cuts(await read())).toEqual(['project,api_key,type', 'project,description'])
    expect(groups(asked)).toEqual([
      ALL,
      'api_key_id,description',
      'api_key_id,unit_type',
      'description,unit_type',
      'description',
    ])
  })

  test('single dimensions are what is left', async () => {
    accepting('api_key_id', 'description')
    const kept = memory()
    expect(cuts(await read(kept))).toEqual(['project,api_key', 'project,description'])
    expect(kept.remembered).toMatchObject({ accepted: [['api_key_id'], ['description']] })
  })

  test('a 400 on everything is not about the group-by', async () => {
    accepting()
    const kept = memory(known('description'))
    await expect(read(kept)).rejects.toMatchObject({ code: 'UPSTREAM_REJECTED' })
    expect(kept).toMatchObject({ remembered: undefined, retired: [] })
  })

  test('what was accepted is asked again without probing, for a day', async () => {
    const asked = accepting('api_key_id', 'description')
    const state = { accepted: [['api_key_id'], ['description']], probedAt: NOW - DAY + 1 }
    const kept = memory(state)
    await read(kept)
    expect(groups(asked)).toEqual(['api_key_id', 'description'])
    expect(kept.remembered).toBeUndefined()
  })

  test('after a day a joint cut that came to be accepted replaces the others', async () => {
    const asked = accepting(ALL, 'api_key_id', 'description')
    const kept = memory({ accepted: [['api_key_id'], ['description']], probedAt: NOW - DAY })
    expect(cuts(await read(kept))).toEqual(['project,api_key,description,type'])
    expect(groups(asked)).toEqual([ALL])
    expect(kept.remembered).toEqual({ accepted: [ALL.split(',')], probedAt: NOW })
    expect(kept.retired).toEqual([
      ['project', 'api_key'],
      ['project', 'description'],
    ])
  })

  test('nothing is retired while the cuts stay the same', async () => {
    accepting(ALL)
    const kept = memory({ accepted: [ALL.split(',')], probedAt: NOW - DAY })
    await read(kept)
    expect(kept.retired).toEqual([])
  })

  test('a remembered cut that gets 400 is replaced at once', async () => {
    const asked = accepting('api_key_id,unit_type', 'description,unit_type')
    const kept = memory(known(ALL))
    expect(cuts(await read(kept))).toEqual(['project,api_key,type', 'project,description,type'])
    expect(groups(asked).slice(0, 2)).toEqual([ALL, ALL])
    expect(kept.retired).toEqual([['project', 'api_key', 'description', 'type']])
  })

  test.each([[null], ['all'], [{ accepted: [], probedAt: NOW }], [{ accepted: [['model']], probedAt: NOW }]])(
    'a memory that makes no sense (%j) is probed anew',
    async (state) => {
      accepting('description')
      expect(cuts(await read(memory(state)))).toEqual(['project,description'])
    },
  )

  test('a clock that was set back does not keep the probe from coming', async () => {
    const asked = accepting(ALL)
    await read(memory({ accepted: [['description']], probedAt: NOW + 30 * DAY }))
    expect(groups(asked)).toEqual([ALL])
  })

  test.each([
    [401, 'UPSTREAM_UNAUTHORIZED'],
    [403, 'UPSTREAM_FORBIDDEN'],
    [404, 'UPSTREAM_NOT_FOUND'],
    [429, 'UPSTREAM_RATE_LIMITED'],
    [500, 'UPSTREAM_FAILED'],
  ])('a %i says nothing about cuts', async (status, code) => {
    upstream(() => status)
    const kept = memory(known('description'))
    const error = await read(kept).catch((thrown: unknown) => thrown as UsageExplorerError)
    expect(error).toMatchObject({ code })
    expect(kept).toMatchObject({ remembered: undefined, retired: [] })
  })

  test('a joint cut at which the provider breaks gives way to a narrower one, and is tried again after an hour', async () => {
    const asked = upstream(({ groupBy }) => (groupBy === ALL ? 500 : EMPTY))
    const kept = memory()
    expect(cuts(await read(kept))).toEqual([
      'project,api_key,description',
      'project,api_key,type',
      'project,description,type',
    ])
    const state = kept.remembered as { probedAt: number }
    asked.length = 0
    await read(memory({ ...state, probedAt: state.probedAt - HOUR + 1 }))
    expect(groups(asked)).not.toContain(ALL)
    await read(memory({ ...state, probedAt: state.probedAt - HOUR }))
    expect(groups(asked)).toContain(ALL)
  })

  test('a cut that was accepted before is not given up because the provider breaks', async () => {
    upstream(({ groupBy }) => (groupBy === ALL ? 500 : EMPTY))
    const kept = memory({ accepted: [ALL.split(',')], probedAt: NOW - DAY })
    await expect(read(kept)).rejects.toMatchObject({ code: 'UPSTREAM_FAILED' })
    expect(kept).toMatchObject({ remembered: undefined, retired: [] })
  })

  test('a 403 names the permission', async () => {
    upstream(() => 403)
    await expect(read()).rejects.toThrow('it needs team-token:endpoint:BillingRead')
  })
})

describe('a limit', () => {
  const cut = (hours: Record<string, string>): string =>
    answerOf([['k', 'd', 'u'], hours]).replace('"limitReached": false', '"limitReached": "true"')

  test('is committed as truncated, and the halves of the window are asked', async () => {
    const asked = upstream(({ to, from }) =>
      from.includes('00:00:00') && to.includes('03:00:00')
        ? cut({ '00': '1' })
        : answerOf([['k', 'd', 'u'], { [from.slice(11, 13)]: '2' }]),
    )
    const answers = await read()
    expect(
      answers.map(({ window, completeness }) => [
        (window.from - MIDNIGHT) / HOUR,
        (window.to - MIDNIGHT) / HOUR,
        completeness,
      ]),
    ).toEqual([
      [0, 3, 'truncated'],
      [0, 1, 'complete'],
      [1, 3, 'complete'],
    ])
    expect(asked.map(({ from, to }) => `${from.slice(11, 13)}-${to.slice(11, 13)}`)).toEqual([
      '00-03',
      '00-01',
      '01-03',
    ])
  })

  test('that one bucket still meets adds coarser cuts of that bucket until one is whole', async () => {
    const window = { from: MIDNIGHT, to: MIDNIGHT + HOUR }
    upstream(({ groupBy }) => {
      if (groupBy === ALL) return cut({ '00': '1' })
      if (groupBy === 'api_key_id,description') return 400
      return answerOf([['k'], { '00': '3' }])
    })
    const answers = await read(memory(known(ALL)), window)
    expect(answers.map(({ cut: { dimensions }, completeness }) => [dimensions.join(), completeness])).toEqual(
      [
        ['project,api_key,description,type', 'truncated'],
        ['project,api_key', 'complete'],
      ],
    )
  })

  test('is left as truncated where no coarser cut is accepted', async () => {
    const window = { from: MIDNIGHT, to: MIDNIGHT + HOUR }
    upstream(({ groupBy }) => (groupBy === ALL ? cut({ '00': '1' }) : 400))
    expect(await read(memory(known(ALL)), window)).toMatchObject([{ completeness: 'truncated' }])
  })

  test('that even single buckets meet is not searched bucket by bucket', async () => {
    const week = { from: MIDNIGHT, to: MIDNIGHT + 7 * DAY }
    const asked = upstream(({ groupBy }) =>
      groupBy === ALL ? EMPTY.replace('false', 'true') : groupBy.includes(',') ? 400 : EMPTY,
    )
    const answers = await read(memory(known(ALL)), week)
    const whole = answers.filter(({ completeness }) => completeness === 'complete')
    expect(whole.every(({ cut }) => cut.dimensions.join() === 'project,api_key')).toBe(true)
    expect(whole.reduce((sum, { window }) => sum + window.to - window.from, 0)).toBe(7 * DAY)
    expect(groups(asked).filter((groupBy) => groupBy === ALL).length).toBeLessThan(20)
    expect(asked.length).toBeLessThan(40)
  })

  test('does not ask for a coarser cut that is read anyway', async () => {
    const window = { from: MIDNIGHT, to: MIDNIGHT + HOUR }
    const asked = upstream(({ groupBy }) =>
      groupBy === 'api_key_id'
        ? answerOf([['k'], { '00': '3' }])
        : answerOf([['k', 'u'], { '00': '1' }]).replace('false', 'true'),
    )
    await read(memory(known('api_key_id,unit_type', 'api_key_id')), window)
    expect(groups(asked)).toEqual(['api_key_id,unit_type', 'api_key_id'])
  })

  test('of bytes splits the window too', async () => {
    const huge = `{"timeSeries": [], "padding": "${'x'.repeat(16 * 1024 * 1024)}"}`
    const asked = upstream(({ to, from }) =>
      from.includes('00:00:00') && to.includes('03:00:00') ? huge : EMPTY,
    )
    const answers = await read(memory(known(ALL)))
    expect(answers.map(({ window }) => (window.from - MIDNIGHT) / HOUR)).toEqual([0, 1])
    expect(asked).toHaveLength(3)
  })
})

test('a clock that runs ahead does not claim hours that the provider has not seen', async () => {
  const behind = NOW - 5 * HOUR
  nock(API)
    .post(`${BILLING}/usage`)
    .reply(200, EMPTY, { date: new Date(behind).toUTCString() })
  expect((await read())[0]?.fetchedAt).toBe(behind)
})

test('tokens are derived once prices are known, for the same window and cut', async () => {
  nock(API).get(`/auth/teams/${TEAM}/models`).reply(200, recorded('models'))
  upstream(() => answerOf([['k', 'Chat grok-code-fast-1', 'Cached prompt text tokens'], { '00': '0.00002' }]))
  const account = openAccount()
  await account.facts.find(({ id }) => id === 'xai.models')?.read(new AbortController().signal)
  const [billed, derived] = await read(memory(), WINDOW, account)
  expect(derived).toMatchObject({
    source: { source: 'xai.derived' },
    cut: billed?.cut,
    window: WINDOW,
    fetchedAt: NOW,
    completeness: 'complete',
    records: [
      { measure: 'tokens', currency: '', amount: 1000n * 10n ** 18n, raw: '0.00002', rawUnit: 'usd' },
    ],
  })
})
