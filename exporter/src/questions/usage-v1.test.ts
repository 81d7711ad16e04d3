import { afterEach, describe, expect, test } from 'vitest'
import type { Parameters } from './parameters.ts'
import { BILLED, METERED, World } from './testing.ts'
import { answerUsageV1 } from './usage-v1.ts'

let world: World
afterEach(() => world.close())

const DAYS = { from: '2026-11-01T00:00:00Z', to: '2026-11-03T00:00:00Z' } as const
const ASKED = { start_date: '2026-11-01', end_date: '2026-11-02' } as const

const ask = (parameters: Parameters): Promise<string> => answerUsageV1(world.context, parameters)

async function open(): Promise<void> {
  world = await World.open({ now: '2026-11-20T00:00:00Z' })
  await world.tell({
    source: BILLED,
    ...DAYS,
    rows: [
      [0, { api_key: 'k1', description: 'Chat grok-4' }, '0.1000000000000000010'],
      [23, { api_key: 'k1', description: 'Chat grok-4' }, '0.2'],
      [24, { api_key: 'k2', description: 'File Storage' }, '0.30000000000000001'],
    ],
  })
}

describe('GET /v1/usage', () => {
  test('answers by day unless asked otherwise, both dates included, money to the last digit', async () => {
    await open()
    expect(await ask(ASKED)).toBe(
      '{"usage":[' +
        '{"date":"2026-11-01","input_tokens":null,"output_tokens":null,"total_tokens":null,"requests":null,"cost":0.300000000000000001},' +
        '{"date":"2026-11-02","input_tokens":null,"output_tokens":null,"total_tokens":null,"requests":null,"cost":0.30000000000000001}' +
        '],"total_cost":0.600000000000000011}',
    )
  })

  test('names the group of each row and leaves out groups without usage', async () => {
    await open()
    await world.name([{ kind: 'api_key', id: 'k1', name: 'production "east" 🦊' }])
    const answer = JSON.parse(await ask({ ...ASKED, group_by: 'api_key' })) as { usage: unknown[] }
    expect(answer.usage).toMatchObject([
      { date: '2026-11-01', api_key: 'k1', name: 'production "east" 🦊', cost: 0.3 },
      { date: '2026-11-02', api_key: 'k2', name: null, cost: 0.3 },
    ])
    const models = JSON.parse(await ask({ ...ASKED, group_by: 'model' })) as { usage: unknown[] }
    expect(models.usage).toMatchObject([
      { date: '2026-11-01', model: 'grok-4' },
      { date: '2026-11-02', model: 'File Storage' },
    ])
  })

  test('a group that cost nothing has its tokens, and is not left out', async () => {
    await open()
    await world.tell({
      source: METERED,
      ...DAYS,
      rows: [[0, { description: 'Chat free', type: 'input' }, '5']],
    })
    const models = JSON.parse(await ask({ ...ASKED, group_by: 'model' })) as { usage: unknown[] }
    expect(models.usage).toMatchObject([
      { date: '2026-11-01', model: 'grok-4', total_tokens: 0, cost: 0.3 },
      { date: '2026-11-01', model: 'free', total_tokens: 5, cost: 0 },
      { date: '2026-11-02', model: 'File Storage', total_tokens: 0, cost: 0.3 },
    ])
  })

  test('counts cached tokens as input and reasoning as output', async () => {
    await open()
    const types = { input: '100', cache_read: '20', output: '7', reasoning: '3' }
    const rows = Object.entries(types).map(
      ([type, tokens]) => [0, { description: 'Chat grok-4', type }, tokens] as const,
    )
    await world.tell({ source: METERED, ...DAYS, rows })
    const first = async (group: string): Promise<unknown> =>
      (JSON.parse(await ask({ ...ASKED, group_by: group })) as { usage: unknown[] }).usage[0]
    const counted = { input_tokens: 120, output_tokens: 10, total_tokens: 130, requests: null }
    expect(await first('day')).toMatchObject(counted)
    expect(await first('model')).toMatchObject({ model: 'grok-4', ...counted })
    expect(await first('api_key')).toMatchObject({ api_key: 'k1', input_tokens: null, total_tokens: null })
  })

  test('tokens that are not in yet are null, and those that are in already are told', async () => {
    await open()
    world.now = Date.parse('2026-11-02T23:30:00Z')
    const rows = [[24, { api_key: 'k1', type: 'input' }, '9']] as const
    await world.tell({ source: METERED, ...DAYS, fetchedAt: '2026-11-02T00:00:00Z', rows })
    await world.tell({
      source: BILLED,
      ...DAYS,
      rows: ['k1', 'k2'].map((api_key) => [24, { api_key, description: 'Chat' }, '1'] as const),
    })
    const { usage } = JSON.parse(await ask({ ...ASKED, group_by: 'api_key' })) as { usage: unknown[] }
    expect(usage).toMatchObject([
      { api_key: 'k1', date: '2026-11-02', total_tokens: 9 },
      { api_key: 'k2', date: '2026-11-02', total_tokens: null },
    ])
  })

  test('tokens that may be either are in the total only', async () => {
    await open()
    await world.tell({ source: METERED, ...DAYS, rows: [[0, { description: 'Chat grok-4' }, '130']] })
    expect(JSON.parse(await ask(ASKED))).toMatchObject({
      usage: [{ input_tokens: null, output_tokens: null, total_tokens: 130 }, { total_tokens: 0 }],
    })
  })

  test('days of which nothing is known have null and make the answer partial', async () => {
    await open()
    const answer = JSON.parse(await ask({ ...ASKED, end_date: '2026-11-03', group_by: 'model' })) as unknown
    expect(answer).toMatchObject({
      usage: [{ cost: 0.3 }, { cost: 0.3 }, { date: '2026-11-03', model: null, name: null, cost: null }],
      partial: true,
    })
    expect(JSON.parse(await ask(ASKED))).not.toHaveProperty('partial')
  })

  test('a split that the data has not is one row, not none', async () => {
    await open()
    const answer = JSON.parse(await ask({ ...ASKED, group_by: 'endpoint' })) as unknown
    expect(answer).toMatchObject({ usage: [{ endpoint: 'not_split', cost: 0.3 }, { endpoint: 'not_split' }] })
  })

  test('takes a thousand days', async () => {
    await open()
    const { usage } = JSON.parse(await ask({ ...ASKED, end_date: '2029-07-27' })) as { usage: unknown[] }
    expect(usage).toHaveLength(1000)
  })

  test('is narrowed by account', async () => {
    await open()
    await world.tell({ source: BILLED, account: 'second', ...DAYS, rows: [[0, { api_key: 'k9' }, '5']] })
    expect(await ask({ ...ASKED, account: 'second' })).toMatch(/"total_cost":5}$/)
    expect(await ask(ASKED)).toMatch(/"total_cost":5.600000000000000011}$/)
    await expect(ask({ ...ASKED, account: 'third' })).rejects.toMatchObject({ code: 'QUERY_INVALID' })
  })

  test.each<[Parameters, RegExp]>([
    [{}, /start_date: must be a date.*end_date: must be a date/],
    [{ ...ASKED, start_date: 'now' }, /start_date: must be a date/],
    [{ ...ASKED, end_date: '2026-10-31' }, /end_date: must not be before start_date/],
    [{ ...ASKED, end_date: '2029-07-28' }, /end_date: must be within 1000 days/],
    [{ ...ASKED, group_by: 'week' }, /group_by: must be one of day, api_key, model, endpoint, team/],
    [{ ...ASKED, account: ['main', 'third'] }, /account: must be one of main$/],
    [{ ...ASKED, limit: '5' }, /limit: is not a parameter here/],
  ])('%j is refused by name', async (parameters, message) => {
    await open()
    await expect(ask(parameters)).rejects.toThrow(message)
  })
})
