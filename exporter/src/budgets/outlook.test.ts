import { describe, expect, test } from 'vitest'
import { DAY, HOUR } from '../clock.ts'
import { parseBudget } from '../config/budgets.ts'
import type { Budget } from '../usage/budget.ts'
import { burnRatio, createForecast, type Hours } from './outlook.ts'

const ONE = 10n ** 18n
const month = { from: Date.parse('2026-11-01'), to: Date.parse('2026-12-01') }

function budgetOf(texts: Record<string, string>): Budget {
  return parseBudget({ where: [], texts: { name: 'b', amount: '720', ...texts } }, 'UTC')
}

/** From four weeks before `end`, by the hour. */
function hoursTo(end: string, amountAt: (at: Date) => bigint | null): Hours {
  const from = Date.parse(end) - 28 * DAY
  return {
    from,
    amounts: Array.from({ length: 28 * 24 }, (_, hour) => amountAt(new Date(from + hour * HOUR))),
  }
}

describe('the burn of a budget', () => {
  const budget = budgetOf({})
  const end = Date.parse('2026-11-10')
  const burn = (amountAt: (at: Date) => bigint | null, windowMs: number, now = end) =>
    burnRatio(hoursTo('2026-11-10', amountAt), { budget, period: month, dataEnd: end, windowMs, now })

  test('is 1 where as much is used as the budget allows in that time', () => {
    expect(burn(() => ONE, 6 * HOUR)).toBe(1)
    expect(burn(() => 3n * ONE, DAY)).toBe(3)
  })

  test('looks at its window alone', () => {
    const spike = (at: Date) => (at.getTime() >= end - HOUR ? 24n * ONE : 0n)
    expect(burn(spike, HOUR)).toBe(24)
    expect(burn(spike, DAY)).toBe(1)
  })

  test('is not told of hours that are not known, nor of data that is older than the window is long', () => {
    expect(burn((at) => (at.getTime() === end - 3 * HOUR ? null : ONE), 6 * HOUR)).toBeUndefined()
    expect(burn(() => ONE, HOUR, end + HOUR)).toBe(1)
    expect(burn(() => ONE, HOUR, end + HOUR + 1)).toBeUndefined()
  })
})

describe('the forecast of a budget', () => {
  const end = '2026-11-11'
  const forecast = (amountAt: (at: Date) => bigint | null, texts = {}, period = month, used = 240n * ONE) =>
    createForecast(
      budgetOf(texts),
      period,
      Date.parse(end) - 28 * DAY,
      Date.parse(end),
    )(used, hoursTo(end, amountAt))

  test('of even use is what is used and as much a day for the rest', () => {
    expect(forecast(() => ONE)).toEqual({ amount: 720n * ONE, runsOutAt: month.to })
    expect(forecast(() => ONE, { amount: '721' })).toEqual({ amount: 720n * ONE, runsOutAt: undefined })
  })

  test('knows weekends', () => {
    const atWork = (at: Date) => ([0, 6].includes(at.getUTCDay()) ? 0n : ONE)
    // 11 to 30 November 2026 has 14 working days.
    expect(forecast(atWork)?.amount).toBe((240n + 14n * 24n) * ONE)
  })

  test('is not moved by one odd day', () => {
    const odd = (at: Date) => (at.getUTCDate() === 4 ? 100n * ONE : ONE)
    expect(forecast(odd)?.amount).toBe(720n * ONE)
  })

  test('says when the budget is used up', () => {
    const { runsOutAt } = forecast(() => 2n * ONE) ?? {}
    expect(new Date(runsOutAt ?? 0).toISOString()).toBe('2026-11-21T00:00:00.000Z')
  })

  test('of a day goes by the hours of the week', () => {
    const day = { from: Date.parse('2026-11-10'), to: Date.parse('2026-11-12') }
    const office = (at: Date) => (at.getUTCHours() >= 8 && at.getUTCHours() < 18 ? 5n * ONE : 0n)
    const found = forecast(office, { period: 'day', amount: '60' }, day, 20n * ONE)
    expect(found?.amount).toBe(70n * ONE)
    expect(new Date(found?.runsOutAt ?? 0).toISOString()).toBe('2026-11-11T16:00:00.000Z')
  })

  test('with a week of history takes the mean, and with less than a day says nothing', () => {
    const since = (days: number) => (at: Date) => (at.getTime() >= Date.parse(end) - days * DAY ? ONE : null)
    expect(forecast(since(7))?.amount).toBe(720n * ONE)
    expect(forecast(since(1))?.amount).toBe(720n * ONE)
    expect(forecast(since(0.9))).toBeUndefined()
  })
})
