import { expect, test } from 'vitest'
import { ago, count, day, duration, instant, money, sentence, shortMoney, weekday } from './words.ts'

test.each([
  ['0.125', 'USD', '$0.12'],
  ['0.135', 'USD', '$0.14'],
  ['0.125000000000000001', 'USD', '$0.13'],
  ['6301.71414244', 'USD', '$6,301.71'],
  ['-3.5', 'USD', '-$3.50'],
  ['12345678901234567890.125', 'USD', '$12,345,678,901,234,567,890.12'],
  ['1234.5', 'EUR', '€1,234.50'],
  ['1500.5', 'JPY', '¥1,500'],
  ['1234.5', 'credits', '1,234.50 credits'],
  ['7', '', '7.00'],
])('%s %s reads %s, rounded half to even without a float', (amount, currency, text) => {
  expect(money(amount, currency)).toBe(text)
})

test.each([
  ['0', '$0.00'],
  ['0.005', '<$0.01'],
  ['0.005000000000000001', '$0.01'],
  ['0.000000000000000001', '<$0.01'],
  ['-0.004', '>-$0.01'],
])('%s USD reads %s: what is not 0 never looks like it', (amount, text) => {
  expect(money(amount, 'USD')).toBe(text)
})

test('an amount that is no decimal number is shown as it came', () => {
  expect(money('1e', 'USD')).toBe('1e')
})

test.each([
  ['0', 'USD', '$0'],
  ['0.0002', 'USD', '$0.0002'],
  ['0.5', 'USD', '$0.50'],
  ['600', 'USD', '$600'],
  ['1500000', 'USD', '$1.5M'],
  ['1200', 'credits', '1.2K'],
])('%s %s is short on an axis: %s', (amount, currency, text) => {
  expect(shortMoney(amount, currency)).toBe(text)
})

test('counts have all their digits', () => {
  expect(count('15109750613')).toBe('15,109,750,613')
  expect(count('9007199254740993')).toBe('9,007,199,254,740,993')
  expect(count('2.5')).toBe('2')
})

test('instants and days are those of the zone', () => {
  const at = '2026-11-20T23:30:00.000Z'
  expect(instant(at, 'UTC')).toBe('20 Nov 2026, 23:30 UTC')
  expect(instant(at, 'Asia/Tokyo')).toBe('21 Nov 2026, 08:30 GMT+9')
  expect([day(at, 'UTC'), day(at, 'Asia/Tokyo')]).toEqual(['20 Nov', '21 Nov'])
  expect(weekday(at, 'UTC')).toBe('Fri 20 Nov')
})

test.each([
  [0, '1 second'],
  [59_999, '59 seconds'],
  [60_000, '1 minute'],
  [3_599_999, '59 minutes'],
  [3_600_000, '1 hour'],
  [86_399_999, '23 hours'],
  [86_400_000, '1 day'],
  [20 * 86_400_000, '20 days'],
])('%d ms are %s', (ms, text) => {
  expect(duration(ms)).toBe(text)
})

test('less than a second ago is just now, also where a clock was put back', () => {
  expect([ago(1000), ago(999), ago(-5)]).toEqual(['1 second ago', 'just now', 'just now'])
})

test('a sentence begins with a capital and says times in the zone; names stay as they are', () => {
  const told = 'tokens are known from 2026-11-20T23:00:00.000Z to 2026-99-99T00:00:00Z.'
  expect(sentence(told, 'UTC')).toBe('Tokens are known from 20 Nov 2026, 23:00 UTC to 2026-99-99T00:00:00Z.')
  expect(sentence("xAI's API", 'UTC')).toBe("xAI's API")
  expect(sentence('xai.derived is', 'UTC')).toBe('xai.derived is')
})
