import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DAY, HOUR } from '../clock.ts'
import { choose, rankSources, type CutChoice, type SourceChoice, type Stretch, type Want } from './choice.ts'
import { overlay, type Coverage, type SpanState } from './coverage.ts'
import { cutName, defineCut } from './cut.ts'
import type { StatedDimension } from './dimensions.ts'
import type { Measure } from './measures.ts'
import type { Window } from './record.ts'
import type { SourceKind } from './source.ts'

const END = 48 * HOUR
const ALL: Want = { measure: 'cost', window: { from: 0, to: END }, filters: [], groups: [] }

let nextId = 1

function cut(
  dimensions: readonly StatedDimension[],
  spans: readonly [fromHour: number, toHour: number, state: SpanState, lump?: true][],
  options: { live?: boolean; widthMs?: number } = {},
): CutChoice {
  const coverage = spans.reduce((known: Coverage, [from, to, state, lump]) => {
    return overlay(known, {
      from: from * HOUR,
      to: to * HOUR,
      state,
      fetchedAt: 0,
      ...(lump ? { lump } : {}),
    })
  }, [])
  const { live = true, widthMs = HOUR } = options
  return { id: nextId++, cut: defineCut(dimensions), live, widthMs, coverage }
}

function source(
  kind: SourceKind,
  cuts: readonly CutChoice[],
  measures: Measure[] = ['cost', 'tokens'],
): SourceChoice {
  const id = `test.${kind}`
  const spec = { id, kind, measures, lagMs: 0, canState: [] }
  return { key: { provider: 'test', account: 'a', source: id }, spec, cuts }
}

/** Each stretch as "from-to kind(cut) state", in hours. */
function shown(plan: readonly Stretch[]): string[] {
  return plan.map(({ from, to, taken, state }) => {
    const what = taken === undefined ? '' : ` ${taken.source.spec.kind}(${cutName(taken.cut.cut)})`
    return `${from / HOUR}-${to / HOUR}${what} ${state}`
  })
}

describe('sources', () => {
  test('are ranked by what the measure is best known from', () => {
    const all = (['derived', 'observed', 'metered', 'billed'] as const).map((kind) =>
      source(kind, [], ['cost', 'tokens', 'errors']),
    )
    const order = (measure: Measure): string[] => rankSources(all, measure).map(({ spec }) => spec.kind)
    expect(order('cost')).toEqual(['billed', 'observed', 'metered', 'derived'])
    expect(order('tokens')).toEqual(['metered', 'observed', 'billed', 'derived'])
    expect(order('errors')[0]).toBe('observed')
    expect(order('requests')).toEqual([])
  })

  test('are stitched where the better one ends', () => {
    const billed = source('billed', [cut([], [[0, 20, 'complete']])])
    const observed = source('observed', [cut([], [[10, 48, 'partial']])])
    expect(shown(choose([observed, billed], ALL))).toEqual([
      '0-20 billed(total) complete',
      '20-48 observed(total) partial',
    ])
  })

  test('a better source that is only provisional gives way to one whose data is in', () => {
    const billed = source('billed', [
      cut(
        [],
        [
          [0, 20, 'complete'],
          [20, 40, 'provisional'],
        ],
      ),
    ])
    const observed = source('observed', [cut([], [[10, 30, 'partial']])])
    expect(shown(choose([billed, observed], ALL))).toEqual([
      '0-20 billed(total) complete',
      '20-30 observed(total) partial',
      '30-40 billed(total) provisional',
      '40-48 unknown',
    ])
  })

  test('a better source with a partial answer still goes first', () => {
    const billed = source('billed', [cut([], [[0, 48, 'partial']])])
    const observed = source('observed', [cut([], [[0, 48, 'complete']])])
    expect(shown(choose([billed, observed], ALL))).toEqual(['0-48 billed(total) partial'])
  })

  test('that cannot tell the measure are not read', () => {
    const billed = source('billed', [cut([], [[0, 48, 'complete']])], ['cost'])
    expect(shown(choose([billed], { ...ALL, measure: 'tokens' }))).toEqual(['0-48 unknown'])
  })
})

describe('cuts', () => {
  test('with the fewest dimensions go first, then by name', () => {
    const cuts = [['api_key', 'type'], ['type'], ['api_key']] as const
    const billed = source(
      'billed',
      cuts.map((dimensions) => cut(dimensions, [[0, 48, 'complete']])),
    )
    expect(shown(choose([billed], ALL))).toEqual(['0-48 billed(api_key) complete'])
  })

  test('that are live go before retired ones, complete before partial ones', () => {
    const billed = source('billed', [
      cut([], [[0, 48, 'complete']], { live: false }),
      cut(['api_key'], [[0, 48, 'partial']]),
      cut(['api_key', 'type'], [[24, 48, 'complete']]),
    ])
    expect(shown(choose([billed], ALL))).toEqual([
      '0-24 billed(api_key) partial',
      '24-48 billed(api_key+type) complete',
    ])
  })

  test('that are retired answer for what nobody re-read', () => {
    const billed = source('billed', [
      cut(['api_key'], [[0, 48, 'complete']], { live: false }),
      cut(['api_key', 'type'], [[30, 48, 'complete']]),
    ])
    expect(shown(choose([billed], { ...ALL, groups: [['api_key']] }))).toEqual([
      '0-30 billed(api_key) complete',
      '30-48 billed(api_key+type) complete',
    ])
  })

  test('that state what is asked go before those that tell it indirectly', () => {
    const billed = source('billed', [
      cut(['description'], [[0, 48, 'complete']]),
      cut(['model', 'type'], [[0, 48, 'complete']]),
    ])
    expect(shown(choose([billed], { ...ALL, groups: [['model', 'description']] }))).toEqual([
      '0-48 billed(model+type) complete',
    ])
  })
})

describe('a split that no cut tells', () => {
  const billed = source('billed', [
    cut(['api_key'], [[0, 48, 'complete']]),
    cut(['description'], [[0, 48, 'complete']]),
  ])

  test('is given up from the last group-by on', () => {
    const [stretch] = choose([billed], { ...ALL, groups: [['api_key'], ['model', 'description']] })
    expect(stretch?.split).toEqual([true, false])
    expect(stretch?.taken?.cut.cut.dimensions).toEqual(['api_key'])
  })

  test('leaves the total', () => {
    const [stretch] = choose([billed], { ...ALL, groups: [['geo']] })
    expect(stretch).toMatchObject({ state: 'complete', split: [false] })
  })

  test('is taken from a lesser source rather than given up', () => {
    const observed = source('observed', [cut(['geo'], [[0, 24, 'partial']])])
    expect(shown(choose([billed, observed], { ...ALL, groups: [['geo']] }))).toEqual([
      '0-24 observed(geo) partial',
      '24-48 billed(api_key) complete',
    ])
  })

  test('but a filter that no cut tells leaves nothing', () => {
    expect(shown(choose([billed], { ...ALL, filters: [['geo']] }))).toEqual(['0-48 unknown'])
    expect(shown(choose([billed], { ...ALL, filters: [['api_key'], ['description']] }))).toEqual([
      '0-48 unknown',
    ])
  })
})

describe('what is known only as a whole', () => {
  const lump = (from: number, to: number): CutChoice => cut([], [[from, to, 'complete', true]])

  test('counts when it lies inside the window, up to its edges', () => {
    expect(shown(choose([source('metered', [lump(0, 48)])], ALL))).toEqual(['0-48 metered(total) complete'])
  })

  test('is left out when it sticks out', () => {
    const metered = source('metered', [lump(0, 48)])
    const want = { ...ALL, window: { from: HOUR, to: END } }
    expect(shown(choose([metered], want))).toEqual(['1-48 unknown'])
  })

  test('is left out when a better source has a part of its time', () => {
    const billed = source('billed', [cut([], [[10, 20, 'complete']])])
    expect(shown(choose([billed, source('metered', [lump(5, 30)])], ALL))).toEqual([
      '0-10 unknown',
      '10-20 billed(total) complete',
      '20-48 unknown',
    ])
  })

  test('days are not divided where a better source ends at noon', () => {
    const billed = source('billed', [cut([], [[0, 12, 'complete']])])
    const metered = source('metered', [cut([], [[0, 48, 'complete']], { widthMs: DAY })])
    expect(shown(choose([billed, metered], ALL))).toEqual([
      '0-12 billed(total) complete',
      '12-24 unknown',
      '24-48 metered(total) complete',
    ])
  })
})

const dimensionSets: readonly (readonly StatedDimension[])[] = [
  [],
  ['api_key'],
  ['description'],
  ['api_key', 'type'],
]
const arbitraryCut = fc
  .record({
    dimensions: fc.constantFrom(...dimensionSets),
    live: fc.boolean(),
    widthMs: fc.constantFrom(HOUR, 6 * HOUR, DAY),
    spans: fc.array(
      fc.tuple(
        fc.nat(8),
        fc.integer({ min: 1, max: 6 }),
        fc.constantFrom<SpanState>('complete', 'partial', 'provisional'),
        fc.boolean(),
      ),
      { maxLength: 5 },
    ),
  })
  .map(({ dimensions, live, widthMs, spans }) =>
    cut(
      dimensions,
      spans.map(([from, length, state, lump]) => {
        const width = widthMs / HOUR
        return lump
          ? [from * width, (from + length) * width, state, true]
          : [from * width, (from + length) * width, state]
      }),
      { live, widthMs },
    ),
  )
const arbitrarySources = fc
  .uniqueArray(fc.constantFrom<SourceKind>('billed', 'metered', 'observed', 'derived'), { maxLength: 4 })
  .chain((kinds) =>
    fc.tuple(
      ...kinds.map((kind) =>
        fc.array(arbitraryCut, { minLength: 1, maxLength: 3 }).map((cuts) => source(kind, cuts)),
      ),
    ),
  )
const arbitraryWant = fc.record({
  measure: fc.constantFrom<Measure>('cost', 'tokens'),
  window: fc
    .tuple(fc.nat(40), fc.integer({ min: 1, max: 40 }))
    .map(([from, length]): Window => ({ from: from * HOUR, to: (from + length) * HOUR })),
  filters: fc.constantFrom<Want['filters']>([], [['api_key']]),
  groups: fc.constantFrom<Want['groups']>([], [['api_key']], [['api_key'], ['description']]),
})

describe('whatever the sources are', () => {
  test('stretches follow each other and cover the window exactly', () => {
    fc.assert(
      fc.property(arbitrarySources, arbitraryWant, (sources, want) => {
        const plan = choose(sources, want)
        expect(plan[0]?.from).toBe(want.window.from)
        expect(plan.at(-1)?.to).toBe(want.window.to)
        plan.forEach((stretch, index) => {
          expect(stretch.to).toBeGreaterThan(stretch.from)
          if (index > 0) expect(stretch.from).toBe(plan[index - 1]?.to)
          expect(stretch.taken === undefined).toBe(stretch.state === 'unknown')
        })
      }),
    )
  })

  test('every row that is read lies whole in time that no other row tells', () => {
    fc.assert(
      fc.property(arbitrarySources, arbitraryWant, (sources, want) => {
        const told = new Map<number, string>()
        for (const row of rowsRead(choose(sources, want))) {
          for (let at = row.from; at < row.to; at += HOUR) {
            expect(told.get(at)).toBeUndefined()
            told.set(at, row.name)
          }
          expect(row.from).toBeGreaterThanOrEqual(want.window.from)
          expect(row.to).toBeLessThanOrEqual(want.window.to)
        }
      }),
    )
  })

  test('a further source adds knowledge and never a second row for the same time', () => {
    fc.assert(
      fc.property(arbitrarySources, arbitraryWant, (sources, want) => {
        for (const left of sources) {
          const without = choose(
            sources.filter((one) => one !== left),
            want,
          )
          const whole = choose(sources, want)
          const covers = (plan: readonly Stretch[], at: number): boolean =>
            plan.some(({ from, to, taken }) => taken !== undefined && from <= at && at < to)
          const rows = rowsRead(whole)
          for (let at = want.window.from; at < want.window.to; at += HOUR) {
            expect(rows.filter(({ from, to }) => from <= at && at < to).length).toBeLessThanOrEqual(1)
            const divisible = [...sources.flatMap(({ cuts }) => cuts)].every(
              ({ widthMs, coverage }) => widthMs === HOUR && coverage.every(({ lump }) => lump !== true),
            )
            if (divisible && covers(without, at)) expect(covers(whole, at)).toBe(true)
          }
        }
      }),
    )
  })
})

/** One row for each bucket, and one for each lump. */
function rowsRead(plan: readonly Stretch[]): (Window & { name: string })[] {
  const rows = new Map<string, Window & { name: string }>()
  for (const { from, to, taken, lump } of plan) {
    if (taken === undefined) continue
    const { id, widthMs } = taken.cut
    if (lump !== undefined)
      rows.set(`${id}/lump/${lump.from}`, { from: lump.from, to: lump.to, name: `${id}` })
    for (let at = Math.floor(from / widthMs) * widthMs; lump === undefined && at < to; at += widthMs) {
      rows.set(`${id}/${at}`, { from: at, to: at + widthMs, name: `${id}` })
    }
  }
  return [...rows.values()]
}
