import { formatAmount } from '@usage-explorer/core/amount'
import nock from 'nock'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DAY } from '../../clock.ts'
import type { AccountConfig } from '../../config/config.ts'
import type { Answer } from '../../usage/record.ts'
import { API, collect, memory, NOW, openAccount, signal } from './fixtures/account.ts'

const FROM = Date.UTC(2024, 0, 20)
const WINDOW = { from: FROM, to: FROM + 2 * DAY }

function read(replies: Record<string, unknown>, config: Partial<AccountConfig> = {}): Promise<Answer[]> {
  for (const group of ['api_key', 'model']) {
    const reply = replies[group]
    nock(API)
      .get('/v1/usage')
      .query({ start_date: '2024-01-20', end_date: '2024-01-21', group_by: group })
      .reply(
        reply === undefined ? 400 : 200,
        (reply ?? { error: { code: 'invalid_request', message: 'no' } }) as nock.Body,
      )
  }
  const [reader] = openAccount({ api: 'usage-v1', project: undefined, ...config }).usage
  if (reader === undefined) throw new Error('no reader')
  return collect(reader.read(WINDOW, memory()))
}

const told = (answers: readonly Answer[]): string[] =>
  answers.map(({ source, cut, completeness, records }) =>
    [source.source, cut.dimensions.join('+'), completeness, records.length].join(' '),
  )

beforeEach(() => nock.disableNetConnect())
afterEach(() => nock.cleanAll())

const ROW = { date: '2024-01-20', model: 'grok-4', input_tokens: 1000000, output_tokens: 500000, cost: 25.5 }

test('the answer as it is documented gives cost and tokens by model and day', async () => {
  const answers = await read({ model: { usage: [ROW], total_cost: 25.5 } })
  expect(told(answers)).toEqual([
    'xai.usage_v1 model complete 1',
    'xai.usage_v1.tokens model+type complete 2',
  ])
  expect(answers[0]).toMatchObject({ window: WINDOW, widthMs: DAY, fetchedAt: NOW })
  expect(answers.flatMap(({ records }) => records)).toMatchObject([
    {
      bucketStart: FROM,
      stated: { model: 'grok-4' },
      measure: 'cost',
      currency: 'USD',
      raw: '25.5',
      rawUnit: 'usd',
    },
    {
      stated: { model: 'grok-4', type: 'input_unsplit' },
      measure: 'tokens',
      raw: '1000000',
      rawUnit: 'token',
    },
    {
      stated: { model: 'grok-4', type: 'output_unsplit' },
      measure: 'tokens',
      raw: '500000',
      rawUnit: 'token',
    },
  ])
})

test('both groups are read, and requests are a source of their own', async () => {
  const key = { date: '2024-01-21', api_key: 'key_abc', cost: '0.10', requests: 57 }
  const answers = await read({ api_key: { usage: [key] }, model: { usage: [ROW] } })
  expect(told(answers)).toEqual([
    'xai.usage_v1 api_key complete 1',
    'xai.usage_v1.requests api_key complete 1',
    'xai.usage_v1 model complete 1',
    'xai.usage_v1.tokens model+type complete 2',
  ])
})

test('a configured team is part of every cut', async () => {
  const [answer] = await read({ model: { usage: [ROW] } }, { project: 'team-1' })
  expect(answer?.cut.dimensions).toEqual(['project', 'model'])
  expect(answer?.records[0]?.stated).toEqual({ project: 'team-1', model: 'grok-4' })
})

test('what some rows do not know is a lower bound, not 0', async () => {
  const rows = [ROW, { date: '2024-01-21', model: 'grok-4', input_tokens: 5, cost: null }]
  expect(told(await read({ model: { usage: rows } }))).toEqual([
    'xai.usage_v1 model truncated 1',
    'xai.usage_v1.tokens model+type truncated 3',
  ])
})

test('rows of one cell are added, and a missing or empty name is the provider’s null', async () => {
  const rows = [
    { date: '2024-01-20', model: null, cost: '0.1' },
    { date: '2024-01-20', cost: '0.2' },
    { date: '2024-01-20T00:00:00Z', model: '', cost: '0.3' },
  ]
  const [answer] = await read({ model: { usage: rows } })
  expect(answer?.records.map(({ stated, amount, raw }) => [stated, formatAmount(amount), raw])).toEqual([
    [{ model: null }, '0.6', '0.1 + 0.2 + 0.3'],
  ])
})

test('no rows state that nothing was spent, and say nothing of tokens', async () => {
  expect(told(await read({ model: { usage: [] } }))).toEqual(['xai.usage_v1 model complete 0'])
})

test('neither group accepted is an error', async () => {
  await expect(read({})).rejects.toMatchObject({ code: 'UPSTREAM_REJECTED' })
})

test.each([
  { total_cost: 0 },
  { usage: null },
  { usage: [{ ...ROW, date: undefined }] },
  { usage: [{ ...ROW, date: '2024-01-22' }] },
  { usage: [{ ...ROW, date: '2024-01-19' }] },
  { usage: [{ ...ROW, date: 'today' }] },
  { usage: [{ ...ROW, cost: 'free' }] },
])('%j is unreadable', async (body) => {
  await expect(read({ api_key: body, model: body })).rejects.toMatchObject({ code: 'UPSTREAM_UNREADABLE' })
})

test('the account is the configured team, and there are no facts to read', async () => {
  const account = openAccount({ api: 'usage-v1', project: 'team-1' })
  expect(await account.identify(signal())).toEqual({ project: 'team-1', projectName: null, permissions: [] })
  expect(account.facts).toEqual([])
})
