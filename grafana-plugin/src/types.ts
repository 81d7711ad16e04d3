/** What a panel asks, and how a data source is set up. */
import type { DataQuery } from '@grafana/schema'
import type { DataSourceJsonData } from '@grafana/data'

/**
 * `series`: figures over time. `totals`: one figure for the whole range. `breakdown`: a table of groups. The others are
 * questions of their own.
 */
export const KINDS = [
  'series',
  'totals',
  'breakdown',
  'budgets',
  'alerts',
  'live',
  'calls',
  'reconciliation',
  'sources',
] as const
export type Kind = (typeof KINDS)[number]

export const OPERATORS = ['=', '!=', '=~', '!~'] as const
export type Operator = (typeof OPERATORS)[number]

export interface UsageFilter {
  dimension: string
  operator: Operator
  /** Ids, names, expressions or variables. */
  values: string[]
}

export interface UsageQuery extends DataQuery {
  kind: Kind
  measures: string[]
  /** Up to two; a variable may stand for one. */
  groupBy: string[]
  filters: UsageFilter[]
  granularity: string
  /** Groups that stay apart; the others become `other`. */
  top: number
  /** '' where nothing is compared. */
  compare: string
  /** Each point is the sum of all up to it. */
  cumulative: boolean
}

/** Of a variable: the values of a dimension. */
export interface UsageVariableQuery extends DataQuery {
  dimension: string
  filters: UsageFilter[]
}

export interface UsageOptions extends DataSourceJsonData {
  /** Questions that name no account are about this one. */
  account?: string
  httpHeaderName1?: string
}

export interface UsageSecrets {
  /** `Bearer ` and a read token of the exporter, which Grafana's proxy adds to each request. */
  httpHeaderValue1?: string
}
