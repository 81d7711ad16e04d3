import { parseJson } from '@usage-explorer/core/json'
import { formatAmount } from '@usage-explorer/core/amount'
import { afterEach, describe, expect, it } from 'vitest'
import { DAY, HOUR } from '../clock.ts'
import { demoMappings } from './mappings.ts'
import { startSimulator, type Simulator, type SimulatorOptions } from './simulator.ts'

const NOW = Date.UTC(2026, 10, 20, 12, 34, 56)
const NOT_ASKED_FOR = '00000000-0000-4000-8000-000000000000'

let running: Simulator[] = []

afterEach(async () => {
  await Promise.all(running.map((simulator) => simulator.close()))
  running = []
})

async function start(options: Partial<SimulatorOptions> = {}): Promise<Simulator> {
  const simulator = await startSimulator({ now: () => NOW, ...options })
  running.push(simulator)
  return simulator
}

function get(simulator: Simulator, path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${simulator.url}${path.replace('TEAM', simulator.teamId)}`, {
    headers: { authorization: `Bearer ${simulator.managementKey}`, ...headers },
  })
}

interface UsageBody {
  timeRange: Record<string, unknown>
  timeUnit: string
  values: unknown
  groupBy: readonly string[]
  filters?: unknown
}

const ONE_DAY = { startTime: '2026-11-19 00:00:00', endTime: '2026-11-20 00:00:00', timezone: 'Etc/GMT' }
const PLAIN: UsageBody = {
  timeRange: ONE_DAY,
  timeUnit: 'TIME_UNIT_HOUR',
  values: [{ name: 'usd', aggregation: 'AGGREGATION_SUM' }],
  groupBy: ['description'],
  filters: [],
}

function usage(simulator: Simulator, body: Partial<UsageBody> = {}): Promise<Response> {
  return fetch(`${simulator.url}/v1/billing/teams/${simulator.teamId}/usage`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${simulator.managementKey}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ analyticsRequest: { ...PLAIN, ...body } }),
  })
}

describe('access', () => {
  it('needs the management key as bearer', async () => {
    const simulator = await start()
    for (const authorization of ['', 'Bearer wrong', simulator.managementKey]) {
      const response = await get(simulator, '/auth/management-keys/validation', { authorization })
      expect(response.status).toBe(401)
    }
    const response = await get(simulator, '/auth/management-keys/validation')
    expect(await response.json()).toMatchObject({ scope: 'SCOPE_TEAM', scopeId: simulator.teamId })
  })

  it('refuses a team that is no uuid with 400, another team and unknown paths with 404', async () => {
    const simulator = await start()
    const invalid = await get(simulator, '/v1/billing/teams/default/prepaid/balance')
    expect([invalid.status, await invalid.json()]).toEqual([
      400,
      { code: 'Client specified an invalid argument', error: 'Invalid uuid' },
    ])
    expect((await get(simulator, `/auth/teams/${NOT_ASKED_FOR}/models`)).status).toBe(404)
    expect((await get(simulator, '/v1/usage')).status).toBe(404)
  })

  it('listens on loopback only, on a free port', async () => {
    const [first, second] = [await start(), await start()]
    expect(first.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(first.url).not.toBe(second.url)
  })
})

describe('API keys', () => {
  async function page(simulator: Simulator, query: string): Promise<{ ids: string[]; token: string | null }> {
    const response = await get(simulator, `/auth/teams/TEAM/api-keys${query}`)
    const document = parseJson(await response.text())
    return {
      ids: document
        .get('apiKeys')
        .items()
        .map((key) => key.get('apiKeyId').text()),
      token: document.get('paginationToken').optional((node) => node.text()),
    }
  }

  it('come in one page without a page size, and page by page with one, every key once', async () => {
    const simulator = await start()
    const all = await page(simulator, '?paginationToken=&activeOnly=false')
    expect(all.token).toBeNull()
    expect(all.ids.length).toBeGreaterThanOrEqual(12)
    const collected: string[] = []
    let token: string | null = ''
    while (token !== null) {
      const next: { ids: string[]; token: string | null } = await page(
        simulator,
        `?pageSize=5&paginationToken=${token}`,
      )
      expect(next.ids.length).toBeLessThanOrEqual(5)
      collected.push(...next.ids)
      token = next.token
    }
    expect(collected).toEqual(all.ids)
  })

  it('have no token on the last page even when it is full', async () => {
    const simulator = await start()
    const { ids } = await page(simulator, '')
    expect((await page(simulator, `?pageSize=${ids.length}`)).token).toBeNull()
    expect((await page(simulator, `?pageSize=${ids.length - 1}`)).token).not.toBeNull()
  })

  it('state `disabled` as text, and active keys can be asked for alone', async () => {
    const simulator = await start()
    const text = await (await get(simulator, '/auth/teams/TEAM/api-keys')).text()
    expect(text).toContain('"disabled":"true"')
    expect(text).toContain('"disabled":"false"')
    const active = await (await get(simulator, '/auth/teams/TEAM/api-keys?activeOnly=true')).text()
    expect(active).not.toContain('"disabled":"true"')
    expect(active).toContain('"disabled":"false"')
  })

  it('refuse a malformed page', async () => {
    const simulator = await start()
    expect((await get(simulator, '/auth/teams/TEAM/api-keys?pageSize=0')).status).toBe(400)
    expect((await get(simulator, '/auth/teams/TEAM/api-keys?paginationToken=x')).status).toBe(400)
  })

  it('belong to a team by the demo mappings, except `scratch`', async () => {
    const simulator = await start()
    const { apiKeys } = (await (await get(simulator, '/auth/teams/TEAM/api-keys')).json()) as {
      apiKeys: { name: string }[]
    }
    const isMapped = (name: string): boolean =>
      demoMappings.keys.some(({ match }) => new RegExp(`^${match.replace('*', '.*')}$`).test(name))
    expect(apiKeys.map(({ name }) => name).filter((name) => !isMapped(name))).toEqual(['scratch'])
  })
})

describe('models', () => {
  it('list the prices at which usage is billed', async () => {
    const simulator = await start()
    const models = parseJson(await (await get(simulator, '/auth/teams/TEAM/models')).text())
    const preview = parseJson(
      await (await get(simulator, '/v1/billing/teams/TEAM/postpaid/invoice/preview')).text(),
    )
    const priceInInvoice = (unitType: string): string | undefined =>
      preview
        .get('coreInvoice')
        .get('lines')
        .items()
        .find(
          (line) =>
            line.get('description').text() === 'Chat grok-4-0709' && line.get('unitType').text() === unitType,
        )
        ?.get('unitPrice')
        .text()
    const grok4 = models
      .get('clusterConfigs')
      .items()
      .flatMap((cluster) => cluster.get('languageModels').items())
      .find((model) => model.get('name').text() === 'grok-4-0709')
    expect(grok4?.get('promptTextTokenPrice').text()).toBe('30000')
    expect(priceInInvoice('Prompt text tokens')).toBe('30000')
    expect(grok4?.get('cachedPromptTokenPrice').text()).toBe(priceInInvoice('Cached prompt text tokens'))
    expect(grok4?.get('completionTextTokenPrice').text()).toBe(priceInInvoice('Reasoning text tokens'))
  })
})

describe('usage', () => {
  it("writes the model's exact amounts as JSON numbers, dense, with UTC timestamps", async () => {
    const simulator = await start()
    const response = await usage(simulator, { groupBy: ['api_key_id', 'description', 'unit_type'] })
    expect(response.headers.get('content-type')).toContain('application/json')
    const document = parseJson(await response.text())
    expect(document.get('limitReached').boolean()).toBe(false)
    const from = Date.UTC(2026, 10, 19)
    const truth = simulator.model.answer({
      from,
      to: from + DAY,
      now: NOW,
      timeUnit: 'TIME_UNIT_HOUR',
      groupBy: ['api_key_id', 'description', 'unit_type'],
    })
    const stated = document
      .get('timeSeries')
      .items()
      .map((series) => ({
        group: series
          .get('group')
          .items()
          .map((node) => node.text()),
        labels: series
          .get('groupLabels')
          .items()
          .map((node) => node.text()),
        costs: series
          .get('dataPoints')
          .items()
          .map((point) =>
            point
              .get('values')
              .items()
              .map((value) => value.decimal().literal),
          ),
        starts: series
          .get('dataPoints')
          .items()
          .map((point) => point.get('timestamp').instant()),
      }))
    expect(stated).toEqual(
      truth.series.map(({ group, labels, costs }) => ({
        group,
        labels,
        costs: costs.map((cost) => [formatAmount(cost)]),
        starts: Array.from({ length: 24 }, (_, n) => from + n * HOUR),
      })),
    )
  })

  it('answers byte for byte the same at the same moment, from another server too', async () => {
    const [first, second] = [await start(), await start()]
    const texts = await Promise.all([first, first, second].map(async (s) => (await usage(s)).text()))
    expect(new Set(texts).size).toBe(1)
  })

  it('follows the clock', async () => {
    let now = NOW
    const simulator = await start({ now: () => now })
    const today = { ...ONE_DAY, startTime: '2026-11-20 00:00:00', endTime: '2026-11-21 00:00:00' }
    const before = await (await usage(simulator, { timeRange: today })).text()
    now += HOUR
    expect(await (await usage(simulator, { timeRange: today })).text()).not.toBe(before)
  })

  it('takes the hour before an exclusive end, whether the end is on the hour or a second before', async () => {
    const simulator = await start()
    const points = async (endTime: string): Promise<number> => {
      const response = await usage(simulator, { timeRange: { ...ONE_DAY, endTime } })
      const [series] = parseJson(await response.text())
        .get('timeSeries')
        .items()
      return series?.get('dataPoints').items().length ?? 0
    }
    expect(await points('2026-11-19 23:59:59')).toBe(24)
    expect(await points('2026-11-20 00:00:00')).toBe(24)
    expect(await points('2026-11-20 00:00:01')).toBe(25)
  })

  it('answers nothing for ranges older than the history', async () => {
    const simulator = await start()
    const old = { ...ONE_DAY, startTime: '2026-05-01 00:00:00', endTime: '2026-05-08 00:00:00' }
    expect(await (await usage(simulator, { timeRange: old })).json()).toEqual({
      timeSeries: [],
      limitReached: false,
    })
    const short = await start({ historyMs: 2 * HOUR })
    expect(await (await usage(short)).json()).toEqual({ timeSeries: [], limitReached: false })
  })

  const usd = { name: 'usd', aggregation: 'AGGREGATION_SUM' }
  const refused: Record<string, Partial<UsageBody>> = {
    'an ISO time': { timeRange: { ...ONE_DAY, startTime: '2026-11-19T00:00:00Z' } },
    'a day that does not exist': { timeRange: { ...ONE_DAY, startTime: '2026-02-30 00:00:00' } },
    'an end at its start': { timeRange: { ...ONE_DAY, endTime: ONE_DAY.startTime } },
    'a range of more than 400 days': { timeRange: { ...ONE_DAY, startTime: '2025-10-15 00:00:00' } },
    'a zone other than UTC': { timeRange: { ...ONE_DAY, timezone: 'Europe/Berlin' } },
    'a time unit that hourly data cannot answer': { timeUnit: 'TIME_UNIT_QUARTER_HOUR' },
    'the value `tokens`': { values: [{ ...usd, name: 'tokens' }] },
    'a second value': { values: [usd, { ...usd, name: 'tokens' }] },
    'no value': { values: [] },
    'another aggregation': { values: [{ ...usd, aggregation: 'AGGREGATION_AVG' }] },
    'the group-by `model`': { groupBy: ['model'] },
    'a group-by twice': { groupBy: ['description', 'description'] },
    'a filter': { filters: [{ field: 'api_key_id' }] },
  }
  it.each(Object.entries(refused))('refuses %s with 400', async (_, body) => {
    const response = await usage(await start(), body)
    expect([response.status, await response.json()]).toEqual([
      400,
      {
        code: 'Client specified an invalid argument',
        error: 'Failed to query_billing_items(), Invalid argument provided.',
      },
    ])
  })

  it('accepts a range of 400 days, no group-by and no filters', async () => {
    const timeRange = { ...ONE_DAY, startTime: '2025-10-16 00:00:00' }
    const response = await usage(await start(), { timeRange, groupBy: [], timeUnit: 'TIME_UNIT_NONE' })
    expect(response.status).toBe(200)
  })

  it('refuses text that is not JSON with 400', async () => {
    const simulator = await start()
    const response = await fetch(`${simulator.url}/v1/billing/teams/${simulator.teamId}/usage`, {
      method: 'POST',
      headers: { authorization: `Bearer ${simulator.managementKey}`, 'content-type': 'application/json' },
      body: '{"analyticsRequest":',
    })
    expect(response.status).toBe(400)
  })

  it('answers only the accepted sets of group-bys, in any order', async () => {
    const simulator = await start({ acceptedGroupBys: [['description'], ['api_key_id', 'unit_type']] })
    const status = async (groupBy: string[]): Promise<number> => (await usage(simulator, { groupBy })).status
    expect(await status(['description'])).toBe(200)
    expect(await status(['unit_type', 'api_key_id'])).toBe(200)
    expect(await status(['api_key_id'])).toBe(400)
    expect(await status([])).toBe(400)
    expect(await status(['api_key_id', 'description', 'unit_type'])).toBe(400)
  })
})

describe('the money endpoints', () => {
  it('state cents as text and credit as a negative figure', async () => {
    const simulator = await start()
    const balance: unknown = await (await get(simulator, '/v1/billing/teams/TEAM/prepaid/balance')).json()
    expect(balance).toMatchObject({ total: { val: '-200000' } })
    const limits: unknown = await (
      await get(simulator, '/v1/billing/teams/TEAM/postpaid/spending-limits')
    ).json()
    expect(limits).toMatchObject({ spendingLimits: { softSl: { val: '2000000' } } })
  })

  it('give the invoice of one month, or of all months since', async () => {
    const simulator = await start()
    const months = async (query: string): Promise<number[]> => {
      const response = await get(simulator, `/v1/billing/teams/TEAM/invoices${query}`)
      const { invoices } = (await response.json()) as {
        invoices: { monthly: { billingCycle: { month: number } } }[]
      }
      return invoices.map(({ monthly }) => monthly.billingCycle.month)
    }
    expect(await months('')).toEqual([10, 9, 8])
    expect(await months('?billingCycle.year=2026&billingCycle.month=9')).toEqual([9])
    expect(await months('?since.year=2026&since.month=9')).toEqual([10, 9])
    expect(await months('?billingCycle.year=2026&billingCycle.month=11')).toEqual([])
  })
})
