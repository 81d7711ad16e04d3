/** Tokens against a running service with a simulated account: who sees which money, over every question. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createToken, revokeToken } from '../../exporter/src/access/tokens.ts'
import type { Scope } from '../../exporter/src/access/token.ts'
import { startSimulator, type Simulator } from '../../exporter/src/demo/simulator.ts'
import { codeOf } from '../support/http-service.ts'
import { samplesOf, useProcesses, type Running } from '../support/service-process.ts'

const CONFIG = `
listen: 0.0.0.0:0
data_dir: data
accounts:
  - name: main
    provider: xai
    key_env: THE_KEY
    url: UPSTREAM
  - name: elsewhere
    provider: xai
    key_env: THE_KEY
    url: http://127.0.0.1:1
keys:
  - match: search-*
    team: search
  - match: support-bot-*
    team: support
`

const processes = useProcesses()
let simulator: Simulator
let service: Running
let dataDir = ''
let url = ''

beforeAll(async () => {
  simulator = await startSimulator({ now: Date.now })
  const folder = processes.folder()
  dataDir = join(folder, 'data')
  writeFileSync(join(folder, 'config.yaml'), CONFIG.replace('UPSTREAM', simulator.url))
  service = processes.start(folder, { THE_KEY: simulator.managementKey, USAGE_EXPLORER_LISTEN: '' }, [
    '--config',
    'config.yaml',
  ])
  url = `http://127.0.0.1:${new URL(await service.url()).port}`
  const metrics = token('metrics')
  await service.eventually('the history is read', async () => {
    const ratios = samplesOf(await (await ask('/metrics', metrics)).text(), 'usage_explorer_backfill_ratio')
    return [...ratios].some(([labels, ratio]) => labels.includes('main') && ratio === 1)
  })
})
afterAll(() => simulator.close())

function token(scope: Scope, teams?: readonly string[]): string {
  return createToken(dataDir, { scope, teams, name: undefined, now: Date.now() }).text
}

async function ask(path: string, text: string): Promise<Response> {
  return fetch(url + path, { headers: { authorization: `Bearer ${text}` } })
}

async function json<T>(path: string, text: string): Promise<T> {
  const response = await ask(path, text)
  expect(response.status, path).toBe(200)
  return (await response.json()) as T
}

describe('a token tied to a team', () => {
  it.each([
    '/api/v1/query?from=now-30d&measures=cost,tokens',
    '/api/v1/query?from=now-30d&group_by=api_key,model',
    '/api/v1/summary?zone=UTC',
  ])('is told by %s what everybody is told of that team alone', async (path) => {
    const separator = path.includes('?') ? '&' : '?'
    const limited = await json<{ series?: object[]; totals?: object[] }>(path, token('read', ['search']))
    const filtered = await json<{ series?: object[]; totals?: object[] }>(
      `${path}${separator}where=team%3Dsearch`,
      token('read'),
    )
    expect(limited.series).toEqual(filtered.series)
    expect(limited.totals).toEqual(filtered.totals)
    expect(JSON.stringify(limited)).not.toContain('support')
  })

  it('cannot widen its view by a filter, nor learn of accounts that its team has no part in', async () => {
    const tied = token('read', ['search'])
    const others = await json<{ totals: { amount: string | null }[] }>(
      '/api/v1/query?from=now-30d&where=team%3Dsupport',
      tied,
    )
    expect(others.totals.every(({ amount }) => amount === '0' || amount === null)).toBe(true)
    const refused = await ask('/api/v1/query?where=account%3Dnone', tied)
    const text = await refused.text()
    expect(refused.status).toBe(400)
    expect(text).not.toContain('elsewhere')
    expect(await (await ask('/api/v1/query?from=now-1d', tied)).text()).not.toContain('elsewhere')
    expect(await (await ask('/api/v1/query?from=now-1d', token('read'))).text()).toContain('elsewhere')
  })

  it('of several teams sees their sum, over /v1/usage too', async () => {
    const day = new Date(Date.now() - 3 * 86_400_000).toISOString().slice(0, 10)
    const path = `/v1/usage?start_date=${day}&end_date=${day}&group_by=team`
    interface Usage {
      readonly usage: readonly { readonly team: string; readonly cost: number }[]
    }
    const all = await json<Usage>(path, token('read'))
    const both = await json<Usage>(path, token('read', ['search', 'support']))
    expect(all.usage.length).toBeGreaterThan(2)
    expect(both.usage).toEqual(all.usage.filter(({ team }) => ['search', 'support'].includes(team)))
    const one = await json<Usage>(path, token('read', ['support']))
    expect(one.usage.map(({ team }) => team)).toEqual(['support'])
  })

  it('sees of /metrics the series of its team, with the same values', async () => {
    const name = 'llm_usage_window_cost'
    const all = samplesOf(await (await ask('/metrics', token('metrics'))).text(), name)
    const tied = await (await ask('/metrics', token('metrics', ['search']))).text()
    const theirs = [...all.keys()].filter((labels) => labels.includes('team="search"'))
    expect(theirs.length).toBeGreaterThan(0)
    expect([...samplesOf(tied, name).keys()]).toEqual(theirs)
    expect(tied).not.toMatch(/team="(?!search")|usage_explorer_|llm_source_|llm_account_/)
  })
})

it('a token is let in as soon as it is made, and out as soon as it is revoked', async () => {
  const { token: made, text } = createToken(dataDir, {
    scope: 'read',
    teams: undefined,
    name: undefined,
    now: Date.now(),
  })
  expect((await ask('/api/v1/sources', text)).status).toBe(200)
  revokeToken(dataDir, made.id)
  expect(await codeOf(await ask('/api/v1/sources', text))).toBe('TOKEN_REFUSED')
})

it('says at the start that tokens cross the network unprotected, and that there is none yet', () => {
  const warnings = service.log.filter(({ level }) => level === 'warn').map(({ msg }) => msg)
  expect(warnings).toContainEqual(expect.stringContaining('tls.cert_file'))
  expect(warnings).toContainEqual(expect.stringContaining('token create'))
})

it('writes no token, no hash and no provider key into any log line or answer', async () => {
  const texts = (['metrics', 'read', 'ingest', 'admin'] as const).map((scope) => token(scope))
  const answers: string[] = []
  for (const text of [...texts, 'ue_00000000_not-to-be-repeated']) {
    for (const path of [
      '/',
      '/metrics',
      '/readyz',
      '/api/v1/query?where=not-to-be-repeated',
      `/api/v1/query?x=${text}`,
      '/no',
    ]) {
      answers.push(await (await ask(path, text)).text())
    }
  }
  answers.push(await (await ask('/metrics', simulator.managementKey)).text())
  const everything = [service.output, ...answers].join('\n')
  for (const secret of [...texts, simulator.managementKey, 'not-to-be-repeated'])
    expect(everything).not.toContain(secret)
  expect(everything).not.toMatch(/sha256|[0-9a-f]{64}/)
})
