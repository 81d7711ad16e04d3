/** Coverage is held against a naive model that keeps one statement per bucket. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  answerWatermark,
  gaps,
  overlay,
  subtract,
  watermark,
  within,
  type Coverage,
  type Span,
  type SpanState,
} from './coverage.ts'
import type { Window } from './record.ts'

const BUCKETS = 24

const window: fc.Arbitrary<Window> = fc
  .tuple(fc.integer({ min: 0, max: BUCKETS }), fc.integer({ min: 0, max: BUCKETS }))
  .map(([from, to]) => ({ from, to }))

const span: fc.Arbitrary<Span> = fc
  .tuple(
    window,
    fc.constantFrom<SpanState>('complete', 'partial', 'provisional'),
    fc.integer({ min: 1, max: 3 }),
    fc.boolean(),
  )
  .map(([{ from, to }, state, fetchedAt, newerTruncated]) => ({
    from,
    to,
    state,
    fetchedAt,
    ...(newerTruncated ? { newerTruncated: true as const } : {}),
  }))

const spans = fc.array(span, { maxLength: 12 })

/** What each bucket says, or undefined. */
type Model = (string | undefined)[]

const says = ({ state, fetchedAt, newerTruncated }: Span): string =>
  `${state} ${fetchedAt} ${String(newerTruncated === true)}`

const modelOf = (coverage: Coverage): Model =>
  Array.from({ length: BUCKETS }, (_, bucket) => {
    const holders = coverage.filter((one) => one.from <= bucket && bucket < one.to)
    expect(holders.length).toBeLessThanOrEqual(1)
    return holders[0] === undefined ? undefined : says(holders[0])
  })

const inside = (bucket: number, { from, to }: Window): boolean => from <= bucket && bucket < to

const build = (list: readonly Span[]): Coverage => list.reduce<Coverage>(overlay, [])

function expectWellFormed(coverage: Coverage): void {
  for (const [at, one] of coverage.entries()) {
    expect(one.to).toBeGreaterThan(one.from)
    const next = coverage[at + 1]
    if (next !== undefined) expect(next.from).toBeGreaterThanOrEqual(one.to)
  }
}

describe('coverage against a model of single buckets', () => {
  it('keeps the last statement made about each bucket', () => {
    fc.assert(
      fc.property(spans, (list) => {
        const model: Model = Array.from({ length: BUCKETS }, (_, bucket) => {
          const last = list.findLast((one) => inside(bucket, one))
          return last === undefined ? undefined : says(last)
        })
        expect(modelOf(build(list))).toEqual(model)
      }),
    )
  })

  it('stays ascending, disjoint and without empty spans, and joins neighbours that say the same', () => {
    fc.assert(
      fc.property(spans, (list) => {
        const coverage = build(list)
        expectWellFormed(coverage)
        for (const [at, one] of coverage.entries()) {
          const next = coverage[at + 1]
          if (next?.from === one.to) expect(says(next)).not.toBe(says(one))
        }
      }),
    )
  })

  it('loses exactly the window that is subtracted', () => {
    fc.assert(
      fc.property(spans, window, (list, cut) => {
        const coverage = build(list)
        const left = subtract(coverage, cut)
        expectWellFormed(left)
        const expected = modelOf(coverage).map((said, bucket) => (inside(bucket, cut) ? undefined : said))
        expect(modelOf(left)).toEqual(expected)
      }),
    )
  })

  it('keeps exactly the window that is looked at', () => {
    fc.assert(
      fc.property(spans, window, (list, view) => {
        const coverage = build(list)
        const seen = within(coverage, view)
        expectWellFormed(seen)
        const expected = modelOf(coverage).map((said, bucket) => (inside(bucket, view) ? said : undefined))
        expect(modelOf(seen)).toEqual(expected)
      }),
    )
  })

  it('names as gaps exactly the buckets that nothing accepted covers, joined and ascending', () => {
    fc.assert(
      fc.property(spans, window, (list, view) => {
        const coverage = build(list)
        const accepted = (one: Span): boolean => one.state === 'complete'
        const found = gaps(coverage, view, accepted)
        for (const [at, gap] of found.entries()) {
          expect(gap.to).toBeGreaterThan(gap.from)
          const next = found[at + 1]
          if (next !== undefined) expect(next.from).toBeGreaterThan(gap.to)
        }
        for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
          const covered = coverage.some((one) => accepted(one) && inside(bucket, one))
          const open = found.some((gap) => inside(bucket, gap))
          expect(open).toBe(inside(bucket, view) && !covered)
        }
      }),
    )
  })
})

describe('empty and reversed windows', () => {
  const whole: Coverage = [{ from: 0, to: 10, state: 'complete', fetchedAt: 1 }]

  it.each([
    { from: 5, to: 5 },
    { from: 7, to: 3 },
  ])('change and show nothing: $from to $to', (empty) => {
    expect(subtract(whole, empty)).toEqual(whole)
    expect(within(whole, empty)).toEqual([])
    expect(gaps([], empty, () => true)).toEqual([])
    expect(overlay(whole, { ...empty, state: 'partial', fetchedAt: 2 })).toEqual(whole)
  })
})

describe('a lump', () => {
  const lump: Span = { from: 2, to: 6, state: 'complete', fetchedAt: 1, lump: true }

  it('is seen where the window holds all of it and left out where it sticks out on either side', () => {
    expect(within([lump], { from: 2, to: 6 })).toEqual([lump])
    expect(within([lump], { from: 3, to: 9 })).toEqual([])
    expect(within([lump], { from: 0, to: 5 })).toEqual([])
  })

  it('is gone as a whole where something takes a part of it: what is left of it is no known whole', () => {
    expect(subtract([lump], { from: 5, to: 9 })).toEqual([])
    expect(subtract([lump], { from: -Infinity, to: 3 })).toEqual([])
    expect(subtract([lump], { from: 6, to: 9 })).toEqual([lump])
    const later: Span = { from: 5, to: 8, state: 'complete', fetchedAt: 2 }
    expect(build([lump, later])).toEqual([later])
  })

  it('is never joined with its neighbours', () => {
    const before: Span = { from: 0, to: 2, state: 'complete', fetchedAt: 1 }
    const after: Span = { from: 6, to: 8, state: 'complete', fetchedAt: 1 }
    expect(build([before, lump, after])).toEqual([before, lump, after])
  })
})

describe('the watermark', () => {
  it('of an answer is the fetch minus the lag, floored to the width, and never outside the window', () => {
    const asked = { from: 100, to: 200 }
    expect(answerWatermark(asked, 1000, 5, 10)).toBe(200)
    expect(answerWatermark(asked, 205, 5, 10)).toBe(200)
    expect(answerWatermark(asked, 204, 5, 10)).toBe(190)
    expect(answerWatermark(asked, 105, 5, 10)).toBe(100)
    expect(answerWatermark(asked, 50, 5, 10)).toBe(100)
  })

  it('of coverage is the end of what is complete or partial, whatever is provisional after it', () => {
    expect(watermark([])).toBeUndefined()
    expect(watermark([{ from: 0, to: 5, state: 'provisional', fetchedAt: 1 }])).toBeUndefined()
    expect(
      watermark([
        { from: 0, to: 5, state: 'complete', fetchedAt: 1 },
        { from: 5, to: 7, state: 'partial', fetchedAt: 1 },
        { from: 7, to: 9, state: 'provisional', fetchedAt: 1 },
      ]),
    ).toBe(7)
  })
})
