import { expect, it } from 'vitest'
import { DAY, HOUR } from '../../clock.ts'
import type { CutState, SourceState } from '../../ledger/ledger.ts'
import type { Coverage, Span } from '../../usage/coverage.ts'
import { defineCut } from '../../usage/cut.ts'
import { contributeSources } from './sources.ts'

const KEY = { provider: 'xai', account: 'main', source: 'xai.billing.usage' }
const START = 20_000 * DAY

function span(fromDay: number, toDay: number, more: Partial<Span> = {}): Span {
  return { from: START + fromDay * DAY, to: START + toDay * DAY, state: 'complete', fetchedAt: 0, ...more }
}

function cutOf(coverage: Coverage, more: Partial<CutState> = {}): CutState {
  return { id: 1, cut: defineCut(['api_key']), live: true, widthMs: HOUR, coverage, ...more }
}

function valuesOf(state: Partial<SourceState>): Record<string, number | undefined> {
  const source: SourceState = {
    key: KEY,
    spec: { id: KEY.source, kind: 'billed', measures: ['cost'], lagMs: 6 * HOUR, canState: [] },
    epoch: 0,
    movedAt: 0,
    cuts: [],
    exposed: undefined,
    twin: undefined,
    ...state,
  }
  const families = contributeSources({ sources: () => [source] })(0)
  if (families instanceof Promise) throw new Error('sources are known at once')
  for (const { samples } of families) for (const { labels } of samples) expect(labels).toEqual(KEY)
  return Object.fromEntries(families.map(({ name, samples }) => [name, samples[0]?.value]))
}

it('tells the watermark of the exposed cut in seconds, without what is provisional, and the declared lag', () => {
  const coverage = [span(0, 10), span(10, 11, { state: 'provisional' })]
  expect(valuesOf({ exposed: cutOf(coverage) })).toEqual({
    llm_source_newest_data_timestamp_seconds: (START + 10 * DAY) / 1000,
    llm_source_complete: 1,
    llm_source_lag_seconds: 6 * 3600,
  })
})

it('tells only the lag of a source that has not been read', () => {
  expect(valuesOf({ exposed: undefined })).toEqual({
    llm_source_newest_data_timestamp_seconds: undefined,
    llm_source_complete: undefined,
    llm_source_lag_seconds: 6 * 3600,
  })
})

it('takes the live cut that is furthest along where none is exposed', () => {
  const cuts = [cutOf([span(0, 3)]), cutOf([span(0, 5)]), cutOf([span(0, 9)], { live: false })]
  expect(valuesOf({ cuts })['llm_source_newest_data_timestamp_seconds']).toBe((START + 5 * DAY) / 1000)
})

it.each<[string, Coverage, number]>([
  ['a partial stretch', [span(0, 5, { state: 'partial' }), span(5, 10)], 0],
  ['a gap', [span(0, 5), span(6, 10)], 0],
  ['a stretch whose newer answer was truncated', [span(0, 5, { newerTruncated: true }), span(5, 10)], 0],
  [
    'a partial stretch that ends 62 days before the newest data',
    [span(0, 5, { state: 'partial' }), span(5, 67)],
    1,
  ],
  ['a partial stretch that ends later than that', [span(0, 6, { state: 'partial' }), span(6, 67)], 0],
])('judges completeness with %s', (_what, coverage, expected) => {
  expect(valuesOf({ exposed: cutOf(coverage) })['llm_source_complete']).toBe(expected)
})
