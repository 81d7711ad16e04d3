import nock from 'nock'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { HOUR } from '../../clock.ts'
import { PROVIDERS } from '../registry.ts'
import {
  API,
  BILLING,
  collect,
  memory,
  NOW,
  openAccount,
  recorded,
  signal,
  TEAM,
} from './fixtures/account.ts'
import { xai } from './provider.ts'

beforeEach(() => nock.disableNetConnect())
afterEach(() => nock.cleanAll())

const READ_ONLY = [
  `GET /auth/management-keys/validation`,
  `GET /auth/teams/${TEAM}/api-keys`,
  `GET /auth/teams/${TEAM}/models`,
  `GET ${BILLING}/invoices`,
  `GET ${BILLING}/postpaid/invoice/preview`,
  `GET ${BILLING}/postpaid/spending-limits`,
  `GET ${BILLING}/prepaid/balance`,
  // A question in spite of its method: the analytics request is too large for a query.
  `POST ${BILLING}/usage`,
]

test('everything that an account can do calls these and nothing else, none of which changes anything', async () => {
  const answers: Record<string, string> = {
    validation: `{"scope": "SCOPE_TEAM", "scopeId": "${TEAM}", "acls": []}`,
    'api-keys': recorded('api-keys-documented'),
    models: recorded('models'),
    invoices: recorded('invoices'),
    preview: recorded('invoice-preview'),
    'spending-limits': '{"spendingLimits": {"softSl": {"val": "20000"}}}',
    balance: '{"total": {"val": "-1000"}}',
    usage: '{"timeSeries": [], "limitReached": true}',
  }
  const called = new Set<string>()
  const reply = function (this: nock.ReplyFnContext, uri: string): [number, string] {
    const { pathname } = new URL(uri, API)
    called.add(`${this.req.method} ${pathname}`)
    return [200, answers[pathname.split('/').at(-1) ?? ''] ?? '']
  }
  const anything = nock(API).persist()
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
    anything.intercept(/.*/, method).reply(reply)
  }
  const account = openAccount({ project: undefined })
  await account.identify(signal())
  for (const reader of account.facts) await reader.read(signal())
  const window = { from: NOW - 2 * HOUR, to: NOW }
  for (const reader of account.usage) await collect(reader.read(window, memory()))
  expect([...called].sort()).toEqual([...READ_ONLY].sort())
})

test('every source that readers and answers name is declared', () => {
  const declared = xai.sources.map(({ id }) => id)
  for (const api of ['management', 'usage-v1'] as const) {
    for (const { source } of openAccount({ api }).usage) expect(declared).toContain(source.id)
  }
  expect(new Set(declared).size).toBe(declared.length)
})

test('what xAI never reports is said with the way round it', () => {
  expect(Object.keys(xai.neverReports)).toEqual(['requests', 'errors', 'latency', 'tokens_by_key'])
  for (const reason of Object.values(xai.neverReports)) expect(reason).toContain('gateway')
})

test('fact readers declare the permission that they need', () => {
  expect(openAccount().facts.map(({ id, permission }) => [id, permission])).toEqual([
    ['xai.models', null],
    ['xai.api_keys', 'team-token:endpoint:ListApiKeys'],
    ['xai.invoice.preview', 'team-token:endpoint:BillingRead'],
    ['xai.balance', 'team-token:endpoint:BillingRead'],
    ['xai.spending_limits', 'team-token:endpoint:BillingRead'],
    ['xai.invoices', 'team-token:endpoint:BillingRead'],
  ])
})

test('the registry holds it under its id', () => {
  expect(PROVIDERS[xai.id as keyof typeof PROVIDERS]).toBe(xai)
})
