import { parseAmount } from '@usage-explorer/core/amount'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { barChart, gridLines, PLOT_HEIGHT } from './chart.ts'
import { daysOf } from './testing/view.ts'

interface Shape {
  readonly kind: string
  readonly y: number
  readonly height: number
}

function shapes(markup: string): Shape[] {
  return [...markup.matchAll(/<rect([^>]*)>/g)].map(([, attributes = '']) => {
    const of = (name: string): string => new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1] ?? ''
    return { kind: of('class'), y: Number(of('y')), height: Number(of('height')) }
  })
}

const amount = (text: string): bigint => parseAmount(text)?.amount ?? 0n

test('a bar is as long as its amount says, one that is not final is open, and an unknown day has none', () => {
  const points = daysOf([
    { amount: '100', state: 'complete' },
    { amount: '50', state: 'provisional' },
    { amount: null, state: 'unknown' },
    { amount: '0', state: 'complete' },
    { amount: '25', state: 'partial' },
  ])
  const found = shapes(barChart('c', points, 'USD', 'UTC').text)
  const bars = found.filter(({ kind }) => kind.startsWith('bar'))
  expect(bars.map(({ kind }) => kind)).toEqual(['bar', 'bar open', 'bar', 'bar open'])
  expect(bars.map(({ height }) => height / PLOT_HEIGHT)).toEqual([1, 0.5, 0, 0.25])
  expect(found.filter(({ kind }) => kind === 'gap')).toHaveLength(1)
})

test('what was paid back hangs below the line of 0', () => {
  const points = daysOf([
    { amount: '10', state: 'complete' },
    { amount: '-10', state: 'complete' },
  ])
  const [up, down] = shapes(barChart('c', points, 'USD', 'UTC').text).filter(({ kind }) => kind === 'bar')
  expect([up?.height, down?.height]).toEqual([PLOT_HEIGHT / 2, PLOT_HEIGHT / 2])
  expect(down?.y).toBe((up?.y ?? 0) + PLOT_HEIGHT / 2)
})

test('it is named and described for those who do not see it, and each day says its exact amount', () => {
  const points = daysOf([
    { amount: '1.239', state: 'complete' },
    { amount: '0.5', state: 'provisional' },
    { amount: null, state: 'unknown' },
  ])
  const { text } = barChart('c', points, 'USD', 'UTC')
  expect(text).toContain('aria-labelledby="c-title c-desc"')
  expect(text).toContain('<title id="c-title">Cost by day in USD</title>')
  expect(text).toContain(
    '3 days from 18 Nov to 20 Nov. The most was $1.24 on 18 Nov. 1 of them is not final. Nothing is known of 1.',
  )
  expect(text).toContain('<title>Wed 18 Nov: $1.24 (final); exactly 1.239 USD</title>')
  expect(text).toContain('<title>Fri 20 Nov: nothing is known of it yet</title>')
})

test('no day, only unknown days and only zeros are drawn too', () => {
  expect(shapes(barChart('c', [], 'USD', 'UTC').text)).toEqual([])
  for (const amount of [null, '0']) {
    const points = daysOf([{ amount, state: amount === null ? 'unknown' : 'complete' }])
    expect(barChart('c', points, '', 'UTC').text).not.toMatch(/NaN|Infinity|undefined/)
  }
})

test('the lines of the grid are round, few, evenly spaced and around every amount', () => {
  expect(gridLines([amount('615.5'), amount('20')])).toEqual(['0', '200', '400', '600', '800'].map(amount))
  expect(gridLines([amount('0.00007')])).toHaveLength(5)
  expect(gridLines([-7n])).toEqual([-8n, -6n, -4n, -2n, 0n])
  fc.assert(
    fc.property(fc.array(fc.bigInt(-(10n ** 38n), 10n ** 38n)), (values) => {
      const lines = gridLines(values)
      const [low, high] = [lines[0] ?? 0n, lines.at(-1) ?? 0n]
      expect(lines.length).toBeGreaterThanOrEqual(2)
      expect(lines.length).toBeLessThanOrEqual(7)
      expect(lines).toContain(0n)
      expect(values.every((value) => value >= low && value <= high)).toBe(true)
      const step = (lines[1] ?? 0n) - low
      expect(lines.every((line, at) => line === low + step * BigInt(at))).toBe(true)
      expect(step.toString()).toMatch(/^[125]0*$/)
    }),
  )
})
