/** Exact decimal quantities (money, tokens, counts) as integers of 10⁻¹⁸, the scale that the ledger stores. */

/** A quantity times 10¹⁸. Sums and differences are plain bigint arithmetic and therefore exact. */
export type Amount = bigint

export const SCALE = 18
export const ONE: Amount = 10n ** 18n

/** Largest magnitude that DECIMAL(38,18) holds. */
export const MAX_AMOUNT: Amount = 10n ** 38n - 1n

const LITERAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/

/**
 * Reads a decimal literal as it stands in JSON or CSV ("0.75973725", "-12", "1.5e-7") without passing
 * through a float.
 *
 * @returns the amount, and whether digits beyond 10⁻¹⁸ were rounded away (half to even);
 *   `undefined` when the text is not a decimal number or exceeds DECIMAL(38,18).
 */
export function parseAmount(literal: string): { amount: Amount; rounded: boolean } | undefined {
  const match = LITERAL.exec(literal.trim())
  if (match === null) return undefined
  const [, sign, whole = '', fraction = '', exponent = '0'] = match
  const digits = whole + fraction
  if (digits === '') return undefined
  const significant = digits.replace(/^0+/, '')
  if (significant === '') return { amount: 0n, rounded: false }
  const shift = SCALE - fraction.length + Number(exponent)
  const scaledLength = significant.length + shift
  if (scaledLength > 38) return undefined
  if (scaledLength < 0) return { amount: 0n, rounded: true }
  const { quotient, exact } = shiftDecimal(BigInt(significant), shift)
  if (quotient > MAX_AMOUNT) return undefined
  return { amount: sign === '-' ? -quotient : quotient, rounded: !exact }
}

/** Writes an amount as a plain decimal string without an exponent or trailing zeros: "0.75973725", "-3", "0". */
export function formatAmount(amount: Amount): string {
  const negative = amount < 0n
  const digits = (negative ? -amount : amount).toString().padStart(SCALE + 1, '0')
  const whole = digits.slice(0, -SCALE)
  const fraction = digits.slice(-SCALE).replace(/0+$/, '')
  return `${negative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`
}

/** The nearest float64, for metric samples only; money for people and for finance stays a decimal string. */
export function toNumber(amount: Amount): number {
  return Number(formatAmount(amount))
}

/** An amount from a whole number of units. */
export function fromInteger(units: number | bigint): Amount {
  return BigInt(units) * ONE
}

/** a × b, rounded half to even at 10⁻¹⁸. */
export function multiply(a: Amount, b: Amount): Amount {
  return divideHalfEven(a * b, ONE)
}

/** a ÷ b, rounded half to even at 10⁻¹⁸. Throws RangeError when b is 0. */
export function divide(a: Amount, b: Amount): Amount {
  return divideHalfEven(a * ONE, b)
}

function shiftDecimal(digits: bigint, shift: number): { quotient: bigint; exact: boolean } {
  if (shift >= 0) return { quotient: digits * 10n ** BigInt(shift), exact: true }
  const divisor = 10n ** BigInt(-shift)
  return { quotient: divideHalfEven(digits, divisor), exact: digits % divisor === 0n }
}

function divideHalfEven(dividend: bigint, divisor: bigint): bigint {
  if (divisor < 0n) return divideHalfEven(-dividend, -divisor)
  const negative = dividend < 0n
  const magnitude = negative ? -dividend : dividend
  const floor = magnitude / divisor
  const twice = (magnitude % divisor) * 2n
  const up = twice > divisor || (twice === divisor && floor % 2n === 1n)
  const rounded = up ? floor + 1n : floor
  return negative ? -rounded : rounded
}
