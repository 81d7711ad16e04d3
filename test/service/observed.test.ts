/** What the running service answers about what apps observe: the demo, whose apps send all the time. */
import { beforeAll, describe, expect, it } from 'vitest'
import { useProcesses, type Running } from '../support/service-process.ts'

const processes = useProcesses()
let folder: string
let service: Running

interface Comparison {
  readonly name: string | null
  readonly reference: string
  readonly observed: string
  readonly gap: string
  readonly coverage_ratio: number | null
  readonly days: readonly { readonly day: string; readonly reference: string; readonly observed: string }[]
}
interface Reconciled {
  readonly measure: string
  readonly not_compared: string | null
  readonly comparisons: readonly Comparison[]
  readonly likely_causes: readonly { readonly code: string; readonly message: string }[]
}

/** Resolves once the apps have sent the past and the present. */
async function caughtUp(of: Running): Promise<void> {
  await of.backfilled()
  await of.eventually('the apps have caught up', async () => {
    const { sources } = (await of.json('/api/v1/sources')) as {
      sources: { source: string; watermark: string | null }[]
    }
    const watermark = sources.find(({ source }) => source === 'otlp')?.watermark
    return watermark != null && Date.parse(watermark) > Date.now() - 120_000
  })
}

beforeAll(async () => {
  folder = processes.folder()
  service = processes.start(folder)
  await caughtUp(service)
})

async function reconciliation(query: string): Promise<Reconciled> {
  const { accounts } = (await service.json(`/api/v1/reconciliation${query}`)) as { accounts: Reconciled[] }
  const cost = accounts.find(({ measure }) => measure === 'cost')
  if (cost === undefined) throw new Error('cost is not compared')
  return cost
}

describe('reconciliation', () => {
  it('tells the gap of each key, and why there is one', async () => {
    const { comparisons, likely_causes: causes } = await reconciliation('?by=api_key')
    const of = (name: string) => comparisons.find((one) => one.name === name)
    expect(of('data-pipeline-prod')).toMatchObject({ gap: '0', coverage_ratio: 1 })
    expect(of('support-bot-prod')?.coverage_ratio).toBeCloseTo(0.94, 2)
    expect(of('research-agent-dev')).toMatchObject({ observed: '0', coverage_ratio: 0 })
    expect(causes.map(({ code }) => code)).toEqual(['key_never_observed', 'aborted_streams'])
    expect(causes[0]?.message).toContain('research-agent-dev')
  })

  it('compares whole days that both sides have settled, and days add up to the whole', async () => {
    const { comparisons } = await reconciliation('?from=now-5d')
    const [whole] = comparisons
    const today = new Date().toISOString().slice(0, 10)
    expect(whole?.days.length).toBeGreaterThanOrEqual(4)
    expect(whole?.days.map(({ day }) => day)).not.toContain(today)
    const sum = (whole?.days ?? []).reduce((all, { reference }) => all + Number(reference), 0)
    expect(sum).toBeCloseTo(Number(whole?.reference), 6)
  })

  it('says why tokens cannot be compared', async () => {
    const { accounts } = (await service.json('/api/v1/reconciliation')) as { accounts: Reconciled[] }
    const tokens = accounts.find(({ measure }) => measure === 'tokens')
    expect(tokens?.not_compared).toMatch(/settled/)
  })

  it('is published for the account that asks for it', async () => {
    const billed = [...(await service.samples('llm_reconciliation_billed')).values()]
    const coverage = [...(await service.samples('llm_reconciliation_coverage_ratio')).values()]
    expect(billed).toHaveLength(1)
    expect(coverage[0]).toBeGreaterThan(0.3)
    expect(coverage[0]).toBeLessThan(0.95)
  })
})

describe('live', () => {
  interface Live {
    readonly totals: {
      readonly requests_per_second: number
      readonly active_requests: number
      readonly error_ratio: number | null
    }
    readonly by: Readonly<Record<string, readonly { readonly id: string }[]>>
  }

  it('tells rates by service and team as JSON', async () => {
    const headers = { accept: 'application/json' }
    await service.eventually('calls are under way', async () => {
      const { totals } = (await (await service.get('/api/v1/live?window=300', { headers })).json()) as Live
      return totals.requests_per_second > 0
    })
    const live = (await (await service.get('/api/v1/live?window=300', { headers })).json()) as Live
    expect(live.totals.active_requests).toBeGreaterThan(0)
    expect(live.by['service']?.map(({ id }) => id)).toContain('search-api')
    expect(live.by['team']?.map(({ id }) => id)).toContain('search')
  })

  it('goes on as server-sent events, at least every two seconds', async () => {
    const abort = new AbortController()
    const response = await service.get('/api/v1/live', { signal: abort.signal })
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    const times: number[] = []
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    while (times.length < 3) {
      const { value = '' } = (await reader?.read()) ?? {}
      for (const line of value.split('\n')) {
        if (line.startsWith('data:')) times.push(Date.parse((JSON.parse(line.slice(5)) as { at: string }).at))
      }
    }
    abort.abort()
    const [first = 0, second = 0, third = 0] = times
    expect(second - first).toBeGreaterThan(500)
    expect(third - second).toBeLessThan(4000)
  })

  it.each(['window=5', 'window=x', 'windows=60'])('refuses %s', async (query) => {
    expect((await service.get(`/api/v1/live?${query}`)).status).toBe(400)
  })
})

describe('a check in one line', () => {
  it('tells totals, this month, by provider and by model', async () => {
    const usage = (await service.json('/api/v1/user/usage')) as {
      total_cost: number
      total_requests: number
      current_period: { cost: number; period_start: string; period_end: string }
      by_provider: Record<string, { cost: number }>
      by_model: Record<string, { cost: number; requests: number | null }>
    }
    expect(usage.total_cost).toBeGreaterThan(usage.current_period.cost)
    expect(usage.total_requests).toBeGreaterThan(1000)
    expect(usage.current_period.period_start.slice(8)).toBe('01T00:00:00.000Z')
    expect(Object.keys(usage.by_provider)).toEqual(['xai'])
    expect(usage.by_provider['xai']?.cost).toBe(usage.total_cost)
    expect(Object.keys(usage.by_model)).toContain('grok-4-0709')
  })

  it('is what getUsage() of the library asks for', async () => {
    const { getUsage } = await import('../../instrumentation/src/index.ts')
    const usage = await getUsage({ endpoint: await service.url() })
    expect(usage.currency).toBe('USD')
    expect(usage.current_period.cost).toBeGreaterThan(0)
    await expect(getUsage({ endpoint: 'http://127.0.0.1:1' })).rejects.toThrow()
  })
})

describe('the demo’s apps', () => {
  it('are in the metrics, with errors, latency and what is left of limits', async () => {
    for (const name of [
      'llm_observed_tokens_total',
      'llm_observed_requests_total',
      'llm_observed_request_duration_seconds_count',
      'llm_observed_time_to_first_token_seconds_count',
      'llm_observed_active_requests',
      'llm_observed_rate_limit_remaining',
    ]) {
      expect((await service.samples(name)).size, name).toBeGreaterThan(0)
    }
    expect(await service.text('/metrics')).toContain('error_type="aborted"')
  })

  it('go on after a restart where they were: nothing is counted twice', async () => {
    // Hours that were over before the restart.
    const path = '/api/v1/query?measures=requests&from=now-3d&to=now-1d&granularity=day&group_by=service'
    const before = await service.json(path)
    await service.stop()
    service = processes.start(folder)
    await caughtUp(service)
    const figures = (answer: unknown) => (answer as { series: unknown[] }).series
    expect(figures(await service.json(path))).toEqual(figures(before))
    const live = '/api/v1/reconciliation?by=api_key'
    const again = (await service.json(live)) as { accounts: Reconciled[] }
    expect(again.accounts[0]?.comparisons.find(({ name }) => name === 'data-pipeline-prod')).toMatchObject({
      gap: '0',
    })
  })
})
