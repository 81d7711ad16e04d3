/** The plugin's own code that makes requests of queries: it is a project of its own, in another form of TypeScript. */
import { fileURLToPath } from 'node:url'

export interface UsageQuery {
  readonly kind:
    'series' | 'totals' | 'breakdown' | 'budgets' | 'alerts' | 'live' | 'calls' | 'reconciliation' | 'sources'
  readonly measures: readonly string[]
  readonly groupBy: readonly string[]
  readonly filters: readonly object[]
}

export interface Asked {
  readonly from: number
  readonly to: number
  readonly zone: string
  readonly adHoc: readonly object[]
  readonly account: string
}

type Fill = (text: string) => string[]

interface Requests {
  readonly queryParameters: (query: UsageQuery, asked: Asked, fill: Fill) => URLSearchParams
  readonly valuesParameters: (
    query: object,
    asked: Pick<Asked, 'account' | 'adHoc'>,
    fill: Fill,
  ) => URLSearchParams
  readonly filterParameters: (
    filters: readonly object[],
    asked: Pick<Asked, 'account' | 'adHoc'>,
    fill: Fill,
  ) => string[]
}

interface Defaults {
  readonly normalize: (query: object) => UsageQuery
}

const load = async (file: string): Promise<unknown> =>
  import(fileURLToPath(new URL(`../../grafana-plugin/src/query/${file}`, import.meta.url)))

export const { queryParameters, valuesParameters, filterParameters } = (await load('request.ts')) as Requests
export const { normalize } = (await load('defaults.ts')) as Defaults
