/** Services as they are, watched in one way or another, and what the exporter knows of them then. */
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startLlmServer, type LlmServer } from '../support/llm-server.ts'
import { useProcesses, type Running } from '../support/service-process.ts'

const processes = useProcesses()
const REGISTER = fileURLToPath(new URL('../../instrumentation/dist/register.js', import.meta.url))
const app = (name: string): string => fileURLToPath(new URL(`apps/${name}`, import.meta.url))

let llm: LlmServer
let folder: string
let exporter: Running

beforeAll(async () => {
  llm = await startLlmServer()
})
afterAll(() => llm.close())
beforeEach(async () => {
  folder = processes.folder()
  exporter = processes.start(folder, { USAGE_EXPLORER_DEMO: 'off' })
  await exporter.url()
})

/** Runs an app to its end. */
async function run(args: readonly string[], env: Record<string, string> = {}): Promise<void> {
  const [script = '', ...rest] = args
  const { ended, output } = await finished(processes.run(script, folder, rest, env))
  expect(ended.code, output).toBe(0)
  expect(output).toContain('done')
}

async function finished(running: Running): Promise<{ ended: { code: number | null }; output: string }> {
  const ended = await running.ended
  return { ended, output: running.output }
}

async function ours(): Promise<Record<string, string>> {
  return {
    USAGE_EXPLORER_ENDPOINT: await exporter.url(),
    USAGE_EXPLORER_GATEWAYS: `${llm.url}=xai`,
    OTEL_SERVICE_NAME: 'shop',
  }
}

/** One figure for each group of today, all providers together. */
async function figures(
  measure: string,
  group: string,
  from: Running = exporter,
): Promise<Record<string, string>> {
  const path = `/api/v1/query?measures=${measure}&group_by=${group}&from=now-1h&granularity=day`
  const { series } = (await from.json(path)) as {
    series: { dimensions: Record<string, string>; total: { amount: string | null } }[]
  }
  return Object.fromEntries(series.map((one) => [one.dimensions[group] ?? '', one.total.amount ?? 'null']))
}

describe('one line more on the command line', () => {
  it.each(['plain.mjs', 'plain.cjs'])('and %s is seen by service, key, model and cost', async (script) => {
    await run(['--import', REGISTER, app(script), llm.url, '10'], await ours())
    expect(await figures('requests', 'service')).toEqual({ shop: '10' })
    expect(await figures('tokens', 'type')).toEqual({
      cache_read: '190',
      input: '1000',
      output: '90',
      reasoning: '980',
    })
    expect(await figures('cost', 'model')).toEqual({ 'grok-4-0709': '0.318319' })
    expect(Object.keys(await figures('requests', 'api_key'))).toEqual([
      expect.stringMatching(/^unmatched:[0-9a-f]{12}$/),
    ])
  })

  it('and its dearest calls can be looked at one by one', async () => {
    await run(['--import', REGISTER, app('plain.mjs'), llm.url, '3'], await ours())
    const { calls } = (await exporter.json('/api/v1/calls/top?limit=2')) as { calls: object[] }
    expect(calls).toHaveLength(2)
    expect(calls[0]).toMatchObject({
      provider: 'xai',
      model: 'grok-4-0709',
      service: 'shop',
      cost: '0.0318319',
      currency: 'USD',
      price_source: 'reported',
      tokens: { input: 100, cache_read: 19, output: 9, reasoning: 98 },
      response_id: 'chat-1',
      api_key: expect.stringMatching(/^unmatched:/) as string,
    })
  })

  it('and an app whose exporter is away runs as if it were alone', async () => {
    const env = { ...(await ours()), USAGE_EXPLORER_ENDPOINT: 'http://127.0.0.1:1' }
    await run(['--import', REGISTER, app('plain.mjs'), llm.url, '3'], env)
  })

  it('nothing of a key, a prompt or an answer leaves the app', async () => {
    await run(['--import', REGISTER, app('plain.mjs'), llm.url, '2'], await ours())
    const metrics = await exporter.text('/metrics')
    expect(metrics + exporter.output).not.toContain('0123456789abcdefghijklmnop')
    expect(metrics).not.toContain('Hello')
  })
})

describe('a budget that blocks', () => {
  // As plain.mjs has it.
  const fingerprint = createHash('sha256')
    .update('xai-0123456789abcdefghijklmnop3Xxp')
    .digest('hex')
    .slice(0, 12)
  const BLOCKED = { USAGE_EXPLORER_BUDGETS: 'block' }

  async function withBudget(where: string): Promise<void> {
    const config = `
keys: [{ match: 'unmatched:${fingerprint}', team: search }]
budgets: [{ name: five, where: '${where}', unit: requests, amount: 5, period: day, action: block }]
`
    writeFileSync(join(folder, 'config.yaml'), config)
    await exporter.stop()
    exporter = processes.start(folder, { USAGE_EXPLORER_DEMO: 'off' }, ['--config', 'config.yaml'])
    await run(['--import', REGISTER, app('plain.mjs'), llm.url, '10'], await ours())
  }
  const blocked = async (): Promise<string> => {
    const env = { ...(await ours()), ...BLOCKED }
    const running = processes.run('--import', folder, [REGISTER, app('plain.mjs'), llm.url, '100000'], env)
    const { ended, output } = await finished(running)
    expect(ended.code).toBe(1)
    return output
  }

  it.each([
    ['a team that only the mapping of its key tells', 'team=search'],
    ['a key', `api_key=unmatched:${fingerprint}`],
  ])('ends the calls of %s once it is used up', async (_what, where) => {
    await withBudget(where)
    expect(await blocked()).toContain("code: 'BUDGET_EXCEEDED'")
  })

  it('lets the calls of others through', async () => {
    await withBudget('team=support')
    const env = { ...(await ours()), ...BLOCKED }
    await run(['--import', REGISTER, app('plain.mjs'), llm.url, '200'], env)
  })
})

describe('others’ instrumentation', () => {
  it.each(['cumulative', 'delta'])(
    'OpenTelemetry’s own of openai, %s, counts each call once',
    async (temporality) => {
      await run([app('opentelemetry.mjs'), llm.url, await exporter.url(), '12', temporality])
      expect(await figures('requests', 'type')).toEqual({ success: '12', InternalServerError: '1' })
      expect(await figures('tokens', 'type')).toEqual({
        input_unsplit: String(12 * 119),
        output_unsplit: String(12 * 9),
      })
      expect(await figures('errors', 'service')).toEqual({ theirs: '1' })
    },
  )

  it('OpenLIT counts tokens and its own estimate of the cost', async () => {
    await run([app('openlit.mjs'), llm.url, await exporter.url(), '4'])
    expect(await figures('requests', 'service')).toEqual({ theirs: '4' })
    expect(await figures('tokens', 'type')).toEqual({
      input_unsplit: String(4 * 119),
      output_unsplit: String(4 * 9),
    })
    expect(Number((await figures('cost', 'service'))['theirs'])).toBeGreaterThan(0)
  })

  it('beside ours in one process counts nothing twice', async () => {
    const env = {
      ...(await ours()),
      USAGE_EXPLORER_GATEWAYS: `${llm.url}=openai`,
      OTEL_SERVICE_NAME: 'theirs',
    }
    await run(['--import', REGISTER, app('openlit.mjs'), llm.url, await exporter.url(), '4'], env)
    expect(await figures('requests', 'service')).toEqual({ theirs: '4' })
  })
})

it('a service that is killed while points come in has every acknowledged one, once', async () => {
  const acknowledged = new Map<number, number>()
  const start = Date.now() * 1e6
  let url = await exporter.url()
  const send = async (stream: number, value: number): Promise<void> => {
    const point = {
      attributes: [
        { key: 'gen_ai.provider.name', value: { stringValue: 'x_ai' } },
        { key: 'llm.token.type', value: { stringValue: 'input' } },
      ],
      startTimeUnixNano: String(start),
      timeUnixNano: String(start + value * 1e6),
      asInt: String(value),
    }
    const metric = {
      name: 'llm.client.tokens',
      sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: [point] },
    }
    const attributes = [
      { key: 'service.name', value: { stringValue: 'shop' } },
      { key: 'service.instance.id', value: { stringValue: String(stream) } },
    ]
    const body = {
      resourceMetrics: [
        {
          resource: { attributes },
          scopeMetrics: [{ scope: { name: '@usage-explorer/instrumentation' }, metrics: [metric] }],
        },
      ],
    }
    const response = await fetch(`${url}/v1/metrics`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }).catch(() => undefined)
    if (response?.ok === true) acknowledged.set(stream, value)
  }
  for (let round = 1; round <= 5; round++) {
    const senders = Array.from({ length: 8 }, async (_, stream) => {
      for (let value = round * 1000; value < round * 1000 + 6; value++) await send(stream, value)
    })
    await new Promise((resolve) => setTimeout(resolve, 300 + 250 * round))
    await exporter.stop('SIGKILL')
    await Promise.all(senders)
    exporter = processes.start(folder, { USAGE_EXPLORER_DEMO: 'off' })
    url = await exporter.url()
    const total = BigInt((await figures('tokens', 'service'))['shop'] ?? '0')
    const least = [...acknowledged.values()].reduce((a, b) => a + b, 0)
    // What was committed but not acknowledged may be there too; it is what the stream stands at, never twice.
    expect(total).toBeGreaterThanOrEqual(BigInt(least))
    expect(total).toBeLessThanOrEqual(BigInt(8 * (round * 1000 + 5)))
  }
  await Promise.all(Array.from({ length: 8 }, (_, stream) => send(stream, 9000)))
  expect((await figures('tokens', 'service'))['shop']).toBe(String(8 * 9000))
})
