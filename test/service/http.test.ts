/** Everything that is served over HTTP but `/v1/usage`, asked of a running process that has read a simulated account. */
import { execFile, type ExecFileException } from 'node:child_process'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DAY } from '../../exporter/src/clock.ts'
import { startSimulator } from '../../exporter/src/demo/simulator.ts'
import { CATALOGUE } from '../../exporter/src/metrics/catalogue.ts'
import { describeWithBinary } from '../support/binaries.ts'
import { codeOf, raw } from '../support/http-service.ts'
import { useProcesses } from '../support/service-process.ts'
import { costOfDay, dateOf } from '../support/truth.ts'
import { useReadService } from './read-service.ts'

const running = useReadService()
const processes = useProcesses()

async function refusalOf(path: string, status = 400): Promise<unknown> {
  const response = await running().service.get(path)
  expect(response.status).toBe(status)
  return codeOf(response)
}

describe('health', () => {
  it('/healthz says that the process answers', async () => {
    const response = await running().service.get('/healthz')
    expect([response.status, await response.json()]).toEqual([200, { alive: true }])
  })

  it('/readyz says that there is data', async () => {
    const response = await running().service.get('/readyz')
    expect([response.status, await response.json()]).toEqual([200, { ready: true, reasons: [] }])
  })

  it('/readyz says that nothing was read yet while the provider keeps it waiting', async () => {
    const hanging = await startSimulator({ now: Date.now, intercept: () => 'hang' })
    try {
      const env = { XAI_MANAGEMENT_KEY: hanging.managementKey, XAI_MANAGEMENT_URL: hanging.url }
      const waiting = processes.start(processes.folder(), env)
      const response = await waiting.get('/readyz')
      const reasons = ['xai/xai: starting, nothing has been read yet']
      expect([response.status, await response.json()]).toEqual([503, { ready: false, reasons }])
      expect((await waiting.get('/healthz')).status).toBe(200)
    } finally {
      await hanging.close()
    }
  })
})

describe('/metrics', () => {
  it('is the text format, gzipped for those who take it', async () => {
    const plain = await raw(`${running().url}/metrics`, { host: '127.0.0.1' })
    expect(plain.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(plain.headers['content-encoding']).toBeUndefined()
    const packed = await raw(`${running().url}/metrics`, { host: '127.0.0.1', 'accept-encoding': 'gzip' })
    expect(packed.headers['content-encoding']).toBe('gzip')
    const families = (text: string): string[] => text.match(/^# TYPE .*$/gm) ?? []
    expect(families(gunzipSync(packed.body).toString())).toEqual(families(plain.body.toString()))
  })

  it('holds nothing that the catalogue does not document, label by label', async () => {
    const text = await running().service.text('/metrics')
    const found = new Map(
      [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => [name, type]),
    )
    expect(found.size).toBeGreaterThan(25)
    for (const [name, type] of found) {
      const spec = CATALOGUE.find((one) => one.name === name)
      expect(spec, name).toMatchObject({ type })
      expect(text).toContain(`# HELP ${name} ${spec?.help ?? ''}\n`)
      const sample = new RegExp(`^${name}(?:_bucket|_sum|_count)?(?:\\{(.*)\\})? \\S+$`, 'gm')
      for (const [, written = ''] of text.matchAll(sample)) {
        const labels = [...written.matchAll(/([a-z_]+)="(?:[^"\\]|\\.)*"/g)].map(([, label]) => label)
        const own = type === 'histogram' ? labels.filter((label) => label !== 'le') : labels
        expect(spec?.labels, name).toEqual(expect.arrayContaining(own))
      }
    }
    const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    const families = [...found.keys()]
    expect(
      samples.filter((line) => {
        const name = /^[a-z_]+/.exec(line)?.[0] ?? line
        return !families.includes(name.replace(/_(?:bucket|sum|count)$/, '')) && !families.includes(name)
      }),
    ).toEqual([])
  })

  it('names no series twice', async () => {
    const text = await running().service.text('/metrics')
    const series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    const names = series.map((line) => line.slice(0, line.lastIndexOf(' ')))
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([])
  })

  describeWithBinary('promtool', 'prometheus', (promtool) => {
    it('finds nothing to complain about', async () => {
      const text = await running().service.text('/metrics')
      const complaints = await new Promise<[ExecFileException | null, string]>((resolve) => {
        const child = execFile(promtool, ['check', 'metrics'], (error, stdout, stderr) =>
          resolve([error, stdout + stderr]),
        )
        child.stdin?.end(text)
      })
      expect(complaints).toEqual([null, ''])
    })
  })
})

describe('/api/v1', () => {
  it('query answers with exact decimals, what it was read from and how old that is', async () => {
    const day = running().settled.at(-1) ?? ''
    const answer = await running().service.json(
      `/api/v1/query?from=${day}&to=${day}&granularity=hour&group_by=team`,
    )
    expect(answer).toMatchObject({
      from: `${day}T00:00:00.000Z`,
      to: dateOf(Date.parse(day) + DAY) + 'T00:00:00.000Z',
      zone: 'UTC',
      granularity: 'hour',
      totals: [
        {
          measure: 'cost',
          currency: 'USD',
          amount: costOfDay(running().simulator.model, day).get(''),
          state: 'complete',
        },
      ],
      notices: [],
      sources: [{ provider: 'xai', account: 'main', source: 'xai.billing.usage', kind: 'billed' }],
    })
    expect((answer as { totals: { points: unknown[] }[] }).totals[0]?.points).toHaveLength(24)
  })

  it('query says what xAI does not report instead of 0', async () => {
    const day = running().settled.at(-1) ?? ''
    const path = `/api/v1/query?from=${day}&to=${day}&measures=requests,errors`
    const { totals, notices } = (await running().service.json(path)) as { totals: unknown; notices: unknown }
    expect(totals).toMatchObject([
      { measure: 'requests', amount: null },
      { measure: 'errors', amount: null },
    ])
    expect(notices).toMatchObject([
      { code: 'not_reported', measure: 'requests' },
      { code: 'not_reported', measure: 'errors' },
    ])
  })

  it('summary adds up what query answers for the same days', async () => {
    const summary = (await running().service.json('/api/v1/summary')) as {
      yesterday: { from: string; to: string; totals: { measure: string; amount: string }[] }
    }
    const { from, to, totals } = summary.yesterday
    const { totals: asked } = (await running().service.json(`/api/v1/query?from=${from}&to=${to}`)) as {
      totals: { amount: string }[]
    }
    expect(totals.find(({ measure }) => measure === 'cost')?.amount).toBe(asked[0]?.amount)
  })

  it('sources tell how fresh and complete each is', async () => {
    const { sources } = (await running().service.json('/api/v1/sources')) as {
      sources: Record<string, unknown>[]
    }
    const billed = sources.find(({ source }) => source === 'xai.billing.usage')
    expect(billed).toMatchObject({ account: 'main', kind: 'billed', complete: true, lag_seconds: 3600 })
    expect(billed?.['age_seconds']).toBeLessThan(300)
  })

  it.each([
    ['/api/v1/query?zone=Asia/Kolkata&granularity=day', 'QUERY_ZONE_UNSUPPORTED'],
    ['/api/v1/query?from=now&to=now-1h', 'QUERY_INVALID'],
    ['/api/v1/query?group_by=model,team,api_key', 'QUERY_INVALID'],
    ['/api/v1/query?from=2000-01-01&granularity=hour', 'QUERY_INVALID'],
    ['/api/v1/summary?from=now', 'QUERY_INVALID'],
  ])('%s is refused with %s', async (path, code) => {
    expect(await refusalOf(path)).toBe(code)
  })
})

describe('what comes from outside', () => {
  it('a provider’s key is refused, and nothing of it is logged', async () => {
    const key = 'xai-NeverLoggedNorRepeated'
    const path = '/v1/usage?start_date=2026-01-01&end_date=2026-01-31'
    for (const headers of [{ authorization: `Bearer ${key}` }, { 'x-api-key': key }]) {
      const response = await running().service.get(path, { headers })
      expect(response.status).toBe(401)
      const text = await response.text()
      expect(text).toContain('PROVIDER_KEY_REFUSED')
      expect(text).not.toContain('NeverLogged')
    }
    expect(running().service.output).not.toContain('NeverLogged')
    expect(await running().service.text('/metrics')).not.toContain('NeverLogged')
  })

  it('a Host that is not its own is refused', async () => {
    for (const host of ['evil.example', 'evil.example:9477', '127.0.0.1.evil.example']) {
      const { status, body } = await raw(`${running().url}/metrics`, { host })
      expect([status, body.toString()]).toEqual([421, expect.stringContaining('HOST_REFUSED')])
    }
    for (const host of ['localhost', 'localhost:9477', '[::1]', '127.0.0.1:1']) {
      expect((await raw(`${running().url}/healthz`, { host })).status).toBe(200)
    }
  })

  it('questions are taken by GET and HEAD only', async () => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      for (const path of ['/metrics', '/api/v1/query', '/v1/usage', '/']) {
        const response = await running().service.get(path, { method })
        expect([method, path, response.status]).toEqual([method, path, 405])
        expect(await codeOf(response)).toBe('METHOD_REFUSED')
      }
    }
  })

  it('HEAD answers like GET without a body', async () => {
    const day = running().settled[0] ?? ''
    const usage = `/v1/usage?start_date=${day}&end_date=${day}`
    for (const path of ['/metrics', '/healthz', '/readyz', '/api/v1/query', '/api/v1/summary', usage]) {
      const head = await running().service.get(path, { method: 'HEAD' })
      expect([path, head.status, await head.text()]).toEqual([path, 200, ''])
    }
  })

  it('rubbish in parameters is a coded refusal or an answer, never a failure', async () => {
    const words = fc.constantFrom(
      ...[
        '',
        'cost',
        'tokens',
        'model',
        'team',
        'UTC',
        'Europe/Berlin',
        'day',
        'hour',
        'auto',
        'now',
        'now-7d',
      ],
      ...['2026-02-30', '2026-11-01', '9999-12-31', '0000-01-01', '2026-11-01T08:00:00Z', 'now-99999w', '-1'],
      ...['1000', '1e3', 'team=search', 'team=', '=', 'model=a=b', "'; DROP TABLE fact; --", '%00', '\u0000'],
      ...['__proto__', 'constructor', '١', 'NaN', 'Infinity', '../../etc/passwd', '{}', '[]', 'null'],
    )
    const value = fc.oneof({ weight: 3, arbitrary: words }, fc.string({ unit: 'grapheme' }))
    const name = fc.oneof(
      {
        weight: 9,
        arbitrary: fc.constantFrom(
          ...['from', 'to', 'zone', 'granularity', 'measures', 'group_by', 'where', 'top'],
          ...['start_date', 'end_date', 'account'],
        ),
      },
      fc.string(),
    )
    const path = fc.constantFrom('/api/v1/query', '/api/v1/summary', '/api/v1/sources', '/v1/usage')
    const written = fc.oneof(
      { weight: 4, arbitrary: fc.array(fc.tuple(name, value), { maxLength: 5 }).map(encoded) },
      // Not even percent-encoding holds.
      fc
        .array(fc.constantFrom('a=%', '%E0%A4%A', '&&', '==', '?', 'from=%zz', '+', '%00=1'))
        .map((parts) => parts.join('&')),
    )
    await fc.assert(
      fc.asyncProperty(path, written, async (route, query) => {
        const response = await fetch(`${running().url}${route}?${query}`)
        expect([200, 400, 414]).toContain(response.status)
        if (response.status === 200) await response.json()
        else expect(await codeOf(response)).toMatch(/^(QUERY|REQUEST)_/)
      }),
      { numRuns: 400 },
    )
    expect(running().service.log.filter(({ level }) => level === 'error')).toEqual([])
  })
})

function encoded(pairs: readonly (readonly [string, string])[]): string {
  return pairs.map((pair) => pair.map((part) => encodeURIComponent(part)).join('=')).join('&')
}
