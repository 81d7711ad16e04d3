import { execFile, type ExecFileException } from 'node:child_process'
import { gunzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { describeWithBinary } from '../../../test/support/binaries.ts'
import { everything, raw, startService } from '../../../test/support/http-service.ts'
import { UsageExplorerError } from '../errors.ts'
import { CATALOGUE } from '../metrics/catalogue.ts'

it('serves metrics in the text format, the service itself last', async () => {
  const { url } = await startService()
  const response = await fetch(`${url}/metrics`)
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  const text = await response.text()
  const families = [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name)
  expect(families.slice(0, 2)).toEqual(['llm_billed_cost_total', 'llm_billed_cost_held'])
  expect(families.findIndex((name) => name?.startsWith('usage_explorer_'))).toBe(
    CATALOGUE.findIndex(({ group }) => group === 'The service itself'),
  )
})

it.each([
  ['gzip, deflate', true],
  ['GZIP;q=0.5', true],
  ['*', true],
  ['gzip;q=0', false],
  ['gzip;q=0, *', false],
  ['identity', false],
])('compresses metrics for "Accept-Encoding: %s": %s', async (accepted, compressed) => {
  const { url } = await startService()
  const { headers, body } = await raw(`${url}/metrics`, { 'accept-encoding': accepted })
  expect(headers['content-encoding']).toBe(compressed ? 'gzip' : undefined)
  expect(headers.vary).toBe('accept-encoding')
  expect((compressed ? gunzipSync(body) : body).toString()).toContain('# TYPE llm_billed_cost_total counter')
})

it('answers a failed collection with 500 and the reason, never with half of the series', async () => {
  let broken = true
  const { url, failures } = await startService({
    contribute: (now) => {
      if (broken) throw new UsageExplorerError('LEDGER_FAILED', 'the ledger is away')
      return everything(now)
    },
  })
  const response = await fetch(`${url}/metrics`)
  expect(response.status).toBe(500)
  expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8')
  expect(await response.text()).toMatch(/^LEDGER_FAILED: the ledger is away\n/)
  expect(failures.map(({ failure, route }) => [failure.code, route])).toEqual([['LEDGER_FAILED', '/metrics']])
  broken = false
  expect((await fetch(`${url}/metrics`)).status).toBe(200)
})

it('keeps to itself what a defect says, which nobody vouches for', async () => {
  const { url, failures } = await startService({
    contribute: () => {
      throw new Error('row of customer 7')
    },
  })
  expect(await (await fetch(`${url}/metrics`)).text()).toMatch(/^INTERNAL: A defect of this service\.\n/)
  expect(failures[0]?.failure.message).toBe('row of customer 7')
})

it('collects once for scrapes that come at the same time', async () => {
  let collections = 0
  let release = (): void => undefined
  const gate = new Promise<void>((resolve) => (release = resolve))
  const arrived: (() => void)[] = []
  const { url } = await startService({
    contribute: async (now) => {
      collections++
      arrived.forEach((tell) => tell())
      await gate
      return everything(now)
    },
  })
  const began = new Promise<void>((resolve) => arrived.push(resolve))
  const first = fetch(`${url}/metrics`)
  await began
  const second = fetch(`${url}/metrics`)
  // Answered after the second scrape has been read from its socket, as both came before it.
  await fetch(`${url}/healthz`)
  release()
  const texts = await Promise.all([first, second].map(async (response) => (await response).text()))
  expect(texts.every((text) => text.includes('llm_billed_cost_total'))).toBe(true)
  expect(collections).toBe(1)
})

it('keeps serving after a scraper hung up in the middle of a large answer', async () => {
  const samples = Array.from({ length: 30_000 }, (_, index) => ({
    labels: { provider: 'xai', account: 'main', api_key: `key-${index}`, team: 'some team' },
    value: index,
  }))
  const { url } = await startService({ contribute: () => [{ name: 'llm_metered_requests_total', samples }] })
  const aborter = new AbortController()
  const response = await fetch(`${url}/metrics`, { signal: aborter.signal })
  await response.body?.getReader().read()
  aborter.abort()
  const text = await (await fetch(`${url}/metrics`)).text()
  expect(text.match(/^llm_metered_requests_total\{/gm)).toHaveLength(30_000)
})

describeWithBinary('promtool', 'prometheus', (promtool) => {
  it('finds nothing to complain about in the metrics', async () => {
    const { url } = await startService()
    await fetch(`${url}/healthz`)
    const text = await (await fetch(`${url}/metrics`)).text()
    const complaints = await new Promise<[ExecFileException | null, string]>((resolve) => {
      const child = execFile(promtool, ['check', 'metrics'], (error, stdout, stderr) =>
        resolve([error, stdout + stderr]),
      )
      child.stdin?.end(text)
    })
    expect(complaints).toEqual([null, ''])
  })
})
