/** What a POST may carry: JSON of the right form, not too much of it, and nothing that a form of another site could send. */
import { describe, expect, it } from 'vitest'
import { codeOf, startService } from '../../../test/support/http-service.ts'
import type { Token } from '../access/token.ts'

const ADMIN: Token = { id: '00000000', scope: 'admin', teams: undefined, name: undefined, createdAt: 0 }
const findToken = (text: string): Token | undefined => (text === 'admin' ? ADMIN : undefined)

async function post(
  body: string | URLSearchParams | FormData | undefined,
  contentType: string | undefined,
  token = 'admin',
): Promise<Response> {
  const { url } = await startService({ findToken })
  const headers: Record<string, string> = token === '' ? {} : { authorization: `Bearer ${token}` }
  if (contentType !== undefined) headers['content-type'] = contentType
  return fetch(`${url}/api/v1/admin/accounts/remove`, {
    method: 'POST',
    headers,
    ...(body === undefined ? {} : { body }),
  })
}

describe('a POST', () => {
  it('with JSON of the right form is done, and says so in lines', async () => {
    const response = await post('{"account": "old"}', 'application/json; charset=utf-8')
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/x-ndjson; charset=utf-8')
    expect(await response.text()).toBe('{"done":{"removed":"old"}}\n')
  })

  it('needs a token of scope admin, also on loopback', async () => {
    const response = await post('{"account": "old"}', 'application/json', '')
    expect([response.status, await codeOf(response)]).toEqual([401, 'TOKEN_REQUIRED'])
  })

  it.each([
    ['text/plain', '{"account": "old"}'],
    ['application/x-www-form-urlencoded', 'account=old'],
    ['multipart/form-data; boundary=x', '--x--'],
    ['application/xml', '<a/>'],
  ])('of type %s, as a form of another site could send it, is refused', async (type, body) => {
    const response = await post(body, type)
    expect([response.status, await codeOf(response)]).toEqual([415, 'MEDIA_TYPE_REFUSED'])
  })

  it.each([
    ['no body', undefined, undefined],
    ['an empty body', '', 'application/json'],
    ['half of a body', '{"account":', 'application/json'],
    ['a body without what is needed', '{}', 'application/json'],
    ['a body with more than is known', '{"account": "a", "force": true}', 'application/json'],
    ['a body of another kind', '["a"]', 'application/json'],
    ['a poisoned body', '{"account": "a", "__proto__": {"x": 1}}', 'application/json'],
  ])('with %s is told what is wrong', async (_, body, type) => {
    const response = await post(body, type)
    expect([response.status, await codeOf(response)]).toEqual([400, 'BODY_INVALID'])
  })

  it('is read up to 64 KiB and not a byte further', async () => {
    const padded = (length: number): string => '{"account": "a"}'.padEnd(length)
    expect((await post(padded(64 * 1024), 'application/json')).status).toBe(200)
    const response = await post(padded(64 * 1024 + 1), 'application/json')
    expect([response.status, await codeOf(response)]).toEqual([413, 'BODY_TOO_LARGE'])
  })
})
