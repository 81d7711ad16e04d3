import { expect, it, onTestFinished } from 'vitest'
import {
  BARE_PAGE,
  ECHO,
  NEVER_READ,
  NO_INGEST,
  NO_OPERATIONS,
  READ,
  codeOf,
  startService,
} from '../../../test/support/http-service.ts'
import { UsageExplorerError } from '../errors.ts'
import { createMetrics } from '../metrics/snapshot.ts'
import type { AccountStatus } from '../polling/status.ts'
import { createServer, listen } from './server.ts'

it('answers HEAD with the status and type of GET and no body', async () => {
  const { url } = await startService()
  for (const path of ['/metrics', '/healthz', '/api/v1/sources', '/v1/usage', '/']) {
    const [head, get] = [await fetch(url + path, { method: 'HEAD' }), await fetch(url + path)]
    expect(head.status).toBe(200)
    expect(head.headers.get('content-type')).toBe(get.headers.get('content-type'))
    expect(await head.text()).toBe('')
  }
})

it('is alive while nothing has been read, and says why it is not ready', async () => {
  const problem = {
    reader: 'identify',
    code: 'UPSTREAM_UNAUTHORIZED',
    message: 'xAI refused the key.',
    remedy: 'Give a management key.',
    since: 0,
    nextTryAt: 0,
  } as const
  const blocked: AccountStatus = { ...NEVER_READ, account: 'other', state: 'blocked', problems: [problem] }
  const { url } = await startService({ accounts: [NEVER_READ, blocked] })
  expect((await fetch(`${url}/healthz`)).status).toBe(200)
  const response = await fetch(`${url}/readyz`)
  expect(response.status).toBe(503)
  expect(await response.json()).toEqual({
    ready: false,
    reasons: [
      'xai/main: starting, nothing has been read yet',
      'xai/other: UPSTREAM_UNAUTHORIZED: xAI refused the key. Give a management key.',
    ],
  })
})

it('is ready as soon as one account has been read', async () => {
  const { url } = await startService({ accounts: [NEVER_READ, READ] })
  const response = await fetch(`${url}/readyz`)
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({ ready: true, reasons: [] })
})

it('passes parameters on to questions, repeated ones as a list', async () => {
  const { url } = await startService()
  const answer = await fetch(`${url}/api/v1/query?where=team%3Da&where=team%3Db&from=now-1d&__proto__=x`)
  expect(await answer.text()).toBe('{"query":{"where":["team=a","team=b"],"from":"now-1d","__proto__":"x"}}')
  expect(await (await fetch(`${url}/api/v1/summary`)).json()).toEqual({ summary: {} })
  expect(await (await fetch(`${url}/api/v1/sources`)).json()).toEqual({ sources: [] })
})

it('answers /v1/usage with the exact text that it was given', async () => {
  const { url } = await startService()
  const response = await fetch(`${url}/v1/usage?start_date=2026-11-01&end_date=2026-11-02`)
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
  expect(await response.text()).toBe('{"usage":[],"total_cost":0.10}')
})

it("tells an asker's mistake with its code, what is wrong and what to do", async () => {
  const refuse = async (): Promise<never> =>
    Promise.reject(new UsageExplorerError('QUERY_INVALID', 'zone: must be an IANA zone'))
  const { url, failures } = await startService({ questions: { query: refuse } })
  const response = await fetch(`${url}/api/v1/query?zone=Mars`)
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({
    error: { code: 'QUERY_INVALID', message: 'zone: must be an IANA zone' },
  })
  expect(failures).toEqual([])
})

it("keeps a defect's own message for the log", async () => {
  const defect = async (): Promise<never> => Promise.reject(new Error('secret detail'))
  const { url, failures } = await startService({ questions: { summary: defect } })
  const response = await fetch(`${url}/api/v1/summary?who=cares`)
  expect(response.status).toBe(500)
  expect(await response.text()).not.toContain('secret detail')
  expect(failures.map(({ failure, route }) => [failure.code, failure.message, route])).toEqual([
    ['INTERNAL', 'secret detail', '/api/v1/summary'],
  ])
})

it('says that there is nothing at an unknown path, and names no such path in its metrics', async () => {
  const { url } = await startService()
  const response = await fetch(`${url}/unheard-of?here=1`)
  expect(response.status).toBe(404)
  expect(await codeOf(response)).toBe('NOT_FOUND')
  const text = await (await fetch(`${url}/metrics`)).text()
  expect(text).toContain('usage_explorer_http_requests_total{route="none",status="404"} 1\n')
  expect(text).not.toContain('unheard-of')
})

it('sends protective headers with answers and refusals, and does not name its software', async () => {
  const { url } = await startService()
  for (const path of ['/', '/metrics', '/nothing', '/%E0%A4%A']) {
    const { headers } = await fetch(url + path)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-powered-by')).toBeNull()
    expect(headers.get('server')).toBeNull()
  }
})

it('lists where everything is at /, with nothing that runs', async () => {
  const { url } = await startService()
  const response = await fetch(url)
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
  const links = [...(await response.text()).matchAll(/<a href="([^"]+)"/g)].map(([, path]) => path ?? '')
  expect(links.length).toBeGreaterThan(5)
  for (const path of links) {
    expect((await fetch(url + path.replaceAll('&amp;', '&'))).status, path).toBe(200)
  }
})

it('says which address is taken', async () => {
  const { url } = await startService()
  const server = createServer({
    host: '127.0.0.1',
    findToken: () => undefined,
    metrics: createMetrics({ contributors: [], now: Date.now }),
    self: { text: async () => Promise.resolve(''), answered: () => undefined },
    questions: ECHO,
    statusPage: BARE_PAGE,
    accounts: () => [],
    ledger: { sources: () => [] },
    operations: NO_OPERATIONS,
    more: [],
    ingest: NO_INGEST,
    onFailure: () => undefined,
  })
  onTestFinished(() => server.app.close())
  const port = Number(new URL(url).port)
  await expect(listen(server.app, { host: '127.0.0.1', port })).rejects.toMatchObject({
    code: 'LISTEN_FAILED',
  })
})

it('answers a query as CSV, to be saved, where that is asked for', async () => {
  const { url } = await startService()
  const response = await fetch(`${url}/api/v1/query?format=csv&measures=cost`)
  expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8')
  expect(response.headers.get('content-disposition')).toBe('attachment; filename="usage.csv"')
  expect(await response.text()).toBe('start,amount\r\n')
})

it('shows people every route, parameter and error that there is, in one page that needs nothing else', async () => {
  const { url } = await startService()
  const page = await (await fetch(`${url}/docs`)).text()
  const { paths } = (await (await fetch(`${url}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, { parameters?: { name: string }[] }>>
  }
  for (const [path, operations] of Object.entries(paths)) {
    expect(page).toContain(path)
    for (const { parameters = [] } of Object.values(operations)) {
      for (const { name } of parameters) expect(page).toContain(`<code>${name}</code>`)
    }
  }
  expect(page).toContain('QUERY_INVALID')
  expect(page).not.toMatch(/<script|src=|url\(/)
})
