import nock from 'nock'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { NameEntry } from '../../usage/facts.ts'
import { API, NOW, recorded, TEAM } from './fixtures/account.ts'
import { read } from './fixtures/facts.ts'

beforeEach(() => nock.disableNetConnect())
afterEach(() => nock.cleanAll())

const KEYS = `/auth/teams/${TEAM}/api-keys`

describe('API keys', () => {
  const FIRST = { pageSize: '100', activeOnly: 'false' }
  const page = (token: string | undefined, body: object): nock.Scope =>
    nock(API)
      .get(KEYS)
      .query(token === undefined ? FIRST : { ...FIRST, paginationToken: token })
      .reply(200, body)
  const names = async (): Promise<readonly NameEntry[]> => (await read('xai.api_keys')).facts?.names ?? []
  const key = (apiKeyId: string, more: object = {}): object => ({
    apiKeyId,
    redactedApiKey: 'xai-...abcd',
    ...more,
  })

  test('are read as the documented example has them', async () => {
    nock(API).get(KEYS).query(FIRST).reply(200, recorded('api-keys-documented'))
    expect((await read('xai.api_keys')).facts).toEqual({
      provider: 'xai',
      account: 'main',
      fetchedAt: NOW,
      names: [
        {
          kind: 'api_key',
          id: 'faf5f6c2-5322-4793-9b74-23129addca0c',
          name: null,
          redacted: 'xai-a**b',
          userId: '12106c22-fa54-4255-9887-6eb73c55787f',
          disabled: false,
          createdAt: null,
          expiresAt: null,
          aliases: [],
        },
      ],
    })
  })

  test('are read as the schema has them', async () => {
    const times = { createTime: '2025-11-13T16:14:38.164829Z', expireTime: '2027-01-01T00:00:00Z' }
    page(undefined, { apiKeys: [key('k', { name: 'a "b"\n🚀', disabled: true, aclStrings: [], ...times })] })
    expect(await names()).toMatchObject([
      {
        name: 'a "b"\n🚀',
        disabled: true,
        createdAt: Date.UTC(2025, 10, 13, 16, 14, 38, 164),
        expiresAt: Date.UTC(2027, 0, 1),
      },
    ])
  })

  test('come page by page', async () => {
    page(undefined, { apiKeys: [key('a'), key('b')], paginationToken: 'p 2' })
    page('p 2', { apiKeys: [key('c')], pagination_token: 'p3' })
    page('p3', { apiKeys: [], paginationToken: '' })
    expect((await names()).map(({ id }) => id)).toEqual(['a', 'b', 'c'])
  })

  test('of a list that breaks off give nothing at all', async () => {
    page(undefined, { apiKeys: [key('a')], paginationToken: 'p2' })
    nock(API)
      .get(KEYS)
      .query({ ...FIRST, paginationToken: 'p2' })
      .reply(403, '{}')
    await expect(names()).rejects.toMatchObject({ code: 'UPSTREAM_FORBIDDEN' })
  })

  test('of a list that goes in circles give an error', async () => {
    page(undefined, { apiKeys: [key('a')], paginationToken: 'p2' })
    page('p2', { apiKeys: [key('a')], paginationToken: 'p2' })
    await expect(names()).rejects.toMatchObject({ code: 'UPSTREAM_UNREADABLE' })
  })

  test('keep their id when they are renamed or rotated, and leave the list when they are deleted', async () => {
    page(undefined, { apiKeys: [key('a', { name: 'old' }), key('b')] })
    page(undefined, { apiKeys: [key('a', { name: 'new', redactedApiKey: 'xai-...wxyz' })] })
    expect(await names()).toMatchObject([{ id: 'a', name: 'old', redacted: 'xai-...abcd' }, { id: 'b' }])
    expect(await names()).toMatchObject([{ id: 'a', name: 'new', redacted: 'xai-...wxyz' }])
  })

  test('are never kept whole', async () => {
    page(undefined, { apiKeys: [key('a', { redactedApiKey: 'xai-0123456789abcdef0123456789abcdef' })] })
    expect(await names()).toMatchObject([{ id: 'a', redacted: null }])
  })

  test.each([
    {},
    { apiKeys: null },
    { apiKeys: [{}] },
    { apiKeys: [{ apiKeyId: '' }] },
    { apiKeys: [key('a', { disabled: 'perhaps' })] },
  ])('in %j are unreadable', async (body) => {
    page(undefined, body)
    await expect(names()).rejects.toMatchObject({ code: 'UPSTREAM_UNREADABLE' })
  })
})
