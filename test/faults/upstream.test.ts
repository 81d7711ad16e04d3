/** Trouble at the provider, end to end: what the service says of it, how often it asks, and how it recovers. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it, onTestFinished, vi } from 'vitest'
import { HOUR, MINUTE, SECOND } from '../../exporter/src/clock.ts'
import { loadConfig } from '../../exporter/src/config/load.ts'
import type { Fault } from '../../exporter/src/demo/faults.ts'
import { startSimulator, type Simulator } from '../../exporter/src/demo/simulator.ts'
import type { ErrorCode } from '../../exporter/src/errors.ts'
import { createLog } from '../../exporter/src/log.ts'
import { startService } from '../../exporter/src/service.ts'
import { CompressedClock } from '../support/compressed-clock.ts'
import { useProcesses, type Running } from '../support/service-process.ts'

const RETRY_AFTER_MS = 7 * SECOND

interface Trouble {
  readonly account: string
  readonly fault: Fault
  /** Only what is about money fails; everything unless given. */
  readonly onlyBilling?: true
  readonly code: ErrorCode
  /** Only a person can help, so nothing changes when the provider does. */
  readonly blocked?: true
}

const TROUBLES: readonly Trouble[] = [
  {
    account: 'forbidden',
    fault: { status: 403, body: '{"error":"no permission"}' },
    onlyBilling: true,
    code: 'UPSTREAM_FORBIDDEN',
    blocked: true,
  },
  {
    account: 'limited',
    fault: { status: 429, body: '{}', headers: { 'retry-after': String(RETRY_AFTER_MS / SECOND) } },
    onlyBilling: true,
    code: 'UPSTREAM_RATE_LIMITED',
  },
  { account: 'failing', fault: { status: 500, body: '{"error":"oops"}' }, code: 'UPSTREAM_FAILED' },
  { account: 'hanging', fault: 'hang', code: 'UPSTREAM_TIMEOUT' },
  { account: 'resetting', fault: 'reset', code: 'UPSTREAM_UNREACHABLE' },
  { account: 'truncating', fault: 'truncate', onlyBilling: true, code: 'UPSTREAM_UNREADABLE' },
  { account: 'proxied', fault: 'html', code: 'UPSTREAM_UNREADABLE' },
]
const WRONG_KEY = { account: 'mistyped', code: 'UPSTREAM_UNAUTHORIZED', blocked: true } as const
const ALL = [WRONG_KEY, ...TROUBLES]

const processes = useProcesses()
const simulators: Simulator[] = []
/** When the provider of each account was asked for its usage, or whose the key is; ms since the epoch. */
const asked = new Map<string, number[]>()
let healed = false

afterAll(() => Promise.all(simulators.map((simulator) => simulator.close())))

async function upstreamOf(account: string, trouble: Trouble | undefined): Promise<Simulator> {
  const times: number[] = []
  asked.set(account, times)
  const simulator = await startSimulator({
    now: Date.now,
    intercept: ({ path }) => {
      if (/usage$|validation$/.test(path)) times.push(Date.now())
      const concerned = trouble?.onlyBilling !== true || path.startsWith('/v1/billing/')
      return concerned && !healed ? trouble?.fault : undefined
    },
  })
  simulators.push(simulator)
  return simulator
}

async function startTroubled(): Promise<Running> {
  const accounts: { name: string; url: string }[] = [
    { name: WRONG_KEY.account, url: (await upstreamOf(WRONG_KEY.account, undefined)).url },
  ]
  for (const trouble of TROUBLES) {
    accounts.push({ name: trouble.account, url: (await upstreamOf(trouble.account, trouble)).url })
  }
  const items = accounts.map(({ name, url }) => {
    const key = name === WRONG_KEY.account ? 'WRONG' : 'RIGHT'
    const timeout = name === 'hanging' ? '2s' : '30s'
    return { name, provider: 'xai', key_env: key, url, timeout, lookback: '2d' }
  })
  const folder = processes.folder()
  // JSON is YAML.
  writeFileSync(join(folder, 'config.yaml'), JSON.stringify({ accounts: items }))
  const env = { RIGHT: simulators[0]?.managementKey ?? '', WRONG: 'wrong-management-key' }
  return processes.start(folder, env, ['--config', 'config.yaml'])
}

async function states(service: Running): Promise<ReadonlyMap<string, string>> {
  const samples = await service.samples('usage_explorer_account_state')
  const on = [...samples].filter(([, value]) => value === 1).map(([labels]) => labels)
  return new Map(
    on.map((labels) => [
      /account="([^"]*)"/.exec(labels)?.[1] ?? '',
      /state="([^"]*)"/.exec(labels)?.[1] ?? '',
    ]),
  )
}

it('each trouble has its code in /readyz, metrics and log, and all that can passes by itself', async () => {
  const service = await startTroubled()
  await service.eventually('a failure of every account', async () => {
    const now = await states(service)
    return ALL.every(({ account }) => ['blocked', 'retrying'].includes(now.get(account) ?? ''))
  })

  const response = await service.get('/readyz')
  const { ready, reasons } = (await response.json()) as { ready: boolean; reasons: readonly string[] }
  expect([response.status, ready]).toEqual([503, false])
  expect(reasons.filter((reason) => reason.includes('nothing has been read yet'))).toEqual([])
  const errors = await service.samples('usage_explorer_poll_errors_total')
  const before = await states(service)
  for (const { account, code, ...trouble } of ALL) {
    const reason = reasons.find((line) => line.startsWith(`xai/${account}: ${code}: `))
    expect(reason, account).toBeDefined()
    expect(before.get(account)).toBe('blocked' in trouble ? 'blocked' : 'retrying')
    const counted = [...errors].filter(([labels, value]) => labels.includes(`"${account}"`) && value > 0)
    expect(counted.map(([labels]) => labels)).toEqual([
      `{provider="xai",account="${account}",code="${code}"}`,
    ])
    const lines = service.log.filter((line) => line['account'] === account && line.level === 'warn')
    expect(lines, account).not.toEqual([])
    for (const line of lines) {
      expect(line).toMatchObject({ msg: 'A read failed.', err: { code } })
      expect((line['err'] as { remedy: string }).remedy).not.toBe('')
    }
  }
  expect(reasons.find((line) => line.startsWith('xai/forbidden'))).toContain('BillingRead')
  // What could not be read is unknown, not free of charge.
  const { totals } = (await service.json('/api/v1/query?from=now-1d')) as { totals: { amount: unknown }[] }
  expect(totals.map(({ amount }) => amount)).toEqual([null])
  expect(await service.text('/metrics')).not.toMatch(/^llm_(billed|usage_period_cost|usage_window_cost)/m)

  healed = true
  const passing = TROUBLES.filter(({ blocked }) => blocked !== true)
  await service.eventually('every passing trouble is over', async () => {
    const now = await states(service)
    return passing.every(({ account }) => now.get(account) === 'ok')
  })
  expect((await service.get('/readyz')).status).toBe(200)
  for (const { account } of passing) {
    expect(
      service.log.some((line) => line['account'] === account && line.msg === 'Reads succeed again.'),
      account,
    ).toBe(true)
  }
  expect(service.log.filter(({ level }) => level === 'error')).toEqual([])

  // While others were asked again and again: a refused key or permission is not.
  expect(asked.get('mistyped')).toHaveLength(1)
  const [, ...ofForbidden] = asked.get('forbidden') ?? []
  expect(ofForbidden).toHaveLength(1)
  const [, first = 0, second = 0] = asked.get('limited') ?? []
  expect(second - first).toBeGreaterThanOrEqual(RETRY_AFTER_MS - 50)
  const after = await states(service)
  expect([after.get('mistyped'), after.get('forbidden')]).toEqual(['blocked', 'blocked'])
})

it('a key that was refused for hours is tried every quarter of an hour, and works once it is accepted', async () => {
  const clock = new CompressedClock(Date.UTC(2026, 10, 20, 12, 30))
  let accepted = false
  let requests = 0
  const simulator = await startSimulator({
    now: () => clock.now(),
    intercept: () => {
      requests += 1
      return accepted ? undefined : { status: 401, body: '{"error":"Invalid or missing management key."}' }
    },
  })
  const dataDir = mkdtempSync(join(tmpdir(), 'usage-explorer-refused-'))
  const config = loadConfig({
    env: {
      XAI_MANAGEMENT_KEY: simulator.managementKey,
      XAI_MANAGEMENT_URL: simulator.url,
      USAGE_EXPLORER_LISTEN: '127.0.0.1:0',
      USAGE_EXPLORER_DATA_DIR: dataDir,
    },
    cwd: dataDir,
  })
  const service = await startService({ config, log: createLog('silent'), clock })
  onTestFinished(async () => {
    await service.stop()
    await simulator.close()
    rmSync(dataDir, { recursive: true })
  })
  const until = async (holds: () => boolean): Promise<boolean> =>
    vi.waitUntil(holds, { timeout: 30_000, interval: 5 })
  const pass = async (ms: number): Promise<void> =>
    clock.reach(clock.setOff(clock.now() + ms, HOUR / SECOND).to)
  const state = (): string | undefined => service.accounts()[0]?.state

  await until(() => state() === 'blocked')
  expect(requests).toBe(1)
  await pass(3 * HOUR)
  // Every 15 minutes and up to a tenth more.
  expect(requests).toBeGreaterThanOrEqual(9)
  expect(requests).toBeLessThanOrEqual(13)

  accepted = true
  await pass(17 * MINUTE)
  await until(() => state() === 'ok')
  expect(service.accounts()[0]?.problems).toEqual([])
})
