/** Figures, times and states as people read them. Money and counts never pass through a float. */
import { parseAmount } from '@usage-explorer/core/amount'
import { DAY, HOUR, MINUTE, SECOND } from '../../clock.ts'
import type { State } from './status/answers.ts'

/** For the language of the page; figures in it are written the same way for everybody who reads it. */
const LOCALE = 'en-US'
const DATES = 'en-GB'

/**
 * "$1,234.57": rounded half to even to the currency's own decimals. What is not 0 is never shown as 0: "<$0.01".
 *
 * @param amount decimal string
 * @param currency ISO 4217; another unit stands behind the figure, '' is none
 */
export function money(amount: string, currency: string): string {
  const format = moneyFormat(currency, {})
  const shown = write(format, amount, currency)
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2
  const parsed = parseAmount(amount)?.amount ?? 0n
  const half = 5n * 10n ** BigInt(17 - digits)
  if (parsed === 0n || parsed > half || parsed < -half) return shown
  const least = write(format, `${parsed < 0n ? '-' : ''}${(10 ** -digits).toFixed(digits)}`, currency)
  return `${parsed < 0n ? '>' : '<'}${least}`
}

/** For an axis: "$1.2K", "$0.50". */
export function shortMoney(amount: string, currency: string): string {
  if (amount.includes('.')) {
    return write(moneyFormat(currency, { minimumFractionDigits: 2, maximumFractionDigits: 18 }), amount, '')
  }
  return write(moneyFormat(currency, { notation: 'compact', maximumSignificantDigits: 3 }), amount, '')
}

/** "15,109,750,613" */
export function count(amount: string): string {
  return write(new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0, ...HALF_EVEN }), amount, '')
}

const HALF_EVEN = { roundingMode: 'halfEven' } as const

function moneyFormat(currency: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  if (!isCurrency(currency)) {
    const decimals =
      options.notation === undefined ? { minimumFractionDigits: 2, maximumFractionDigits: 2 } : {}
    return new Intl.NumberFormat(LOCALE, { ...decimals, ...options, ...HALF_EVEN })
  }
  return new Intl.NumberFormat(LOCALE, { style: 'currency', currency, ...options, ...HALF_EVEN })
}

function isCurrency(currency: string): boolean {
  return /^[A-Z]{3}$/.test(currency)
}

function write(format: Intl.NumberFormat, amount: string, unit: string): string {
  if (!isDecimal(amount)) return amount
  const text = format.format(amount)
  return unit === '' || isCurrency(unit) ? text : `${text} ${unit}`
}

/** Intl takes a decimal string for the exact number that it is. */
function isDecimal(text: string): text is `${number}` {
  return parseAmount(text) !== undefined
}

/** "20 Nov 2026, 23:00 UTC" */
export function instant(at: number | string, zone: string): string {
  return formatter(zone, {
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
  }).format(new Date(at))
}

/** "20 Nov" */
export function day(at: number | string, zone: string): string {
  return formatter(zone, {}).format(new Date(at))
}

/** "Fri 20 Nov" */
export function weekday(at: number | string, zone: string): string {
  return formatter(zone, { weekday: 'short' }).format(new Date(at)).replace(',', '')
}

function formatter(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(DATES, { timeZone: zone, day: 'numeric', month: 'short', ...options })
}

const UNITS: readonly (readonly [ms: number, name: string])[] = [
  [DAY, 'day'],
  [HOUR, 'hour'],
  [MINUTE, 'minute'],
  [SECOND, 'second'],
]

/** "2 hours", whole units rounded down; "1 second" at least. */
export function duration(ms: number): string {
  const [unitMs, name] = UNITS.find(([unit]) => ms >= unit) ?? [SECOND, 'second']
  const units = Math.max(1, Math.floor(ms / unitMs))
  return `${units} ${name}${units === 1 ? '' : 's'}`
}

/** "2 hours ago", or "just now". */
export function ago(ms: number): string {
  return ms < SECOND ? 'just now' : `${duration(ms)} ago`
}

const ISO_INSTANT = /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z/g

/** A sentence of the API for people: its instants in the page's zone, its first word with a capital unless it is a name. */
export function sentence(message: string, zone: string): string {
  return message
    .replace(ISO_INSTANT, (at) => (Number.isNaN(Date.parse(at)) ? at : instant(at, zone)))
    .replace(/^[a-z](?=[a-z]* )/, (letter) => letter.toUpperCase())
}

/** How far a figure can be relied on. */
export const STATES: Readonly<Record<State, string>> = {
  complete: 'final',
  partial: 'a lower bound: part of it is missing or still to come',
  provisional: 'not final: it may still change',
  lump: 'part of it is known only as the sum of a longer stretch',
  unknown: 'nothing is known of it yet',
}

/** The same for tables. */
export const SHORT_STATES: Readonly<Record<State, string>> = {
  complete: 'final',
  partial: 'lower bound',
  provisional: 'not final',
  lump: 'in a longer sum',
  unknown: 'nothing known',
}
