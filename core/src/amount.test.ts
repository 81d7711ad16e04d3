import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  divide,
  formatAmount,
  fromInteger,
  MAX_AMOUNT,
  multiply,
  ONE,
  parseAmount,
  toNumber,
  type Amount,
} from './amount.ts'

const amounts = fc.bigInt({ min: -MAX_AMOUNT, max: MAX_AMOUNT })
const amountOf = (literal: string): Amount | undefined => parseAmount(literal)?.amount

describe('reading a literal', () => {
  test.each([
    ['0', 0n],
    ['0.75973725', 759_737_250_000_000_000n],
    ['-12', -12n * ONE],
    ['+5', 5n * ONE],
    ['.5', ONE / 2n],
    ['1.', ONE],
    ['1.5e-7', 150_000_000_000n],
    ['2E+3', 2000n * ONE],
    [' 7 ', 7n * ONE],
    ['0.1739150000000000000000000000', 173_915_000_000_000_000n],
    ['0e9999', 0n],
  ])('reads %j exactly', (literal, expected) => {
    expect(parseAmount(literal)).toEqual({ amount: expected, rounded: false })
  })

  test.each(['', ' ', '.', '-', 'e5', '1,5', '0x10', 'NaN', 'Infinity', '1e', '1 2', '--1', '1e12345'])(
    'refuses %j',
    (literal) => {
      expect(parseAmount(literal)).toBeUndefined()
    },
  )

  test('rounds digits beyond 10⁻¹⁸ half to even and says so', () => {
    expect(parseAmount('0.0000000000000000005')).toEqual({ amount: 0n, rounded: true })
    expect(parseAmount('0.0000000000000000015')).toEqual({ amount: 2n, rounded: true })
    expect(parseAmount('0.0000000000000000025')).toEqual({ amount: 2n, rounded: true })
    expect(parseAmount('0.00000000000000000250001')).toEqual({ amount: 3n, rounded: true })
    expect(parseAmount('-0.0000000000000000015')).toEqual({ amount: -2n, rounded: true })
    expect(parseAmount('1e-9999')).toEqual({ amount: 0n, rounded: true })
  })

  test('takes what DECIMAL(38,18) holds and not one unit more', () => {
    const largest = '99999999999999999999.999999999999999999'
    expect(amountOf(largest)).toBe(MAX_AMOUNT)
    expect(amountOf(`-${largest}`)).toBe(-MAX_AMOUNT)
    expect(amountOf(`${largest}4`)).toBe(MAX_AMOUNT)
    expect(amountOf(`${largest}5`)).toBeUndefined()
    expect(amountOf('100000000000000000000')).toBeUndefined()
    expect(amountOf('1e20')).toBeUndefined()
    expect(amountOf('1e9999')).toBeUndefined()
  })

  test('a literal of a million digits is read or refused without computing them', () => {
    expect(parseAmount(`0.${'0'.repeat(1_000_000)}1`)).toEqual({ amount: 0n, rounded: true })
    expect(parseAmount('9'.repeat(1_000_000))).toBeUndefined()
  })
})

describe('properties', () => {
  test('what is written is read back', () => {
    fc.assert(
      fc.property(amounts, (amount) => {
        expect(amountOf(formatAmount(amount))).toBe(amount)
      }),
    )
  })

  test('what is written is a plain decimal without needless zeros', () => {
    fc.assert(
      fc.property(amounts, (amount) => {
        expect(formatAmount(amount)).toMatch(/^(?:0|-?(?:[1-9]\d*|0)(?:\.\d*[1-9])?)$/)
      }),
    )
  })

  test('a sum of literals is the sum of their decimals, whatever their order', () => {
    const cents = fc.integer({ min: -1_000_000, max: 1_000_000 })
    fc.assert(
      fc.property(fc.array(cents), (list) => {
        const literals = list.map((value) => `${value}e-2`)
        const sum = literals.reduce((total, literal) => total + (amountOf(literal) ?? 0n), 0n)
        const total = list.reduce((a, b) => a + b, 0)
        expect(sum).toBe(amountOf(`${total}e-2`))
      }),
    )
  })

  test('shifting the point by an exponent is the same as writing it out', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 0, max: 15 }), (value, places) => {
        const digits = Math.abs(value)
          .toString()
          .padStart(places + 1, '0')
        const at = digits.length - places
        const plain = `${value < 0 ? '-' : ''}${digits.slice(0, at)}.${digits.slice(at)}`
        expect(amountOf(`${value}e-${places}`)).toBe(amountOf(plain))
      }),
    )
  })

  test('a float64 survives the way through its shortest literal and back', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-3, max: 1e15, noNaN: true }), (value) => {
        const parsed = parseAmount(String(value))
        fc.pre(parsed?.rounded === false)
        expect(toNumber(parsed.amount)).toBe(value)
      }),
    )
  })

  test('products and quotients are off by no more than half of the last digit', () => {
    const small = fc.bigInt({ min: -(10n ** 28n), max: 10n ** 28n })
    const magnitude = (value: bigint): bigint => (value < 0n ? -value : value)
    fc.assert(
      fc.property(small, small, (a, b) => {
        expect(magnitude(multiply(a, b) * ONE - a * b) * 2n).toBeLessThanOrEqual(ONE)
        expect(multiply(a, b)).toBe(multiply(b, a))
        if (b === 0n) return
        expect(magnitude(divide(a, b) * b - a * ONE) * 2n).toBeLessThanOrEqual(magnitude(b))
      }),
    )
  })
})

test('ties in products and quotients go to the even digit on both sides of zero', () => {
  expect(multiply(1n, ONE / 2n)).toBe(0n)
  expect(multiply(3n, ONE / 2n)).toBe(2n)
  expect(multiply(-3n, ONE / 2n)).toBe(-2n)
  expect(divide(1n, 2n * ONE)).toBe(0n)
  expect(divide(3n, -2n * ONE)).toBe(-2n)
})

test('dividing by zero throws', () => {
  expect(() => divide(ONE, 0n)).toThrow(RangeError)
})

test('whole units scale exactly', () => {
  expect(fromInteger(908)).toBe(908n * ONE)
  expect(formatAmount(fromInteger(-3n))).toBe('-3')
})
