/** The command as a user meets it: how it starts, what it says, how it ends. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { HOUR, SECOND, systemClock } from '../../exporter/src/clock.ts'
import { loadConfig } from '../../exporter/src/config/load.ts'
import { startSimulator, type Simulator } from '../../exporter/src/demo/simulator.ts'
import { createLog } from '../../exporter/src/log.ts'
import { startService } from '../../exporter/src/service.ts'
import {
  samplesOf,
  takenPort,
  useProcesses,
  type Environment,
  type Running,
} from '../support/service-process.ts'

/** A supervisor gives ten seconds before it kills. */
const LONGEST_STOP_MS = 5 * SECOND

const processes = useProcesses()
let simulator: Simulator

beforeAll(async () => {
  simulator = await startSimulator({ now: Date.now })
})
afterAll(() => simulator.close())

function account(): Environment {
  return { XAI_MANAGEMENT_KEY: simulator.managementKey, XAI_MANAGEMENT_URL: simulator.url }
}

/** What a process that ends by itself says, and how it ends. */
async function outcome(running: Running): Promise<{ code: number | null; output: string }> {
  const { code } = await running.ended
  return { code, output: running.output }
}

function errorOf(running: Running): { code: string; message: string; remedy: string } {
  const fatal = running.log.find(({ level }) => level === 'fatal')
  return fatal?.['err'] as { code: string; message: string; remedy: string }
}

describe('without any credential', () => {
  let folder: string
  let service: Running

  beforeAll(async () => {
    folder = processes.folder()
    service = processes.start(folder)
    await service.backfilled()
  })

  it('says in one line that this is demo data, where it is kept and how to see one’s own', () => {
    const lines = service.output.split('\n').filter((line) => /demo data/i.test(line))
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain('account=\\"demo\\"')
    expect(lines[0]).toContain(join(folder, 'data', 'demo'))
    expect(lines[0]).toContain('XAI_MANAGEMENT_KEY')
  })

  it('prints where to look, and there is something there', async () => {
    const said = (await service.logged('Look at ')).msg
    const urls = [...said.matchAll(/http:[^\s)]+/g)].map(([url]) => url)
    expect(urls).toHaveLength(2)
    for (const url of urls) expect((await fetch(url)).status).toBe(200)
  })

  it('labels every series of usage, accounts and sources account="demo", and budgets demo-…', async () => {
    const text = await service.text('/metrics')
    const samples = text.split('\n').filter((line) => line.startsWith('llm_'))
    expect(samples.length).toBeGreaterThan(100)
    const others = samples.filter((line) => !/account="demo"|budget="demo-/.test(line))
    expect(others.filter((line) => !line.startsWith('llm_overflow_series{'))).toEqual([])
  })

  it('keeps its data in a folder of its own and nothing beside it', async () => {
    expect(readdirSync(folder)).toEqual(['data'])
    expect(readdirSync(join(folder, 'data'))).toEqual(['demo'])
    expect(readdirSync(join(folder, 'data', 'demo'))).toContain('ledger.duckdb')
    const { accounts } = (await service.json('/api/v1/sources')) as { accounts: unknown }
    expect(accounts).toMatchObject([{ provider: 'xai', account: 'demo' }])
  })

  it('shows progress of the history as lines where there is no terminal', async () => {
    expect(await service.logged('The history is being read')).toMatchObject({ account: 'demo' })
    expect(await service.logged('The history is read')).toMatchObject({ percent: 100 })
  })

  it('shows no demo where USAGE_EXPLORER_DEMO=off: it takes what apps send, and says how to see a bill', async () => {
    const bare = processes.start(processes.folder(), { USAGE_EXPLORER_DEMO: 'off' })
    expect((await bare.logged('No account is configured')).msg).toContain('XAI_MANAGEMENT_KEY')
    expect((await bare.get('/readyz')).status).toBe(200)
    expect(await bare.json('/api/v1/sources')).toMatchObject({ accounts: [], sources: [] })
    expect((await bare.stop()).code).toBe(0)
    expect(bare.output).not.toMatch(/demo data/i)
  })
})

describe('with a key', () => {
  describe('that is right', () => {
    let folder: string
    let service: Running

    beforeAll(async () => {
      folder = processes.folder()
      service = processes.start(folder, account())
      await service.backfilled()
    })

    it('reads that account and shows no demo', async () => {
      expect(service.output).not.toMatch(/demo data/i)
      expect(readdirSync(join(folder, 'data'))).toContain('ledger.duckdb')
      expect(existsSync(join(folder, 'data', 'demo'))).toBe(false)
      const text = await service.text('/metrics')
      expect(text).toContain('llm_billed_cost_total{provider="xai",account="xai"')
      expect(text).not.toContain('account="demo"')
    })

    it('lets no second process on its data, which ends with LEDGER_LOCKED and says who holds it, and goes on', async () => {
      const second = processes.start(folder, account())
      expect((await outcome(second)).code).toBe(1)
      const { code, message } = errorOf(second)
      expect(code).toBe('LEDGER_LOCKED')
      expect(message).toContain(`process ${service.process.pid} holds `)
      expect((await service.get('/readyz')).status).toBe(200)
      expect((await service.get('/metrics')).status).toBe(200)
    })
  })

  it('ends a few seconds after SIGTERM, or SIGINT, with exit code 0', async () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const service = processes.start(processes.folder(), account())
      await service.url()
      const asked = Date.now()
      expect(await service.stop(signal)).toEqual({ code: 0, signal: null })
      expect(Date.now() - asked).toBeLessThan(LONGEST_STOP_MS)
    }
  })

  it('ends as soon while a client holds its connection open and the provider hangs', async () => {
    const hanging = await startSimulator({ now: Date.now, intercept: () => 'hang' })
    try {
      const env = { ...account(), XAI_MANAGEMENT_URL: hanging.url }
      const service = processes.start(processes.folder(), env)
      await service.text('/metrics')
      const asked = Date.now()
      expect(await service.stop()).toEqual({ code: 0, signal: null })
      expect(Date.now() - asked).toBeLessThan(LONGEST_STOP_MS)
    } finally {
      await hanging.close()
    }
  })

  it.each(['SIGTERM', 'SIGKILL'] as const)('keeps counters over a restart after %s', async (signal) => {
    const folder = processes.folder()
    // Counters begin with the first hour after the first start, so that was some hours ago.
    const epoch = await readEarlier(folder, 5 * HOUR)
    const env = { ...account(), USAGE_EXPLORER_SCRAPE_INTERVAL: '1s' }
    const before = processes.start(folder, env)
    await before.eventually('every counter shows its value', async () => {
      const counters = [...(await before.samples('llm_billed_cost_total')).values()]
      const held = [...(await before.samples('llm_billed_cost_held')).values()]
      return sum(counters) > 0 && held.every((amount) => amount >= 0)
    })
    const old = await before.samples('llm_billed_cost_total')
    const firstSeen = await before.samples('llm_api_key_first_seen_timestamp_seconds')
    await before.stop(signal)

    const after = processes.start(folder, env)
    await after.eventually('the last hours are read anew', async () => {
      const successes = await after.samples('usage_explorer_last_success_timestamp_seconds')
      return [...successes.keys()].some((labels) => labels.includes('reader="xai.billing.usage"'))
    })
    const text = await after.text('/metrics')
    const counters = samplesOf(text, 'llm_billed_cost_total')
    expect(old.size).toBeGreaterThan(20)
    for (const [labels, value] of old) expect(counters.get(labels), labels).toBeGreaterThanOrEqual(value)
    expect(samplesOf(text, 'llm_api_key_first_seen_timestamp_seconds')).toEqual(firstSeen)

    const from = new Date(Math.ceil(epoch / HOUR) * HOUR).toISOString()
    const { totals } = (await after.json(`/api/v1/query?from=${from}&granularity=hour`)) as {
      totals: { amount: string }[]
    }
    const held = [...samplesOf(text, 'llm_billed_cost_held').values()]
    expect(sum([...counters.values()]) - sum(held)).toBeCloseTo(Number(totals[0]?.amount), 8)
  })
})

/** Runs the service in `folder` with a clock that lags, until it has read the last hours. Returns its epoch. */
async function readEarlier(folder: string, lagMs: number): Promise<number> {
  const now = (): number => Date.now() - lagMs
  const past = await startSimulator({ now })
  const env = { XAI_MANAGEMENT_KEY: past.managementKey, XAI_MANAGEMENT_URL: past.url }
  const own = { USAGE_EXPLORER_LISTEN: '127.0.0.1:0', USAGE_EXPLORER_DATA_DIR: join(folder, 'data') }
  const config = loadConfig({ env: { ...env, ...own }, cwd: folder })
  const clock = { ...systemClock, now }
  const service = await startService({ config, log: createLog('silent'), clock })
  try {
    await vi.waitUntil(() => service.accounts()[0]?.lastSuccessAt !== undefined, { timeout: 30_000 })
    const billed = service.ledger.sources().find(({ spec }) => spec.kind === 'billed')
    return billed?.epoch ?? NaN
  } finally {
    await service.stop()
    await past.close()
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0)
}

describe('the command line', () => {
  it('--help teaches on standard output with exit code 0', async () => {
    const { code, output } = await outcome(processes.start(processes.folder(), {}, ['--help']))
    expect(code).toBe(0)
    expect(output).toContain('XAI_MANAGEMENT_KEY')
    expect(output).toContain('USAGE_EXPLORER_LISTEN')
  })

  it('--version tells the version of the package with exit code 0', async () => {
    const manifest = new URL('../../exporter/package.json', import.meta.url)
    const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }
    const { code, output } = await outcome(processes.start(processes.folder(), {}, ['--version']))
    expect({ code, output }).toEqual({ code: 0, output: `usage-explorer ${version}\n` })
  })

  it('an unknown option ends with exit code 2 and a suggestion', async () => {
    const { code, output } = await outcome(processes.start(processes.folder(), {}, ['--confg', 'a.yaml']))
    expect(code).toBe(2)
    expect(output).toContain('did you mean --config?')
  })
})

describe('what has to be corrected first', () => {
  it('a broken configuration ends with exit code 2 and every problem with its line', async () => {
    const folder = processes.folder()
    const yaml = [
      'lisen: 127.0.0.1:9000',
      'retention: soon',
      'accounts:',
      '  - name: main',
      '    provider: xay',
      '    key_env: THE_KEY',
      '    interval: 0s',
    ]
    writeFileSync(join(folder, 'config.yaml'), yaml.join('\n'))
    const env = { THE_KEY: 'xai-token-hidden' }
    const refused = processes.start(folder, env, ['--config', 'config.yaml'])
    expect((await outcome(refused)).code).toBe(2)
    const { code, message } = errorOf(refused)
    expect(code).toBe('CONFIG_INVALID')
    for (const line of [1, 2, 5, 7]) expect(message).toContain(`config.yaml:${line}:`)
    expect(message).toMatch(/did you mean .?listen/)
    expect(message).toMatch(/did you mean .?xai/)
    expect(refused.output).not.toContain('hidden')
  })

  it('a configuration file that is not there ends with exit code 2', async () => {
    const refused = processes.start(processes.folder(), { USAGE_EXPLORER_CONFIG: 'nowhere.yaml' })
    expect((await outcome(refused)).code).toBe(2)
    expect(errorOf(refused).message).toContain('nowhere.yaml')
  })

  it('a port that is taken ends with exit code 1 and LISTEN_FAILED', async () => {
    const { port, free } = await takenPort()
    try {
      const env = { ...account(), USAGE_EXPLORER_LISTEN: `127.0.0.1:${port}` }
      const refused = processes.start(processes.folder(), env)
      expect((await outcome(refused)).code).toBe(1)
      expect(errorOf(refused)).toMatchObject({ code: 'LISTEN_FAILED' })
      expect(errorOf(refused).message).toContain(String(port))
    } finally {
      await free()
    }
  })
})

describe('secrets', () => {
  const SECRET = 'xai-token-NeverToBeSeen0123456789'

  /** Its own upstream, which repeats the key in its answers as a careless proxy would. */
  async function everythingSaid(env: (upstream: string) => Environment, folder: string): Promise<string> {
    const echo = await startSimulator({
      now: Date.now,
      intercept: () => ({ status: 401, body: JSON.stringify({ error: `no such key: ${SECRET}` }) }),
    })
    try {
      const service = processes.start(folder, { ...env(echo.url), USAGE_EXPLORER_LOG_LEVEL: 'trace' })
      await service.logged('A read failed')
      const paths = ['/', '/metrics', '/readyz', '/healthz', '/api/v1/sources', '/api/v1/summary']
      const queries = ['/api/v1/query', '/v1/usage?start_date=2026-01-01&end_date=2026-01-02', '/nothing']
      const answers = [...paths, ...queries].map(async (path) => {
        const response = await service.get(path, { headers: { authorization: `Bearer ${SECRET}` } })
        const plain = await service.get(path)
        return [response, plain].map(async (one) => JSON.stringify([...one.headers]) + (await one.text()))
      })
      const said = await Promise.all((await Promise.all(answers)).flat())
      await service.stop()
      return service.output + said.join('\n')
    } finally {
      await echo.close()
    }
  }

  it('no byte of a key given by variable is in log or answers', async () => {
    const folder = processes.folder()
    const said = await everythingSaid(
      (upstream) => ({ XAI_MANAGEMENT_KEY: SECRET, XAI_MANAGEMENT_URL: upstream }),
      folder,
    )
    expect(said).toContain('UPSTREAM_UNAUTHORIZED')
    expect(said).not.toContain('NeverToBeSeen')
    expectNotInFiles(folder)
  })

  it('no byte of a key given by file is in log, answers or ledger', async () => {
    const folder = processes.folder()
    const keyFile = join(processes.folder(), 'key')
    writeFileSync(keyFile, `${SECRET}\n`)
    const said = await everythingSaid(
      (upstream) => ({ XAI_MANAGEMENT_KEY_FILE: keyFile, XAI_MANAGEMENT_URL: upstream }),
      folder,
    )
    expect(said).toContain('UPSTREAM_UNAUTHORIZED')
    expect(said).not.toContain('NeverToBeSeen')
    expectNotInFiles(folder)
  })

  function expectNotInFiles(folder: string): void {
    const names = execFileSync('find', [folder, '-type', 'f']).toString().trim().split('\n')
    expect(names.length).toBeGreaterThan(0)
    for (const name of names) expect(readFileSync(name, 'latin1')).not.toContain('NeverToBeSeen')
  }
})
