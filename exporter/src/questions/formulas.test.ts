import { ONE } from '@usage-explorer/core/amount'
import { expect, test } from 'vitest'
import { percentile } from './formulas.ts'

test('a percentile lies inside the bucket that holds its rank, and is unknown of nothing', () => {
  const counts = (pairs: Record<number, bigint>): bigint[] =>
    Array.from({ length: 17 }, (_, index) => (pairs[index] ?? 0n) * ONE)
  // 100 calls between 0.64 and 1.28 s.
  expect(percentile(counts({ 7: 100n }), 500n)).toBe((96n * ONE) / 100n)
  expect(percentile(counts({ 7: 90n, 8: 10n }), 900n)).toBe((128n * ONE) / 100n)
  expect(percentile(counts({ 7: 90n, 8: 10n }), 950n)).toBe((192n * ONE) / 100n)
  // Of the bucket without an upper bound, the lower one.
  expect(percentile(counts({ 16: 1n }), 500n)).toBe((32768n * ONE) / 100n)
  expect(percentile(counts({}), 500n)).toBeNull()
})
