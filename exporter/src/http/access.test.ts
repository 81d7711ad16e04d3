/** Who is let in where: walks the OpenAPI document, so that a new route cannot be forgotten. */
import { describe, expect, it } from 'vitest'
import { codeOf, NEVER_READ, raw, startService } from '../../../test/support/http-service.ts'
import { SCOPES, type Scope, type Token } from '../access/token.ts'
import { UsageExplorerError } from '../errors.ts'

interface Operation {
  readonly security: readonly { readonly token: readonly Scope[] }[]
  readonly 'x-teams'?: 'limited' | 'refused'
}

const token = (scope: Scope, teams?: string[]): Token => {
  return { id: '00000000', scope, teams, name: undefined, createdAt: 0 }
}
const TOKENS: Readonly<Record<string, Token>> = {
  ...Object.fromEntries(SCOPES.map((scope) => [scope, token(scope)])),
  tied: token('read', ['search']),
  tiedAdmin: token('admin', ['search']),
}
const findToken = (text: string): Token | undefined => TOKENS[text]

async function operations(): Promise<{ path: string; method: string; operation: Operation; url: string }[]> {
  const { url } = await startService({ host: '0.0.0.0', findToken })
  const headers = { authorization: 'Bearer admin' }
  const document = (await (await fetch(`${url}/openapi.json`, { headers })).json()) as {
    paths: Record<string, Record<string, Operation>>
  }
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation, url })),
  )
}

const OPEN = ['/healthz', '/readyz']
const MAY: Readonly<Record<Scope, readonly Scope[]>> = {
  metrics: ['metrics', 'read', 'admin'],
  read: ['read', 'admin'],
  ingest: ['ingest', 'admin'],
  admin: ['admin'],
}

describe('beyond loopback', () => {
  it('every path but health needs a token, and one that exists', async () => {
    const all = await operations()
    expect(all.length).toBeGreaterThanOrEqual(9)
    for (const { path, method, url } of all) {
      const bare = await fetch(url + path, { method: method.toUpperCase() })
      if (OPEN.includes(path)) expect(bare.status, path).toBe(200)
      else expect([bare.status, await codeOf(bare)], path).toEqual([401, 'TOKEN_REQUIRED'])
      const wrong = await fetch(url + path, {
        method: method.toUpperCase(),
        headers: { authorization: 'Bearer nobody' },
      })
      expect([wrong.status, await codeOf(wrong)], path).toEqual([401, 'TOKEN_REFUSED'])
    }
  })

  it('every path lets in the scopes that it names and those above, and no other', async () => {
    for (const { path, method, operation, url } of await operations()) {
      const needed = operation.security[0]?.token[0]
      expect(needed === undefined, path).toBe(OPEN.includes(path))
      for (const scope of needed === undefined ? [] : SCOPES) {
        const response = await fetch(url + path, {
          method: method.toUpperCase(),
          headers: { authorization: `Bearer ${scope}` },
        })
        if (MAY[needed ?? 'admin'].includes(scope)) expect(response.status, `${scope} ${path}`).not.toBe(403)
        else expect(await codeOf(response), `${scope} ${path}`).toBe('SCOPE_MISSING')
      }
    }
  })

  it('a token tied to teams is refused where the answer cannot be limited to them', async () => {
    let refused = 0
    for (const { path, method, operation, url } of await operations()) {
      if (operation.security.length === 0) continue
      expect(operation['x-teams'], path).toMatch(/^(limited|refused)$/)
      const response = await fetch(url + path, {
        method: method.toUpperCase(),
        headers: { authorization: 'Bearer tiedAdmin' },
      })
      if (operation['x-teams'] === 'limited') expect(response.status, path).not.toBe(403)
      else expect(await codeOf(response), path).toBe('TEAM_TOKEN_REFUSED')
      refused += response.status === 403 ? 1 : 0
    }
    expect(refused).toBeGreaterThanOrEqual(2)
  })

  it('asks a browser for the token, which it then gives as a password', async () => {
    const { url } = await startService({ host: '0.0.0.0', findToken })
    const asked = await fetch(url)
    expect(asked.headers.get('www-authenticate')).toMatch(/Bearer realm=.*Basic realm=/)
    const authorization = `Basic ${Buffer.from('me:read').toString('base64')}`
    expect((await fetch(url, { headers: { authorization } })).status).toBe(200)
  })

  it('any Host may be named, since the token says who asks', async () => {
    const { url } = await startService({ host: '0.0.0.0', findToken })
    const host = 'usage-explorer.monitoring.svc:9477'
    expect((await raw(`${url}/metrics`, { host, authorization: 'Bearer metrics' })).status).toBe(200)
    expect((await raw(`${url}/healthz`, { host })).status).toBe(200)
  })

  it('/readyz tells accounts and their troubles only to those who may see accounts', async () => {
    const { url } = await startService({ accounts: [NEVER_READ], host: '0.0.0.0', findToken })
    const ask = async (text?: string): Promise<unknown> =>
      (
        await fetch(
          `${url}/readyz`,
          text === undefined ? {} : { headers: { authorization: `Bearer ${text}` } },
        )
      ).json()
    expect(await ask()).toEqual({ ready: false })
    expect(await ask('tied')).toEqual({ ready: false })
    expect(await ask('ingest')).toEqual({ ready: false })
    expect(await ask('metrics')).toEqual({
      ready: false,
      reasons: ['xai/main: starting, nothing has been read yet'],
    })
  })

  it('lets nobody in while tokens cannot be read', async () => {
    const { url, failures } = await startService({
      host: '0.0.0.0',
      findToken: () => {
        throw new UsageExplorerError('TOKENS_FAILED', 'the folder of tokens cannot be used: EACCES')
      },
    })
    const response = await fetch(`${url}/metrics`, { headers: { authorization: 'Bearer metrics' } })
    expect([response.status, await codeOf(response)]).toEqual([503, 'TOKENS_FAILED'])
    expect(failures).toHaveLength(1)
  })
})

describe('on loopback', () => {
  it('reading needs no token, but one that is given counts', async () => {
    const { url } = await startService({ findToken })
    const ask = async (path: string, text: string): Promise<Response> =>
      fetch(url + path, { headers: { authorization: `Bearer ${text}` } })
    expect((await fetch(`${url}/api/v1/sources`)).status).toBe(200)
    expect(await codeOf(await ask('/api/v1/sources', 'nobody'))).toBe('TOKEN_REFUSED')
    expect(await codeOf(await ask('/api/v1/sources', 'metrics'))).toBe('SCOPE_MISSING')
    expect(await codeOf(await ask('/api/v1/sources', 'tied'))).toBe('TEAM_TOKEN_REFUSED')
  })
})

describe('a token tied to teams', () => {
  it('passes its teams on to every question that can be limited', async () => {
    const asked: unknown[] = []
    const note = (teams: unknown): number => asked.push(teams)
    const { url } = await startService({
      findToken,
      questions: {
        query: async (_, teams) => Promise.resolve(String(note(teams))),
        summary: async (_, teams) => Promise.resolve(String(note(teams))),
        usageV1: async (_, teams) => Promise.resolve(`{"noted": ${String(note(teams))}}`),
      },
    })
    const headers = { authorization: 'Bearer tied' }
    for (const path of ['/api/v1/query', '/api/v1/summary', '/v1/usage']) await fetch(url + path, { headers })
    expect(asked).toEqual([['search'], ['search'], ['search']])
  })

  it('gets of /metrics only series that name its team, and nothing of the service itself', async () => {
    const of = (team: string) => ({ labels: { account: 'a', team }, value: 1 })
    const { url } = await startService({
      findToken,
      contribute: () => [
        { name: 'llm_billed_cost_total', samples: [of('search'), of('support'), of('')] },
        { name: 'llm_metered_requests_total', samples: [of('support')] },
        { name: 'llm_account_balance', samples: [{ labels: { account: 'a' }, value: 1 }] },
      ],
    })
    const headers = { authorization: 'Bearer tied' }
    const lines = (await (await fetch(`${url}/metrics`, { headers })).text()).split('\n')
    expect(lines.filter((line) => line !== '' && !line.startsWith('#'))).toEqual([
      'llm_billed_cost_total{account="a",team="search"} 1',
    ])
    expect(lines.filter((line) => line.startsWith('# TYPE'))).toHaveLength(1)
  })
})
