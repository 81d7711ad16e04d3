import { describe, expect, test } from 'vitest'
import { refusal, useConfigFolder } from '../../../test/support/config-folder.ts'
import { parseBudget, writeBudget } from './budgets.ts'

const folder = useConfigFolder()

function load(budgets: string) {
  return folder.loadFile(`zone: Europe/Berlin\nbudgets:\n${budgets}`, { USAGE_EXPLORER_DEMO: 'off' })
}

describe('budgets of the file', () => {
  test('say little, and the rest is what most people mean', () => {
    const [budget] = load('  - name: all\n    amount: 500\n').budgets
    expect(budget).toEqual({
      name: 'all',
      where: [],
      each: undefined,
      unit: { currency: 'USD' },
      amount: 500n * 10n ** 18n,
      period: 'month',
      zone: 'Europe/Berlin',
      startDay: 1,
      thresholds: [50, 80, 100],
      action: 'notify',
      owner: undefined,
    })
  })

  test('take lists and single values, and come back as they were written', () => {
    const [budget] = load(
      '  - {name: b, amount: 12.5, unit: tokens, period: week, start_day: 3, each: user, thresholds: [90, 50], ' +
        "where: [team=search, 'model=~grok-.*'], zone: UTC, owner: ann@example.com}\n",
    ).budgets
    expect(budget).toMatchObject({ thresholds: [50, 90], each: 'user', startDay: 3, where: { length: 2 } })
    if (budget !== undefined) expect(parseBudget(writeBudget(budget), 'UTC')).toEqual(budget)
  })

  test('are refused with the line of every problem', () => {
    const { code, message } = refusal(() =>
      load(
        '  - {name: a, amount: 0}\n  - {name: b, amount: 1, unit: dollars}\n  - {name: c, amount: 1, where: teem=x}\n' +
          '  - {name: d, amount: 1, action: block, where: "team!=x"}\n  - {name: a, amount: 2}\n' +
          '  - {name: e, amount: 1, period: week, start_day: 9}\n  - {amount: 1, limit: 2}\n',
      ),
    )
    expect(code).toBe('CONFIG_INVALID')
    for (const line of [3, 4, 5, 6, 8, 9]) expect(message).toContain(`:${line}:`)
    for (const part of ['above 0', 'currency', 'dimension=value', 'tell before a call', 'name is missing'])
      expect(message).toContain(part)
  })

  test('may have a name once', () => {
    const twice = '  - {name: a, amount: 1}\n  - {name: a, amount: 2}\n'
    expect(refusal(() => load(twice)).message).toContain('again')
  })
})
