import { describe, expect, test } from 'vitest'
import { budgetPeriod, guardSelector, type BudgetPeriod } from './budget.ts'

const iso = (at: number): string => new Date(at).toISOString().slice(0, 16)

describe("a budget's period", () => {
  test.each<[BudgetPeriod, number, string, string, string, string]>([
    ['hour', 1, 'UTC', '2026-11-10T10:20Z', '2026-11-10T10:00', '2026-11-10T11:00'],
    ['day', 1, 'Europe/Berlin', '2026-11-10T23:30Z', '2026-11-10T23:00', '2026-11-11T23:00'],
    ['day', 1, 'Europe/Berlin', '2026-10-25T12:00Z', '2026-10-24T22:00', '2026-10-25T23:00'],
    ['week', 1, 'UTC', '2026-11-11T00:00Z', '2026-11-09T00:00', '2026-11-16T00:00'],
    ['week', 3, 'UTC', '2026-11-10T23:00Z', '2026-11-04T00:00', '2026-11-11T00:00'],
    ['month', 1, 'UTC', '2026-11-30T23:59Z', '2026-11-01T00:00', '2026-12-01T00:00'],
    ['month', 15, 'Europe/Berlin', '2026-11-14T22:59Z', '2026-10-14T22:00', '2026-11-14T23:00'],
    ['month', 28, 'UTC', '2026-03-01T00:00Z', '2026-02-28T00:00', '2026-03-28T00:00'],
    ['quarter', 1, 'UTC', '2026-11-10T00:00Z', '2026-10-01T00:00', '2027-01-01T00:00'],
    ['quarter', 10, 'UTC', '2026-10-09T23:00Z', '2026-07-10T00:00', '2026-10-10T00:00'],
  ])('%s from day %i in %s at %s is %s to %s', (period, startDay, zone, at, from, to) => {
    const found = budgetPeriod({ period, startDay, zone }, Date.parse(at))
    expect([iso(found.from), iso(found.to)]).toEqual([from, to])
  })

  test('of an hour that a clock change repeats is one hour', () => {
    const of = { period: 'hour', startDay: 1, zone: 'Europe/Berlin' } as const
    const found = budgetPeriod(of, Date.parse('2026-10-25T00:30Z'))
    expect([iso(found.from), iso(found.to)]).toEqual(['2026-10-25T00:00', '2026-10-25T01:00'])
    expect(iso(budgetPeriod(of, Date.parse('2026-10-25T01:30Z')).from)).toBe('2026-10-25T01:00')
  })
})

describe('what a guard must find in a call', () => {
  test.each([
    [['team=search', 'model=grok-4', 'model=grok-3'], { team: ['search'], model: ['grok-4', 'grok-3'] }],
    [[], {}],
    [['team!=search'], undefined],
    [['model=~grok.*'], undefined],
    [['provider=xai'], undefined],
  ])('%j is %j', (where, selector) => {
    expect(guardSelector({ where, each: undefined }, '')).toEqual(selector)
  })

  test('with each also whose amount it is', () => {
    expect(guardSelector({ where: ['team=search'], each: 'user' }, 'ann')).toEqual({
      team: ['search'],
      user: ['ann'],
    })
    expect(guardSelector({ where: [], each: 'project' }, 'p')).toBeUndefined()
  })
})
