/** The push to an OTLP endpoint says what /metrics says, and never gets in the way. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startSimulator, type Simulator } from '../../exporter/src/demo/simulator.ts'
import { startOtlpReceiver, type OtlpReceiver, type Push } from '../support/otlp-receiver.ts'
import { useProcesses, type Running } from '../support/service-process.ts'

const processes = useProcesses()
let simulator: Simulator
let receiver: OtlpReceiver
let service: Running

beforeAll(async () => {
  simulator = await startSimulator({ now: Date.now })
  receiver = await startOtlpReceiver()
  service = processes.start(processes.folder(), {
    XAI_MANAGEMENT_KEY: simulator.managementKey,
    XAI_MANAGEMENT_URL: simulator.url,
    USAGE_EXPLORER_OTLP_ENDPOINT: receiver.url,
    USAGE_EXPLORER_OTLP_INTERVAL: '1s',
    USAGE_EXPLORER_OTLP_HEADERS: 'authorization=Bearer%20push-secret,x-scope=a',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
  })
  await service.backfilled()
})
afterAll(async () => {
  await simulator.close()
  await receiver.close()
})

async function next(): Promise<readonly Push[]> {
  const before = receiver.pushes.length
  await service.eventually('another push', async () => Promise.resolve(receiver.pushes.length > before + 1))
  return receiver.pushes.slice(before)
}

/** Series as text, those that change from second to second left out. */
function seriesOf(exposition: string): Map<string, number> {
  const series = new Map<string, number>()
  for (const line of exposition.split('\n')) {
    const [, name = '', labels = '', value] = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
    if (!name.startsWith('llm_')) continue
    const pairs = [...labels.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)].map(
      ([, label, text]) => `${label}=${text}`,
    )
    series.set(`${name} ${pairs.sort().join(' ')}`, Number(value))
  }
  return series
}

describe('a push', () => {
  it('carries every series of /metrics with the same labels and values, and no other', async () => {
    await service.eventually('a push says what /metrics says', async () => {
      const scraped = seriesOf(await service.text('/metrics'))
      const [push] = await next()
      const pushed = new Map(
        (push?.points ?? [])
          .filter(({ name }) => name.startsWith('llm_'))
          .map(({ name, labels, value }) => {
            const pairs = Object.entries(labels).map(([label, text]) => `${label}=${text}`)
            return [`${name} ${pairs.sort().join(' ')}`, value]
          }),
      )
      if (scraped.size < 100 || pushed.size !== scraped.size) return false
      // An age differs from second to second.
      return [...scraped].every(
        ([series, value]) =>
          pushed.get(series) === value || (series.includes('_age_seconds ') && pushed.has(series)),
      )
    })
  })

  it('says which are sums that only grow, since when, and who sends', async () => {
    const push = (await next()).at(-1)
    expect(push?.path).toBe('/v1/metrics')
    expect(push?.headers).toMatchObject({ authorization: 'Bearer push-secret', 'x-scope': 'a' })
    expect(push?.resource).toMatchObject({
      'service.name': 'usage-explorer',
      'deployment.environment.name': 'test',
    })
    const points = push?.points ?? []
    const counter = points.find(({ name }) => name === 'llm_billed_cost_total')
    expect(counter).toMatchObject({ kind: 'sum', monotonic: true, cumulative: true })
    expect(counter?.startAt).toBeGreaterThan(Date.now() - 600_000)
    expect(points.find(({ name }) => name === 'llm_usage_window_cost')?.kind).toBe('gauge')
    const names = new Set(points.map(({ name }) => name))
    for (const name of [
      'usage_explorer_build_info',
      'usage_explorer_polls_total',
      'usage_explorer_poll_duration_seconds',
    ]) {
      expect(names).toContain(name)
    }
  })

  it('that fails is logged once with its code, counted, and goes on when the endpoint is back', async () => {
    receiver.answer = 500
    const line = await service.logged('could not be pushed')
    expect(line).toMatchObject({ level: 'warn', err: { code: 'PUSH_FAILED' } })
    await next()
    await next()
    expect(service.log.filter(({ msg }) => msg.includes('could not be pushed'))).toHaveLength(1)
    expect(
      (await service.samples('usage_explorer_otlp_pushes_total')).get('{outcome="failed"}'),
    ).toBeGreaterThan(1)
    receiver.answer = 200
    await service.logged('pushed again')
    expect(service.output).not.toContain('push-secret')
  })

  it('is sent once more at the end, which an endpoint that hangs does not hold up', async () => {
    const before = receiver.pushes.length
    const startedAt = performance.now()
    receiver.answer = 'hang'
    expect(await service.stop()).toEqual({ code: 0, signal: null })
    expect(performance.now() - startedAt).toBeLessThan(10_000)
    expect(receiver.pushes.length).toBeGreaterThanOrEqual(before)
  })
})

it('with headers goes to no address where they could be overheard', async () => {
  const refused = processes.start(processes.folder(), {
    USAGE_EXPLORER_OTLP_ENDPOINT: 'http://collector.example:4318',
    USAGE_EXPLORER_OTLP_HEADERS: 'authorization=hidden-value',
  })
  expect((await refused.ended).code).toBe(2)
  expect(refused.output).toContain('USAGE_EXPLORER_OTLP_ENDPOINT: must be https where headers are sent along')
  expect(refused.output).not.toContain('hidden')
})
