import type { DataFrame } from '@grafana/data'
import { describe, expect, test } from 'vitest'
import type { AlertsAnswer, BudgetsAnswer } from '../api/contract.ts'
import { alertsFrame } from './alerts.ts'
import { budgetsFrame } from './budgets.ts'

const row = ({ fields }: DataFrame, index = 0): Record<string, unknown> =>
  Object.fromEntries(fields.map(({ name, values }) => [name, values[index]]))

const budget: BudgetsAnswer['budgets'][number] = {
  name: 'per-user',
  label: 'per-user/u1',
  of_name: 'Ann',
  team: '',
  owner: null,
  unit: 'USD',
  amount: '80',
  used: '40',
  ratio: 0.5,
  burn: { '24h': 1.5 },
  forecast: '100',
  runs_out_at: '2026-11-21T16:00:00.000Z',
  period_end: '2026-11-22T00:00:00.000Z',
}

describe('budgets', () => {
  test('show whose they are, how much is used and when they are used up', () => {
    expect(row(budgetsFrame('A', { budgets: [budget] }))).toMatchObject({
      Budget: 'per-user/Ann',
      label: 'per-user/u1',
      Used: 0.5,
      'Forecast of limit': 1.25,
      'Used up on': Date.parse('2026-11-21T16:00Z'),
      'Burn, 24 h': 1.5,
      'Burn, 3 days': null,
    })
  })

  test('of one currency are money; of several units they stand beside theirs', () => {
    const unitOf = (frame: DataFrame) => frame.fields.find(({ name }) => name === 'Limit')?.config.unit
    expect(unitOf(budgetsFrame('A', { budgets: [budget] }))).toBe('currencyUSD')
    expect(unitOf(budgetsFrame('A', { budgets: [budget, { ...budget, unit: 'tokens' }] }))).toBe('short')
  })

  test('leave what is unknown empty', () => {
    const unknown = { ...budget, used: null, ratio: null, forecast: null, runs_out_at: null }
    expect(row(budgetsFrame('A', { budgets: [unknown] }))).toMatchObject({
      Used: null,
      'Used amount': null,
      'Forecast of limit': null,
      'Used up on': null,
    })
  })
})

describe('alerts', () => {
  const alert: AlertsAnswer['alerts'][number] = {
    name: 'LLMCostSpike',
    status: 'firing',
    severity: 'warning',
    team: 'search',
    summary: 'Cost is far above what is usual.',
    description: 'More.',
    starts_at: '2026-11-21T16:00:00.000Z',
    ends_at: null,
    runbook_url: null,
    silence_url: 'http://alertmanager/#/silences/new',
  }

  test('are a table, and have the fields that annotations are made of', () => {
    expect(row(alertsFrame('A', { alerts: [alert] }))).toMatchObject({
      time: Date.parse(alert.starts_at),
      timeEnd: null,
      title: alert.summary,
      text: 'More.',
      tags: 'LLMCostSpike,warning',
      Silence: alert.silence_url,
    })
  })
})
