/** What panels ask: our data source, or Prometheus. */
import type { Json, Target } from './model.ts'

export const USAGE = { type: 'usageexplorer-usage-datasource', uid: '${datasource}' } as const
export const PROMETHEUS = { type: 'prometheus', uid: '${prometheus}' } as const

export interface Filter {
  readonly dimension: string
  readonly operator: '=' | '!=' | '=~' | '!~'
  readonly values: readonly string[]
}

interface UsageQuestion {
  readonly kind?:
    'series' | 'totals' | 'breakdown' | 'budgets' | 'alerts' | 'live' | 'calls' | 'reconciliation' | 'sources'
  readonly measures?: readonly string[]
  readonly groupBy?: readonly string[]
  readonly filters?: readonly Filter[]
  readonly granularity?: string
  readonly top?: number
  readonly compare?: string
  readonly cumulative?: boolean
}

export function usage(question: UsageQuestion, refId = 'A'): Target {
  const { filters = [], ...rest } = question
  return {
    refId,
    datasource: USAGE,
    kind: 'series',
    measures: ['cost'],
    groupBy: [],
    granularity: 'auto',
    top: 10,
    compare: '',
    cumulative: false,
    ...rest,
    filters: filters.map((filter): Json => ({ ...filter })),
  }
}

/**
 * @param legend with `{{label}}` in place of labels
 * @param form over time; only what stands at the end, for tiles; or that as rows
 */
export function promql(
  expr: string,
  legend: string,
  refId = 'A',
  form: 'range' | 'instant' | 'table' = 'range',
): Target {
  return {
    refId,
    datasource: PROMETHEUS,
    editorMode: 'code',
    expr,
    legendFormat: legend,
    instant: form !== 'range',
    range: form === 'range',
    format: form === 'table' ? 'table' : 'time_series',
  }
}

/** The same filter for each of these, from variables of the same name. */
export function byVariables(...dimensions: readonly string[]): Filter[] {
  return dimensions.map((dimension) => ({ dimension, operator: '=', values: [`$${dimension}`] }))
}
