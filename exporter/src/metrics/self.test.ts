import { tmpdir } from 'node:os'
import { expect, it, onTestFinished } from 'vitest'
import type { LedgerStats } from '../ledger/ledger.ts'
import type { AccountStatus, PollEvent } from '../polling/status.ts'
import { CATALOGUE } from './catalogue.ts'
import { createSelfMetrics, type SelfMetrics, type SelfMetricsOptions } from './self.ts'

const ACCOUNT = { provider: 'xai', account: 'main' }
const STATUS: AccountStatus = {
  ...ACCOUNT,
  state: 'ok',
  identity: undefined,
  lastSuccessAt: 0,
  problems: [],
  backfilled: 0.25,
}
const STATS: LedgerStats = { bytes: 4096, facts: 10, series: 3, refusedRows: 2 }
const POLL: PollEvent = {
  ...ACCOUNT,
  reader: 'xai.billing.usage',
  code: undefined,
  durationMs: 300,
  changedRows: 1,
}

function selfMetrics(options: Partial<SelfMetricsOptions> = {}): SelfMetrics {
  const self = createSelfMetrics({
    version: '1.2.3',
    dataDir: tmpdir(),
    ledger: { stats: async () => Promise.resolve(STATS) },
    accounts: () => [STATUS],
    now: () => 1_800_000_000_000,
    ...options,
  })
  onTestFinished(() => self.shutdown())
  return self
}

it('shows every usage_explorer metric of the catalogue under its own name, and nothing else', async () => {
  const self = selfMetrics()
  self.polled(POLL)
  self.answered('/metrics', 200)
  self.pushed('ok')
  self.received('counted', 1)
  const text = await self.text()
  const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`)
  const expected = CATALOGUE.filter(({ group }) => group === 'The service itself')
  expect(types.sort()).toEqual(expected.map(({ name, type }) => `${name} ${type}`).sort())
  expect(text).not.toMatch(/otel_scope|target_info|# UNIT/)
  expect(text.endsWith('\n')).toBe(true)
})

it('uses only labels that the catalogue names', async () => {
  const self = selfMetrics()
  self.polled(POLL)
  self.answered('/metrics', 200)
  self.pushed('failed')
  for (const [, sample = '', labels = ''] of (await self.text()).matchAll(/^([a-z_]+)\{(.*)\}/gm)) {
    const spec = CATALOGUE.find(({ name }) => sample.replace(/_(bucket|sum|count)$/, '') === name)
    const used = [...labels.matchAll(/([a-z_]+)="/g)].map(([, label = '']) => label)
    expect([...(spec?.labels ?? []), 'le']).toEqual(expect.arrayContaining(used))
  }
})

it('counts polls, their time, their successes and, from 0, their errors by code', async () => {
  const self = selfMetrics()
  self.polled(POLL)
  const before = await self.text()
  expect(before).toContain(
    'usage_explorer_poll_errors_total{provider="xai",account="main",code="UPSTREAM_TIMEOUT"} 0\n',
  )
  expect(before).toContain(
    'usage_explorer_last_success_timestamp_seconds{provider="xai",account="main",reader="xai.billing.usage"} 1800000000\n',
  )
  self.polled({ ...POLL, code: 'UPSTREAM_TIMEOUT', reader: 'xai.models' })
  const after = await self.text()
  expect(after).toContain(
    'usage_explorer_poll_errors_total{provider="xai",account="main",code="UPSTREAM_TIMEOUT"} 1\n',
  )
  expect(after).toContain('usage_explorer_polls_total{provider="xai",account="main",reader="xai.models"} 1\n')
  expect(after).not.toMatch(/last_success.*xai\.models/)
  expect(after).toContain('usage_explorer_poll_duration_seconds_sum{provider="xai",account="main"} 0.6\n')
  expect(after).toContain(
    'usage_explorer_poll_duration_seconds_bucket{provider="xai",account="main",le="0.25"} 0\n',
  )
})

it('shows the present state of every account as 1 and the others as 0', async () => {
  let status = STATUS
  const self = selfMetrics({ accounts: () => [status] })
  await self.text()
  status = { ...STATUS, state: 'blocked', backfilled: 1 }
  const text = await self.text()
  expect(text).toContain('usage_explorer_account_state{provider="xai",account="main",state="blocked"} 1\n')
  expect(text).toContain('usage_explorer_account_state{provider="xai",account="main",state="ok"} 0\n')
  expect(text).toContain('usage_explorer_backfill_ratio{provider="xai",account="main"} 1\n')
})

it('shows what the ledger holds, and no number while that cannot be read', async () => {
  let broken = false
  const stats = async (): Promise<LedgerStats> =>
    broken ? Promise.reject(new Error('the disk is full')) : Promise.resolve(STATS)
  const self = selfMetrics({ ledger: { stats } })
  expect(await self.text()).toContain('usage_explorer_ledger_bytes 4096\n')
  broken = true
  const text = await self.text()
  expect(text).toContain('usage_explorer_ledger_bytes NaN\n')
  expect(text).toContain('usage_explorer_refused_rows_total 2\n')
})

it('shows the free space where the ledger lies, and no number where there is no such place', async () => {
  const free = /^usage_explorer_disk_free_bytes (\S+)$/m
  expect(Number(free.exec(await selfMetrics().text())?.[1])).toBeGreaterThan(0)
  expect(free.exec(await selfMetrics({ dataDir: '/nowhere' }).text())?.[1]).toBe('NaN')
})

it('fails as a whole where a state cannot be read, rather than showing old values', async () => {
  const self = selfMetrics({
    accounts: () => {
      throw new Error('no state')
    },
  })
  await expect(self.text()).rejects.toThrow('no state')
})
