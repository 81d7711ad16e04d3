import { expect, it } from 'vitest'
import type { SpanState } from './coverage.ts'
import { cutName, defineCut } from './cut.ts'
import type { StatedDimension } from './dimensions.ts'
import { regularCuts } from './regular.ts'

interface Read {
  readonly from?: number
  readonly to?: number
  readonly live?: boolean
  readonly state?: SpanState
}

const cut = (
  dimensions: StatedDimension[],
  { from = 0, to = 10, live = true, state = 'complete' }: Read = {},
) => ({ cut: defineCut(dimensions), live, coverage: from < to ? [{ from, to, state, fetchedAt: 1 }] : [] })

const names = (...cuts: ReturnType<typeof cut>[]): string[] =>
  regularCuts(cuts).map((one) => cutName(one.cut))

it('leaves out a cut that was read for one bucket because a finer answer was cut short', () => {
  const fine = cut(['description', 'type'], { state: 'partial' })
  expect(names(fine, cut(['description'], { from: 9 }))).toEqual(['description+type'])
  expect(names(cut(['description'], { from: 3, to: 4 }), fine)).toEqual(['description+type'])
})

it('keeps cuts that hold what no other holds', () => {
  expect(names(cut(['api_key', 'type']), cut(['description']))).toEqual(['api_key+type', 'description'])
})

it('keeps a coarser cut that is read further than a finer one, which is no longer asked for in truth', () => {
  expect(names(cut(['api_key', 'project'], { to: 5 }), cut(['api_key']))).toEqual([
    'project+api_key',
    'api_key',
  ])
})

it('knows nothing of cuts that are retired or have not been read', () => {
  expect(
    names(cut(['api_key', 'type'], { live: false }), cut(['api_key']), cut(['description'], { to: 0 })),
  ).toEqual(['api_key'])
})
