import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { pino } from 'pino'
import { World } from '../questions/testing.ts'
import { createAlerts, type Alerts } from './alerts.ts'
import { silenceLink, WEBHOOK } from './webhook.ts'

let world: World
let alerts: Alerts
let logged: { level: number; msg: string; alert: string }[]

async function open(): Promise<void> {
  logged = []
  const log = pino({}, { write: (line: string) => logged.push(JSON.parse(line) as (typeof logged)[number]) })
  alerts = await createAlerts({ ledger: world.context.ledger, log, now: () => world.now })
}

function webhook(status: 'firing' | 'resolved', more: object = {}, labels: object = {}) {
  return WEBHOOK.parse({
    version: '4',
    externalURL: 'http://alertmanager:9093',
    alerts: [
      {
        status,
        labels: { alertname: 'LLMBudgetExhausted', severity: 'critical', team: 'search', ...labels },
        annotations: {
          summary: 'The budget is used up.',
          runbook_url: 'javascript:alert(1)',
          dashboard_url: 'https://g/d',
        },
        startsAt: '2026-11-10T10:00:00.123Z',
        endsAt: status === 'firing' ? '0001-01-01T00:00:00Z' : '2026-11-10T12:00:00Z',
        fingerprint: 'abc',
        ...more,
      },
    ],
  })
}

beforeEach(async () => {
  world = await World.open({ now: '2026-11-11T01:00Z' })
  await open()
})
afterEach(() => world.close())

describe('an alert', () => {
  test('is kept and logged once, though Alertmanager repeats it, and its end too', async () => {
    await alerts.receive(webhook('firing'))
    await alerts.receive(webhook('firing'))
    expect(alerts.firing()).toMatchObject([{ name: 'LLMBudgetExhausted', team: 'search', ends_at: null }])
    await open()
    await alerts.receive(webhook('firing'))
    expect(logged).toEqual([])
    await alerts.receive(webhook('resolved'))
    await alerts.receive(webhook('firing'))
    expect(alerts.firing()).toEqual([])
    expect(logged.map(({ msg }) => msg)).toEqual(['An alert is over.'])
    await open()
    const day = { from: Date.parse('2026-11-10'), to: Date.parse('2026-11-11') }
    expect(alerts.between(day)).toMatchObject([{ status: 'resolved', ends_at: '2026-11-10T12:00:00.000Z' }])
  })

  test('that fires again is another one', async () => {
    await alerts.receive(webhook('resolved'))
    await alerts.receive(webhook('firing', { startsAt: '2026-11-10T14:00:00Z' }))
    expect(alerts.between({ from: 0, to: Date.parse('2026-11-11') }).map(({ status }) => status)).toEqual([
      'firing',
      'resolved',
    ])
    expect(alerts.between({ from: 0, to: Date.parse('2026-11-10T11:00Z') })).toHaveLength(1)
    expect(
      alerts.between({ from: Date.parse('2026-11-10T13:00Z'), to: Date.parse('2026-11-10T13:30Z') }),
    ).toEqual([])
  })

  test('that Prometheus begins anew after a restart is the same, and ends as one', async () => {
    await alerts.receive(webhook('firing'))
    await alerts.receive(webhook('firing', { startsAt: '2026-11-10T11:00:00Z' }))
    expect(alerts.firing()).toHaveLength(1)
    await alerts.receive(webhook('resolved', { startsAt: '2026-11-10T11:30:00Z' }))
    expect(alerts.between({ from: 0, to: Date.parse('2026-11-11') })).toMatchObject([
      { starts_at: '2026-11-10T10:00:00.123Z', ends_at: '2026-11-10T12:00:00.000Z', status: 'resolved' },
    ])
  })

  test('of which nothing was heard for two days is over', async () => {
    await alerts.receive(webhook('firing'))
    world.now += 49 * 3_600_000
    expect(alerts.firing()).toHaveLength(1)
    await alerts.receive(webhook('firing'))
    world.now += 49 * 3_600_000
    expect(alerts.firing()).toHaveLength(1)
    world.now += 2 * 3_600_000
    expect(alerts.firing()).toEqual([])
    expect(alerts.between({ from: 0, to: world.now })).toMatchObject([
      { status: 'resolved', ends_at: '2026-11-13T02:00:00.000Z' },
    ])
  })

  test('links to nothing but web pages, and to a silence of just its labels', async () => {
    await alerts.receive(webhook('firing'))
    expect(alerts.firing()).toMatchObject([{ runbook_url: null, dashboard_url: 'https://g/d' }])
    const link = new URL(alerts.firing()[0]?.silence_url ?? '')
    expect(decodeURIComponent(link.hash)).toBe(
      '#/silences/new?filter={alertname="LLMBudgetExhausted",severity="critical",team="search"}',
    )
    expect(silenceLink('', {})).toBeNull()
  })

  test('the gravest come first', async () => {
    await alerts.receive(webhook('firing', { fingerprint: 'i' }, { severity: 'info' }))
    await alerts.receive(webhook('firing', { fingerprint: 'w' }, { severity: 'warning' }))
    await alerts.receive(webhook('firing'))
    expect(alerts.firing().map(({ severity }) => severity)).toEqual(['critical', 'warning', 'info'])
  })
})
