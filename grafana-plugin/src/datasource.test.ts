import {
  dateTime,
  type DataQueryRequest,
  type DataQueryResponse,
  type DataSourceInstanceSettings,
} from '@grafana/data'
import { setBackendSrv, setTemplateSrv, type BackendSrvRequest } from '@grafana/runtime'
import nock from 'nock'
import { firstValueFrom, from, switchMap, throwError, of } from 'rxjs'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { UsageDataSource } from './datasource.ts'
import { normalize } from './query/defaults.ts'
import { answerOf, CATALOGUE, seriesOf } from './testing/answers.ts'
import type { UsageOptions, UsageQuery } from './types.ts'

const HOST = 'http://grafana.test'
const PATH = '/api/datasources/proxy/uid/usage'

beforeAll(() => {
  setBackendSrv({
    fetch: ({ url }: BackendSrvRequest) =>
      from(fetch(url)).pipe(
        switchMap((response) => response.json().then((data: unknown) => ({ response, data }))),
        switchMap(({ response: { ok, status, statusText }, data }) =>
          ok ? of({ data }) : throwError(() => ({ status, statusText, data })),
        ),
      ),
  } as never)
  const values: Record<string, string | string[]> = { $team: ['a', 'b'], $key: 'k1' }
  setTemplateSrv({
    replace: (text: string, _scoped: unknown, format?: unknown) => {
      const value = values[text]
      return value === undefined
        ? text
        : typeof format === 'function'
          ? (format as (v: unknown) => string)(value)
          : String(value)
    },
  } as never)
})
afterEach(() => nock.cleanAll())

function open(jsonData: UsageOptions = {}): UsageDataSource {
  return new UsageDataSource({ url: `${HOST}${PATH}`, jsonData } as DataSourceInstanceSettings<UsageOptions>)
}

function ask(
  source: UsageDataSource,
  query: Partial<UsageQuery>,
  part: object = {},
): Promise<DataQueryResponse> {
  const request = {
    targets: [{ refId: 'A', ...query }],
    range: { from: dateTime('2026-11-01T00:00:00Z'), to: dateTime('2026-11-02T00:00:00Z') },
    timezone: 'utc',
    requestId: 'q1',
    ...part,
  }
  return firstValueFrom(source.query(request as unknown as DataQueryRequest<UsageQuery>))
}

const catalogue = () => nock(HOST).get(`${PATH}/api/v1/catalogue`).reply(200, CATALOGUE)

describe('a panel', () => {
  test('gets frames of what the exporter answers, asked through the proxy with variables filled in', async () => {
    catalogue()
    let asked = new URLSearchParams()
    nock(HOST)
      .get(`${PATH}/api/v1/query`)
      .query(true)
      .reply(200, (uri) => {
        asked = new URL(uri, HOST).searchParams
        return answerOf([seriesOf({ amounts: ['1', '2'], all: '3' })])
      })
    const filters: UsageQuery['filters'] = [{ dimension: 'team', operator: '=', values: ['$team'] }]
    const { data } = await ask(
      open(),
      { measures: ['cost'], filters },
      { filters: [{ key: 'model', operator: '!=', value: 'x' }] },
    )
    expect(asked.getAll('where')).toEqual(['team=a', 'team=b', 'model!=x'])
    expect([asked.get('zone'), asked.get('from')]).toEqual(['UTC', '2026-11-01T00:00:00.000Z'])
    expect(data).toHaveLength(1)
  })

  test('without anything to ask asks nothing', async () => {
    expect(await ask(open(), { measures: [] })).toEqual({ data: [] })
    expect(await ask(open(), { hide: true })).toEqual({ data: [] })
  })

  test.each<[string, number, object | string, RegExp]>([
    [
      'the exporter refuses',
      400,
      { error: { code: 'QUERY_INVALID', message: 'zone: no.', remedy: 'Correct it.' } },
      /^zone: no\. Correct it\.$/,
    ],
    ['the token is refused', 400, { message: 'Authentication to data source failed' }, /refused the token/],
    ['nothing runs there', 502, {}, /cannot reach the exporter/],
    ['it is another address', 404, {}, /Nothing of Usage Explorer answers/],
    ['there is too much at once', 429, {}, /too many questions/],
  ])('says in words that %s', async (_what, status, body, message) => {
    catalogue()
    nock(HOST).get(`${PATH}/api/v1/query`).query(true).reply(status, body)
    await expect(ask(open(), {})).rejects.toThrow(message)
  })

  test('may show live rates, calls, the reconciliation and sources', async () => {
    const api = nock(HOST)
    api.get(`${PATH}/api/v1/live`).reply(200, {
      at: '2026-11-01T00:00:00Z',
      totals: { requests_per_second: 1, cost_per_minute: {} },
      by: {},
    })
    api.get(`${PATH}/api/v1/calls/top`).query({ from: /.+/, to: /.+/, limit: '7' }).reply(200, { calls: [] })
    api
      .get(`${PATH}/api/v1/reconciliation`)
      .query({ from: /.+/, to: /.+/, by: 'model' })
      .reply(200, { accounts: [] })
    api.get(`${PATH}/api/v1/sources`).reply(200, { accounts: [], sources: [] })
    const live = await ask(open(), { kind: 'live', measures: ['requests_per_second'] })
    expect([live.state, live.data.length]).toEqual(['Streaming', 1])
    const questions: Array<Partial<UsageQuery>> = [
      { kind: 'calls', top: 7 },
      { kind: 'reconciliation', groupBy: ['model'] },
      { kind: 'sources' },
    ]
    for (const query of questions) expect((await ask(open(), query)).data).toHaveLength(1)
  })
})

describe('values', () => {
  test('are offered by name and kept by id, for variables and ad hoc filters', async () => {
    catalogue()
    nock(HOST)
      .get(`${PATH}/api/v1/values`)
      .query({ dimension: 'api_key', where: ['account=main', 'team=a'] })
      .reply(200, {
        values: [
          { id: 'k1', name: 'prod' },
          { id: 'unassigned', name: null },
        ],
        more: false,
      })
    const source = open({ account: 'main' })
    expect(await source.getTagKeys()).toContainEqual({ text: 'API key', value: 'api_key' })
    const filters = [
      { key: 'team', operator: '=', value: 'a' },
      { key: 'api_key', operator: '=', value: 'ignored: it is the one that is chosen' },
    ]
    expect(await source.getTagValues({ key: 'api_key', filters })).toEqual([
      { text: 'prod', value: 'k1' },
      { text: 'No team', value: 'unassigned' },
    ])
  })
})

describe('the check of the connection', () => {
  test('says version, accounts and the age of data', async () => {
    catalogue()
    const source = { age_seconds: 60 }
    nock(HOST)
      .get(`${PATH}/api/v1/sources`)
      .reply(200, { accounts: [], sources: [source, { age_seconds: 7200 }] })
    expect(await open().testDatasource()).toEqual({
      status: 'success',
      message: 'Usage Explorer 0.1.0, demo data: demo (xai). 2 sources, their data 60 s to 2 h old.',
    })
  })

  test('says when the versions do not fit, when it is something else, and when a token sees less', async () => {
    nock(HOST)
      .get(`${PATH}/api/v1/catalogue`)
      .reply(200, { ...CATALOGUE, version: '7.0.0' })
    expect(await open().testDatasource()).toMatchObject({
      status: 'warning',
      message: expect.stringContaining('7.0.0'),
    })
    nock(HOST).get(`${PATH}/api/v1/catalogue`).reply(200, {})
    expect(await open().testDatasource()).toMatchObject({ status: 'error' })
    catalogue()
    nock(HOST).get(`${PATH}/api/v1/sources`).reply(403, {})
    expect(await open().testDatasource()).toMatchObject({
      status: 'success',
      message: expect.stringContaining('tied to teams'),
    })
  })
})

test('a collapsed row reads like a sentence', () => {
  expect(open().getQueryDisplayText(normalize({ groupBy: ['team'] }))).toBe(
    'Cost by team over time, the largest 10',
  )
})
