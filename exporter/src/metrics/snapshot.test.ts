import { expect, it } from 'vitest'
import { createMetrics, type Contributor } from './snapshot.ts'

const NOW = 1_800_000_000_000

function metricsOf(...contributors: Contributor[]): ReturnType<typeof createMetrics> {
  return createMetrics({ contributors, now: () => NOW })
}

const source = { provider: 'xai', account: 'main', source: 'xai.billing.usage' }

it("orders families as the table does, joins contributors' samples and leaves out empty families", async () => {
  const snapshot = await metricsOf(
    () => [
      { name: 'llm_source_lag_seconds', samples: [{ labels: source, value: 3600 }] },
      { name: 'llm_account_balance', samples: [] },
    ],
    async (now) =>
      Promise.resolve([
        { name: 'llm_source_complete', samples: [{ labels: source, value: now }] },
        { name: 'llm_source_lag_seconds', samples: [{ labels: { ...source, source: 'b' }, value: 0 }] },
      ]),
  ).snapshot()
  expect(snapshot.takenAt).toBe(NOW)
  expect(
    snapshot.families.map(({ spec, samples }) => [spec.name, samples.map(({ value }) => value)]),
  ).toEqual([
    ['llm_source_complete', [NOW]],
    ['llm_source_lag_seconds', [3600, 0]],
  ])
})

it.each([
  ['a metric', { name: 'llm_mystery', samples: [] }, 'llm_mystery is not in the catalogue'],
  [
    'a label',
    { name: 'llm_source_complete', samples: [{ labels: { ...source, team: 'a' }, value: 1 }] },
    'llm_source_complete has no label team',
  ],
  [
    'a histogram without buckets',
    { name: 'llm_observed_request_duration_seconds', samples: [{ labels: {}, value: 1 }] },
    'is not of its type, histogram',
  ],
])('refuses %s that the table does not allow', async (_what, family, message) => {
  await expect(metricsOf(() => [family]).snapshot()).rejects.toThrow(message)
})

it('checks labels that one family may have again for another', async () => {
  const labels = { ...source, period: 'day' }
  const families = ['llm_usage_period_start_timestamp_seconds', 'llm_source_complete']
  const metrics = metricsOf(() => families.map((name) => ({ name, samples: [{ labels, value: 1 }] })))
  await expect(metrics.snapshot()).rejects.toThrow('llm_source_complete has no label period')
})

it('shares one collection among those who ask while it runs, and starts anew afterwards', async () => {
  let collections = 0
  const metrics = metricsOf(async () => {
    collections++
    return Promise.resolve([])
  })
  const [first, second] = await Promise.all([metrics.snapshot(), metrics.snapshot()])
  expect(second).toBe(first)
  expect(collections).toBe(1)
  expect(await metrics.snapshot()).not.toBe(first)
  expect(collections).toBe(2)
})

it('collects again after a failure', async () => {
  let broken = true
  const metrics = metricsOf(() => {
    if (broken) throw new Error('the ledger is away')
    return []
  })
  await expect(metrics.snapshot()).rejects.toThrow('the ledger is away')
  broken = false
  expect((await metrics.snapshot()).families).toEqual([])
})
