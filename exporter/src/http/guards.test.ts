import { connect } from 'node:net'
import { expect, it } from 'vitest'
import { codeOf, raw, startService } from '../../../test/support/http-service.ts'
import { LONGEST_URL } from './guards.ts'
import { MOST_PARAMETERS } from './parameters.ts'

it.each(['127.0.0.1', '127.8.8.8:80', 'localhost', 'LOCALHOST:9477', '[::1]:9477'])(
  'answers a request for the host %s',
  async (host) => {
    const { url } = await startService()
    expect((await raw(`${url}/healthz`, { host })).status).toBe(200)
  },
)

it.each([
  'evil.example',
  'localhost.evil.example',
  '127.0.0.1.evil.example',
  '10.0.0.1:9477',
  'localhost.',
  'a b',
])('refuses a request for the host "%s", as a rebinding page would send it', async (host) => {
  const { url } = await startService()
  const { status, body } = await raw(`${url}/metrics`, { host })
  expect(status).toBe(421)
  expect(body.toString()).toContain('HOST_REFUSED')
})

it.each([
  ['authorization', 'Bearer xai-token-abcdef'],
  ['authorization', 'bearer sk-proj-abcdef'],
  ['authorization', 'sk-ant-abcdef'],
  ['x-api-key', 'sk-ant-api03-abcdef'],
])('refuses a provider key in the header %s and repeats it nowhere', async (header, value) => {
  const { url, failures } = await startService()
  const response = await fetch(`${url}/v1/usage`, { headers: { [header]: value } })
  expect(response.status).toBe(401)
  const text = await response.clone().text()
  expect(await codeOf(response)).toBe('PROVIDER_KEY_REFUSED')
  expect(text).not.toContain('abcdef')
  expect(failures).toEqual([])
  expect(await (await fetch(`${url}/metrics`)).text()).not.toContain('abcdef')
})

it('takes a token that only holds such letters for a token', async () => {
  const { url } = await startService()
  const headers = { authorization: 'Bearer task-xai-and-sk' }
  expect(await codeOf(await fetch(`${url}/metrics`, { headers }))).toBe('TOKEN_REFUSED')
})

it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('refuses the method %s', async (method) => {
  const { url } = await startService()
  const response = await fetch(`${url}/api/v1/query`, { method })
  expect(response.status).toBe(405)
  expect(response.headers.get('allow')).toBe('GET, HEAD')
  expect(await codeOf(response)).toBe('METHOD_REFUSED')
})

it('reads an address up to its limit and refuses one that is longer by a character', async () => {
  const { url } = await startService()
  const path = '/api/v1/query?from='
  const longest = path + 'x'.repeat(LONGEST_URL - path.length)
  expect((await fetch(url + longest)).status).toBe(200)
  const response = await fetch(`${url}${longest}x`)
  expect(response.status).toBe(414)
  expect(await codeOf(response)).toBe('REQUEST_TOO_LONG')
})

it('reads parameters up to their limit and refuses one more', async () => {
  const { url } = await startService()
  const most = Array.from({ length: MOST_PARAMETERS }, (_, index) => `p${index}=1`).join('&')
  expect((await fetch(`${url}/api/v1/query?${most}`)).status).toBe(200)
  const response = await fetch(`${url}/api/v1/query?${most}&more=1`)
  expect(response.status).toBe(400)
  expect(await codeOf(response)).toBe('QUERY_INVALID')
})

it('refuses an address that cannot be decoded', async () => {
  const { url } = await startService()
  const response = await fetch(`${url}/%E0%A4%A`)
  expect(response.status).toBe(400)
  expect(await codeOf(response)).toBe('REQUEST_MALFORMED')
})

it('answers what is not HTTP with a coded error and closes the connection', async () => {
  const { url } = await startService()
  const answer = await new Promise<string>((resolve, reject) => {
    let text = ''
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write('nonsense\r\n\r\n'))
    socket.on('data', (chunk) => (text += chunk.toString()))
    socket.on('close', () => resolve(text))
    socket.on('error', reject)
  })
  expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
  expect(answer).toContain('REQUEST_MALFORMED')
})
