import { ONE } from '@usage-explorer/core/amount'
import { expect, test } from 'vitest'
import { HOUR } from '../clock.ts'
import type { Stretch } from '../usage/choice.ts'
import type { QuestionDimension } from '../usage/dimensions.ts'
import { fold, groupsOf, type Contribution, type FoldedSeries } from './folding.ts'
import { foldRest, inOrder, rank } from './ranking.ts'
import { remainder } from './reading.ts'
import { combine, statusIn, type PointState } from './states.ts'
import type { Line } from './sums.ts'

const line = (value: string, bucket: number, units: bigint, currency = 'USD'): Line => ({
  values: [value],
  currency,
  amounts: new Map([[bucket, units * ONE]]),
})

const contribution = (account: string, lines: Line[], states: PointState[]): Contribution => ({
  account: { provider: 'xai', account },
  lines,
  statuses: states.map((state) => ({ state, known: state === 'complete' || state === 'partial' })),
})

function foldSeries(
  contributions: readonly Contribution[],
  groupBy: readonly QuestionDimension[],
  buckets: number,
  top: number,
): Promise<FoldedSeries[]> {
  const ranking = rank([contributions], top)
  const folded = foldRest(contributions, ranking)
  return fold(folded, inOrder(groupsOf(folded), ranking), groupBy, buckets, new Set())
}

test('a figure that is only provisional is what its rows say, and unknown without any', async () => {
  const empty: Line = { values: ['y'], currency: 'USD', amounts: new Map() }
  const folded = await foldSeries(
    [contribution('a', [line('x', 0, 0n), empty], ['provisional'])],
    ['team'],
    1,
    10,
  )
  expect(folded.map(({ values, points, total }) => [values[0], points[0]?.amount, total.amount])).toEqual([
    ['x', 0n, 0n],
    ['y', null, null],
  ])
})

test('a series of several accounts is a lower bound where one of them is unknown', async () => {
  const [series] = await foldSeries(
    [
      contribution('a', [line('t', 0, 1n), line('t', 1, 2n)], ['complete', 'complete', 'unknown']),
      contribution('b', [line('t', 0, 4n)], ['complete', 'unknown', 'unknown']),
    ],
    ['team'],
    3,
    10,
  )
  expect(series?.points).toEqual([
    { amount: 5n * ONE, state: 'complete' },
    { amount: 2n * ONE, state: 'partial' },
    { amount: null, state: 'unknown' },
  ])
  expect(series?.total).toEqual({ amount: 7n * ONE, state: 'partial' })
})

test('a series that names its account knows as much as that account', async () => {
  const folded = await foldSeries(
    [contribution('a', [line('a', 0, 1n)], ['complete']), contribution('b', [line('b', 0, 1n)], ['partial'])],
    ['account'],
    1,
    10,
  )
  expect(folded.map(({ points }) => points[0]?.state)).toEqual(['complete', 'partial'])
})

test('what is not allocated is never folded away and takes no place', async () => {
  const lines = [line('unallocated', 0, 50n), line('x', 0, 1n), line('y', 0, 2n), line('z', 0, 3n)]
  const folded = await foldSeries([contribution('a', lines, ['complete'])], ['team'], 1, 2)
  expect(folded.map(({ values, total }) => [values[0], total.amount])).toEqual([
    ['z', 3n * ONE],
    ['y', 2n * ONE],
    ['other', 1n * ONE],
    ['unallocated', 50n * ONE],
  ])
})

test('a remainder is kept apart by bucket and currency, and none is left of an even split', () => {
  const totals = [line('', 0, 5n), line('', 1, 5n), line('', 0, 1n, 'EUR')]
  const rows = [line('a', 0, 2n), line('b', 0, 3n), line('a', 1, 6n)]
  expect(remainder(totals, rows, () => ['unallocated'])).toEqual([
    line('unallocated', 1, -1n),
    line('unallocated', 0, 1n, 'EUR'),
  ])
})

test('a lump has its figure in the bucket where it ends and none before', () => {
  const lump = { from: 0, to: 3 * HOUR }
  const stretch: Stretch = { ...lump, taken: undefined, state: 'complete', lump, split: [] }
  const status = (from: number, to: number): unknown =>
    statusIn([stretch], { from: from * HOUR, to: to * HOUR })
  expect(status(0, 1)).toEqual({ state: 'lump', known: false })
  expect(status(2, 3)).toEqual({ state: 'lump', known: true })
  expect(status(0, 3)).toEqual({ state: 'complete', known: true })
  const open: Stretch = { ...stretch, state: 'provisional' }
  expect(statusIn([open], lump)).toEqual({ state: 'provisional', known: false })
})

test.each<[PointState[], PointState]>([
  [[], 'unknown'],
  [['unknown', 'unknown'], 'unknown'],
  [['complete', 'complete'], 'complete'],
  [['complete', 'unknown'], 'partial'],
  [['complete', 'partial'], 'partial'],
  [['complete', 'provisional', 'unknown'], 'provisional'],
  [['complete', 'lump'], 'lump'],
])('%j together are %s', (states, together) => {
  expect(combine(states.map((state) => ({ state, known: true }))).state).toBe(together)
})
