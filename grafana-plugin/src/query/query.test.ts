import { describe, expect, test } from 'vitest'
import type { UsageQuery } from '../types.ts'
import { adHocFilter } from './ad-hoc.ts'
import { isComplete, normalize } from './defaults.ts'
import { describeQuery } from './describe.ts'
import { ALL, queryParameters, valuesParameters, type Asked, type Fill } from './request.ts'

const ASKED: Asked = {
  from: Date.parse('2026-11-01T00:00:00Z'),
  to: Date.parse('2026-11-02T00:00:00Z'),
  zone: 'Europe/Berlin',
  adHoc: [],
  account: '',
}
const VARIABLES: Record<string, string[]> = {
  $team: ['search', 'a,b=c'],
  $by: ['none'],
  $all: [ALL],
  $none: [],
}
const fill: Fill = (text) => VARIABLES[text] ?? [text]

const parameters = (query: Partial<UsageQuery>, asked: Partial<Asked> = {}): string[] =>
  [...queryParameters(normalize(query), { ...ASKED, ...asked }, fill)].map(
    ([name, value]) => `${name} ${value}`,
  )

describe('the parameters of a query', () => {
  test('are its range, zone, measures, groups and filters', () => {
    expect(
      parameters({
        measures: ['cost', 'tokens'],
        groupBy: ['team', 'model'],
        filters: [{ dimension: 'model', operator: '!=', values: ['a', 'b'] }],
        granularity: 'day',
        compare: 'week',
        top: 5,
      }),
    ).toEqual([
      'from 2026-11-01T00:00:00.000Z',
      'to 2026-11-02T00:00:00.000Z',
      'zone Europe/Berlin',
      'granularity day',
      'measures cost,tokens',
      'group_by team,model',
      'top 5',
      'compare week',
      'where model!=a',
      'where model!=b',
    ])
  })

  test('tiles and tables ask for the whole', () => {
    expect(parameters({ kind: 'totals', granularity: 'hour' })).toContain('granularity total')
    expect(parameters({ kind: 'breakdown' })).toContain('granularity total')
  })

  test('variables give each of their values, none for none and for All', () => {
    const filters = (value: string): UsageQuery['filters'] => [
      { dimension: 'team', operator: '=', values: [value] },
    ]
    const where = (value: string): string[] =>
      parameters({ filters: filters(value) }).filter((one) => one.startsWith('where'))
    expect(where('$team')).toEqual(['where team=search', 'where team=a,b=c'])
    expect(where('$all')).toEqual([])
    expect(where('$none')).toEqual([])
    expect(parameters({ groupBy: ['$by', 'model'] })).toContain('group_by model')
  })

  test('the account of the settings holds unless the query names one', () => {
    const own: UsageQuery['filters'] = [{ dimension: 'account', operator: '=', values: ['b'] }]
    expect(parameters({}, { account: 'a' })).toContain('where account=a')
    expect(parameters({ filters: own }, { account: 'a' })).not.toContain('where account=a')
    expect(parameters({}, { adHoc: own, account: 'a' })).toContain('where account=b')
  })

  test('values depend on the other filters and on what is searched for', () => {
    const query = {
      dimension: 'model',
      filters: [{ dimension: 'team', operator: '=' as const, values: ['x'] }],
    }
    expect(valuesParameters(query, ASKED, fill, 'gro').toString()).toBe(
      'dimension=model&where=team%3Dx&search=gro',
    )
  })
})

test('filters of a dashboard are understood, and those without a meaning left out', () => {
  expect(adHocFilter({ key: 'team', operator: '=|', value: 'a', values: ['a', 'b'] })).toEqual({
    dimension: 'team',
    operator: '=',
    values: ['a', 'b'],
  })
  expect(adHocFilter({ key: 'team', operator: '!~', value: 'a.*' })?.values).toEqual(['a.*'])
  expect(adHocFilter({ key: 'team', operator: '<', value: '3' })).toBeUndefined()
})

describe('a query', () => {
  test('is completed without being changed, whatever an older version or a hand wrote', () => {
    const given = Object.freeze({
      refId: 'B',
      kind: 'pie',
      measures: 'cost',
      groupBy: ['a', 'b', 'c'],
      top: -1,
    })
    expect(normalize(given as unknown as Partial<UsageQuery>)).toMatchObject({
      refId: 'B',
      kind: 'series',
      measures: ['cost'],
      groupBy: ['a', 'b'],
      top: 10,
    })
  })

  test('without measures asks nothing, unless it needs none', () => {
    expect(isComplete(normalize({ measures: [] }))).toBe(false)
    expect(isComplete(normalize({ measures: [], kind: 'sources' }))).toBe(true)
  })

  test.each<[Partial<UsageQuery>, string]>([
    [{}, 'Cost over time'],
    [
      {
        measures: ['cost', 'requests'],
        groupBy: ['team', 'api_key'],
        granularity: 'day',
        compare: 'usual',
        filters: [{ dimension: 'model', operator: '!~', values: ['grok.*'] }],
      },
      'Cost and requests by team and API key by the day, the largest 10, only where model does not match grok.*, against what is usual then',
    ],
    [{ kind: 'breakdown', measures: [] }, 'A table of nothing'],
    [{ kind: 'calls', top: 3 }, 'The 3 calls that cost most'],
    [{ kind: 'sources' }, 'How fresh and complete each source is'],
  ])('%j reads: %s', (query, text) => {
    expect(describeQuery(normalize(query), new Map([['api_key', 'API key']]))).toBe(text)
  })
})
