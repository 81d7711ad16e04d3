/** A panel's query as parameters of the HTTP API. Pure: variables are filled in by what is handed in. */
import type { UsageFilter, UsageQuery, UsageVariableQuery } from '../types.ts'

/** Fills in variables; one that has several values gives all of them. */
export type Fill = (text: string) => string[]

export interface Asked {
  /** Milliseconds since 1970. */
  readonly from: number
  readonly to: number
  /** IANA name. */
  readonly zone: string
  /** Filters of the dashboard, besides the query's own. */
  readonly adHoc: readonly UsageFilter[]
  /** Of the data source's settings; '' for all. */
  readonly account: string
}

/** What dashboards give a variable as the value of All: the filter is left out then. */
export const ALL = '.*'

/** Of `GET /api/v1/query`. */
export function queryParameters(query: UsageQuery, asked: Asked, fill: Fill): URLSearchParams {
  const parameters = new URLSearchParams(rangeOf(asked))
  parameters.set('zone', asked.zone)
  parameters.set('granularity', query.kind === 'series' ? single(fill, query.granularity) || 'auto' : 'total')
  parameters.set('measures', distinct(query.measures.flatMap(fill)).join(','))
  const groupBy = groupsOf(query, fill)
  if (groupBy.length > 0) parameters.set('group_by', groupBy.join(','))
  parameters.set('top', String(query.top))
  const compare = single(fill, query.compare)
  if (compare !== '' && compare !== 'none') parameters.set('compare', compare)
  for (const where of filterParameters(query.filters, asked, fill)) parameters.append('where', where)
  return parameters
}

/** Of `GET /api/v1/values`. */
export function valuesParameters(
  query: Pick<UsageVariableQuery, 'dimension' | 'filters'>,
  asked: Pick<Asked, 'account' | 'adHoc'>,
  fill: Fill,
  search = '',
): URLSearchParams {
  const parameters = new URLSearchParams({ dimension: single(fill, query.dimension) })
  for (const where of filterParameters(query.filters, asked, fill)) parameters.append('where', where)
  if (search !== '') parameters.set('search', search)
  return parameters
}

export function rangeOf({ from, to }: Pick<Asked, 'from' | 'to'>): Record<'from' | 'to', string> {
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString() }
}

/** Dimensions to split by; a variable that says none is none. */
export function groupsOf({ groupBy }: UsageQuery, fill: Fill): string[] {
  return distinct(
    groupBy.flatMap(fill).filter((dimension) => dimension !== '' && dimension !== 'none'),
  ).slice(0, 2)
}

/** `dimension=value` for each value; a filter without values, or for All, is none. */
export function filterParameters(
  filters: readonly UsageFilter[],
  { adHoc, account }: Pick<Asked, 'account' | 'adHoc'>,
  fill: Fill,
): string[] {
  const all = [...filters, ...adHoc]
  const own = all.some(({ dimension }) => dimension === 'account')
  return [
    ...(account !== '' && !own ? [`account=${account}`] : []),
    ...all.flatMap(({ dimension, operator, values }) => {
      const filled = values.flatMap(fill).filter((value) => value !== '')
      if (dimension === '' || filled.includes(ALL)) return []
      return filled.map((value) => `${dimension}${operator}${value}`)
    }),
  ]
}

function single(fill: Fill, text: string): string {
  return fill(text)[0] ?? ''
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values.filter((value) => value !== ''))]
}
