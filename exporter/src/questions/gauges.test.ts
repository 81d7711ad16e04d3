import { afterEach, describe, expect, test } from 'vitest'
import { DAY, HOUR, MINUTE } from '../clock.ts'
import type { Family } from '../metrics/snapshot.ts'
import { createMetrics } from '../metrics/snapshot.ts'
import { periodsAt, rangesAt } from './gauge-ranges.ts'
import { periodGauges } from './gauges.ts'
import { BILLED, BILLED_V1, METERED, World } from './testing.ts'

let world: World | undefined
afterEach(async () => {
  await world?.close()
  world = undefined
})

const NOW = '2026-11-18T10:30:00Z'

/** Two months by the hour up to `to`, a dollar an hour of each key. */
async function open(to: string, options: { zone?: string; keys?: readonly string[] } = {}): Promise<World> {
  const opened = await World.open({ now: NOW, config: { zone: options.zone ?? 'UTC' } })
  world = opened
  const from = '2026-09-28T00:00:00Z'
  const hours = (Date.parse(to) - Date.parse(from)) / HOUR
  const keys = options.keys ?? ['k1']
  const rows = Array.from({ length: hours }, (_, hour) =>
    keys.map((api_key) => [hour, { api_key }, '1'] as const),
  ).flat()
  await opened.tell({ source: BILLED, from, to, rows })
  return opened
}

function values(
  families: readonly Family[],
  name: string,
  label: 'period' | 'window',
): Record<string, number> {
  const samples = families.find((family) => family.name === name)?.samples ?? []
  return Object.fromEntries(
    samples.map(({ labels, value }) => [[labels[label], labels['api_key']].filter(Boolean).join(' '), value]),
  )
}

describe('ranges', () => {
  const at = Date.parse('2026-11-18T10:00:00Z')
  const from = at - 100 * DAY
  const coverage = [{ from, to: at, state: 'complete', fetchedAt: at }] as const
  const names = (mark: number, options: { lagMs?: number; widthMs?: number } = {}): string[] => {
    const { lagMs = HOUR, widthMs = HOUR } = options
    const cut = { widthMs, coverage: [{ ...coverage[0], to: mark }] }
    return rangesAt(periodsAt(at + 30 * MINUTE, 'UTC', widthMs), cut, lagMs).map(({ name }) => name)
  }

  test('a period is absent until the watermark has passed its start', () => {
    expect(names(at)).not.toContain('hour')
    expect(names(at)).toContain('previous_hour')
    expect(names(at + HOUR)).toContain('hour')
    expect(names(at - HOUR)).not.toContain('previous_hour')
  })

  test('a window is absent where it is shorter than a bucket and the lag', () => {
    expect(names(at, { lagMs: 5 * HOUR })).toContain('6h')
    expect(names(at, { lagMs: 5 * HOUR + 1 })).not.toContain('6h')
    expect(names(at, { lagMs: 0 })).toContain('1h')
  })

  test('a period shorter than a bucket is absent', () => {
    expect(names(Date.parse('2026-11-18T00:00:00Z'), { widthMs: DAY })).toEqual([
      ...['previous_day', 'week', 'previous_week', 'month', 'previous_month'],
      '7d',
    ])
  })

  test('a range with a gap in what was answered is absent, and only that one', () => {
    const gap = at - 3 * DAY
    const torn = [
      { ...coverage[0], to: gap },
      { ...coverage[0], from: gap + HOUR },
    ]
    const found = rangesAt(periodsAt(at, 'UTC', HOUR), { widthMs: HOUR, coverage: torn }, HOUR).map(
      ({ name }) => name,
    )
    expect(found).toEqual(['previous_hour', 'day', 'previous_day', 'week', 'previous_month', '6h', '24h'])
  })

  test('daily data has periods of UTC whatever the zone', () => {
    expect(periodsAt(at, 'Europe/Berlin', DAY)).toEqual(periodsAt(at, 'UTC', DAY))
    expect(periodsAt(at, 'Europe/Berlin', HOUR)).not.toEqual(periodsAt(at, 'UTC', HOUR))
    expect(periodsAt(at, 'Asia/Kolkata', HOUR)).toEqual(periodsAt(at, 'UTC', HOUR))
  })
})

describe('usage gauges', () => {
  test('sum each period and window up to the watermark', async () => {
    const { context, now } = await open('2026-11-18T09:00:00Z')
    const families = await periodGauges(context)(now)
    expect(values(families, 'llm_usage_period_cost', 'period')).toEqual({
      'day k1': 9,
      'week k1': 57,
      'month k1': 417,
      'previous_day k1': 24,
      'previous_week k1': 168,
      'previous_month k1': 744,
    })
    expect(values(families, 'llm_usage_window_cost', 'window')).toEqual({
      '6h k1': 6,
      '24h k1': 24,
      '7d k1': 168,
    })
    expect(values(families, 'llm_usage_period_start_timestamp_seconds', 'period')).toMatchObject({
      day: Date.parse('2026-11-18T00:00:00Z') / 1000,
      previous_month: Date.parse('2026-10-01T00:00:00Z') / 1000,
    })
  })

  test('use periods of the configured zone', async () => {
    const { context, now } = await open('2026-11-18T09:00:00Z', { zone: 'America/New_York' })
    const families = await periodGauges(context)(now)
    expect(values(families, 'llm_usage_period_cost', 'period')).toMatchObject({
      'day k1': 4,
      'previous_month k1': 744,
      'month k1': 17 * 24 + 4 + 1,
    })
  })

  test('roll over with the clock when nothing is polled any more', async () => {
    const opened = await open('2026-11-18T09:00:00Z')
    const gauges = periodGauges(opened.context)
    await gauges(opened.now)
    opened.now = Date.parse('2026-11-19T00:10:00Z')
    const families = await gauges(opened.now)
    expect(values(families, 'llm_usage_period_cost', 'period')).toMatchObject({
      'previous_day k1': 9,
      'month k1': 417,
    })
    expect(values(families, 'llm_usage_period_cost', 'period')).not.toHaveProperty('day k1')
  })

  test('show what is known in one range as 0 in the others', async () => {
    const opened = await open('2026-11-17T00:00:00Z')
    await opened.tell({
      source: BILLED,
      from: '2026-11-17T00:00:00Z',
      to: '2026-11-18T09:00:00Z',
      rows: [[1, { api_key: 'k2' }, '5']],
    })
    const periods = values(await periodGauges(opened.context)(opened.now), 'llm_usage_period_cost', 'period')
    expect(periods).toMatchObject({ 'day k1': 0, 'day k2': 0, 'previous_day k2': 5, 'previous_month k2': 0 })
  })

  test('read one source each, and none that is derived or has no data yet', async () => {
    const opened = await open('2026-11-18T09:00:00Z')
    const families = await periodGauges(opened.context)(opened.now)
    expect(families.some(({ name }) => name.includes('tokens'))).toBe(false)
    await opened.tell({
      source: METERED,
      from: '2026-11-18T00:00:00Z',
      to: '2026-11-18T09:00:00Z',
      rows: [[1, { model: 'grok-4', type: 'input' }, '1000']],
    })
    const later = await periodGauges(opened.context)(opened.now)
    expect(later.find(({ name }) => name === 'llm_usage_period_tokens')?.samples).toEqual([
      {
        labels: {
          ...{
            provider: 'xai',
            account: 'main',
            project: '',
            team: 'unassigned',
            api_key: '',
            model: 'grok-4',
          },
          ...{ token_type: 'input', period: 'day' },
        },
        value: 1000,
      },
    ])
  })

  test('follow an account to the source that it is read from since', async () => {
    const opened = await open('2026-11-18T00:00:00Z')
    const since = { source: BILLED_V1, from: '2026-11-17T00:00:00Z', to: '2026-11-18T09:00:00Z' }
    await opened.tell({ ...since, rows: [[25, { api_key: 'k1' }, '3']] })
    const periods = values(await periodGauges(opened.context)(opened.now), 'llm_usage_period_cost', 'period')
    expect(periods).toEqual({ 'day k1': 3, 'previous_day k1': 0 })
  })

  test('have a twin by model where the exposed cut has keys only', async () => {
    const opened = await open('2026-11-18T09:00:00Z')
    await opened.tell({
      source: BILLED,
      from: '2026-11-18T00:00:00Z',
      to: '2026-11-18T09:00:00Z',
      rows: [[1, { description: 'Chat grok-4' }, '9']],
    })
    const families = await periodGauges(opened.context)(opened.now)
    const twin = families.find(({ name }) => name === 'llm_usage_period_model_cost')?.samples ?? []
    expect(twin.find(({ labels }) => labels['period'] === 'day')).toMatchObject({
      labels: { model: 'grok-4' },
      value: 9,
    })
    expect(twin.every(({ labels }) => !('api_key' in labels))).toBe(true)
    const own = families.find(({ name }) => name === 'llm_usage_period_cost')?.samples ?? []
    expect(own.every(({ labels }) => labels['model'] === '')).toBe(true)
  })

  test('fold keys beyond the cap and keep the sum', async () => {
    const opened = await open('2026-11-18T09:00:00Z', { keys: ['k1', 'k2', 'k3'] })
    const { metrics } = opened.context.config
    const config = {
      ...opened.context.config,
      metrics: { ...metrics, caps: { ...metrics.caps, api_key: 1 } },
    }
    const families = await periodGauges({ ...opened.context, config })(opened.now)
    const days = Object.entries(values(families, 'llm_usage_period_cost', 'period')).filter(([key]) =>
      key.startsWith('day'),
    )
    expect(days.map(([, value]) => value)).toEqual([9, 18])
    expect(days[1]?.[0]).toBe('day other')
  })

  test('tell when each key was last used', async () => {
    const opened = await open('2026-11-10T00:00:00Z', { keys: ['old', 'new'] })
    await opened.tell({
      source: BILLED,
      from: '2026-11-10T00:00:00Z',
      to: '2026-11-18T09:00:00Z',
      rows: [[8 * 24 + 4, { api_key: 'new' }, '1']],
    })
    const families = await periodGauges(opened.context)(opened.now)
    const samples =
      families.find(({ name }) => name === 'llm_api_key_last_used_timestamp_seconds')?.samples ?? []
    expect(Object.fromEntries(samples.map(({ labels, value }) => [labels['api_key'], value * 1000]))).toEqual(
      {
        old: Date.parse('2026-11-10T00:00:00Z'),
        new: Date.parse('2026-11-18T05:00:00Z'),
      },
    )
  })

  test('are what the catalogue allows', async () => {
    const { context, now } = await open('2026-11-18T09:00:00Z')
    const metrics = createMetrics({ contributors: [periodGauges(context)], now: () => now })
    expect((await metrics.snapshot()).families.length).toBeGreaterThan(2)
  })
})
