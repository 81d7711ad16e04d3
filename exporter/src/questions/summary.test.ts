import { afterEach, expect, test } from 'vitest'
import { HOUR } from '../clock.ts'
import { describeSources } from './sources.ts'
import { summarize } from './summary.ts'
import { BILLED, World } from './testing.ts'

let world: World
afterEach(() => world.close())

/** A dollar an hour from 1 October to 9:00 on 18 November. */
async function open(zone = 'UTC'): Promise<void> {
  const requests = 'Not counted: instrument the app.'
  world = await World.open({ now: '2026-11-18T10:30:00Z', config: { zone }, neverReports: { requests } })
  const [from, to] = ['2026-10-01T00:00:00Z', '2026-11-18T09:00:00Z']
  const hours = (Date.parse(to) - Date.parse(from)) / HOUR
  const rows = Array.from({ length: hours }, (_, hour) => [hour, { api_key: 'k1' }, '1'] as const)
  await world.tell({ source: BILLED, from, to, rows })
}

test('a summary tells today, yesterday, the months and 30 days, and what nobody reports', async () => {
  await open()
  const summary = await summarize(world.context, {})
  const cost = ({ totals }: { totals: readonly { measure: string; amount: string | null }[] }): unknown =>
    totals.find(({ measure }) => measure === 'cost')?.amount
  expect(cost(summary.today)).toBe('9')
  expect(cost(summary.yesterday)).toBe('24')
  expect(cost(summary.this_month)).toBe('417')
  expect(cost(summary.previous_month)).toBe('744')
  expect(summary.today.totals).toContainEqual({
    measure: 'requests',
    currency: '',
    amount: null,
    state: 'unknown',
  })
  const points = summary.last_30_days.totals[0]?.points ?? []
  expect(points.map(({ amount }) => amount)).toEqual([...Array.from({ length: 29 }, () => '24'), '9'])
  expect(points.at(-1)).toMatchObject({ start: '2026-11-18T00:00:00.000Z', state: 'partial' })
  expect(summary.notices.map(({ code, measure }) => `${code} ${measure}`).sort()).toEqual([
    'not_in_yet cost',
    'not_reported requests',
    'not_reported tokens',
  ])
  expect(summary.sources).toMatchObject([{ source: 'xai.billing', watermark: '2026-11-18T09:00:00.000Z' }])
})

test('a summary may be asked in a zone and filtered, and refuses the rest', async () => {
  await open()
  const summary = await summarize(world.context, { zone: 'America/New_York', where: 'api_key=k1' })
  expect(summary.today).toMatchObject({ from: '2026-11-18T05:00:00.000Z', totals: [{ amount: '4' }, {}, {}] })
  await expect(summarize(world.context, { top: '3' })).rejects.toThrow(/^top: is not a parameter here/)
})

test('sources tell their freshness, completeness, cuts and what is never reported', async () => {
  await open()
  world.now += 2 * HOUR
  const tell = { source: BILLED, from: '2026-11-01T00:00:00Z', to: '2026-11-02T00:00:00Z' }
  await world.tell({ ...tell, truncated: true, rows: [[0, { description: 'Chat grok-4' }, '1']] })
  const { accounts, sources } = describeSources(world.context)
  expect(accounts).toMatchObject([
    { account: 'main', never_reports: { requests: expect.any(String) as string } },
  ])
  expect(sources).toMatchObject([
    {
      ...{ source: 'xai.billing', kind: 'billed', watermark: '2026-11-18T09:00:00.000Z', complete: true },
      ...{ lag_seconds: 3600, exposed_cut: 'api_key' },
      cuts: [
        {
          cut: 'api_key',
          coverage: [{ from: '2026-10-01T00:00:00.000Z', to: '2026-11-18T09:00:00.000Z', state: 'complete' }],
        },
        { cut: 'description', coverage: [{ state: 'partial' }] },
      ],
    },
  ])
})
