import { expect, test } from 'vitest'
import { DAY, HOUR } from '../clock.ts'
import { parseMoment, resolveMoment } from './moment.ts'

const NOW = Date.parse('2026-11-20T10:30:00Z')

function resolve(text: string, edge: 'from' | 'to', zone: string): string | undefined {
  const moment = parseMoment(text)
  return moment && new Date(resolveMoment(moment, edge, NOW, zone)).toISOString()
}

test('a date is its whole day in the zone: start as from, end as to', () => {
  expect(resolve('2026-11-01', 'from', 'UTC')).toBe('2026-11-01T00:00:00.000Z')
  expect(resolve('2026-11-30', 'to', 'UTC')).toBe('2026-12-01T00:00:00.000Z')
  expect(resolve('2026-11-01', 'from', 'Europe/Berlin')).toBe('2026-10-31T23:00:00.000Z')
})

test('a time with an offset is an instant, one without is in the zone', () => {
  expect(resolve('2026-11-01T08:00:00Z', 'to', 'Europe/Berlin')).toBe('2026-11-01T08:00:00.000Z')
  expect(resolve('2026-11-01T08:00:00.5+02:00', 'to', 'UTC')).toBe('2026-11-01T06:00:00.500Z')
  expect(resolve('2026-11-01T08:00', 'from', 'Europe/Berlin')).toBe('2026-11-01T07:00:00.000Z')
})

test('relative times count back from now', () => {
  expect(resolve('now', 'to', 'UTC')).toBe(new Date(NOW).toISOString())
  expect(resolve('now-24h', 'from', 'UTC')).toBe(new Date(NOW - 24 * HOUR).toISOString())
  expect(resolve('now-2w', 'from', 'UTC')).toBe(new Date(NOW - 14 * DAY).toISOString())
})

test.each([
  '',
  '2026',
  '2026-11',
  '20261101',
  '2026-W05',
  '2026-305',
  '2026-02-30',
  '2026-13-01',
  '2026-11-01T25:00',
  '2026-11-01 08:00',
  'yesterday',
  'now+1h',
  'now-1y',
  'now-h',
  ' 2026-11-01',
  '1763596800',
])('%j is refused', (text) => {
  expect(parseMoment(text)).toBeUndefined()
})
