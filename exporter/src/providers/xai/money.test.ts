import nock from 'nock'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { API, BILLING } from './fixtures/account.ts'
import { levels, read } from './fixtures/facts.ts'

beforeEach(() => nock.disableNetConnect())
afterEach(() => nock.cleanAll())

describe('money', () => {
  test('of the prepaid ledger comes in cents with its sign turned round', async () => {
    const body = {
      changes: [{ changeOrigin: 'PURCHASE', amount: { val: '-2317' } }],
      total: { val: '-2317' },
    }
    nock(API).get(`${BILLING}/prepaid/balance`).reply(200, body)
    expect(levels(await read('xai.balance'))).toEqual(['balance settled - 23.17 USD'])
  })

  test('that is owed is a negative balance', async () => {
    nock(API)
      .get(`${BILLING}/prepaid/balance`)
      .reply(200, { total: { val: 5 } })
    expect(levels(await read('xai.balance'))).toEqual(['balance settled - -0.05 USD'])
  })

  test.each([{}, { total: {} }, { total: { val: null } }, { total: { val: '' } }, { changes: [] }])(
    'in %j is unreadable, never 0',
    async (body) => {
      nock(API).get(`${BILLING}/prepaid/balance`).reply(200, body)
      await expect(read('xai.balance')).rejects.toMatchObject({ code: 'UPSTREAM_UNREADABLE' })
    },
  )

  test('limits come in cents with their sign as it is', async () => {
    const spendingLimits = {
      hardSlAuto: { val: '22500' },
      effectiveHardSl: { val: '22500' },
      softSl: { val: '20000' },
      effectiveSl: { val: '20000' },
      hardSlOverride: null,
    }
    nock(API).get(`${BILLING}/postpaid/spending-limits`).reply(200, { spendingLimits })
    expect(levels(await read('xai.spending_limits'))).toEqual([
      'spending_limit soft - 200 USD',
      'spending_limit effective - 200 USD',
      'spending_limit hard - 225 USD',
      'spending_limit effective_hard - 225 USD',
    ])
  })

  test('limits missing from the answer are an error', async () => {
    nock(API).get(`${BILLING}/postpaid/spending-limits`).reply(200, '{}')
    await expect(read('xai.spending_limits')).rejects.toMatchObject({ code: 'UPSTREAM_UNREADABLE' })
  })
})
