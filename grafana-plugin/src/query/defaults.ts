/** A query with everything that it leaves out, or that an older version wrote. Pure. */
import { KINDS, OPERATORS, type UsageFilter, type UsageQuery, type UsageVariableQuery } from '../types.ts'

export const DEFAULT_QUERY: Omit<UsageQuery, 'refId'> = {
  kind: 'series',
  measures: ['cost'],
  groupBy: [],
  filters: [],
  granularity: 'auto',
  top: 10,
  compare: '',
  cumulative: false,
}

/** The query that is meant. Never changes what it is given. */
export function normalize<Query extends Partial<UsageQuery>>(query: Query): Query & UsageQuery {
  const { kind, measures, groupBy, filters, top } = query
  return {
    ...DEFAULT_QUERY,
    refId: 'A',
    ...query,
    kind: KINDS.find((known) => known === kind) ?? DEFAULT_QUERY.kind,
    measures: strings(measures) ?? DEFAULT_QUERY.measures,
    groupBy: (strings(groupBy) ?? []).slice(0, 2),
    filters: (filters ?? []).map(normalizeFilter),
    top: typeof top === 'number' && top >= 1 ? Math.floor(top) : DEFAULT_QUERY.top,
    granularity: query.granularity || DEFAULT_QUERY.granularity,
    compare: query.compare ?? '',
    cumulative: query.cumulative === true,
  }
}

export function normalizeVariable(query: Partial<UsageVariableQuery> | undefined): UsageVariableQuery {
  return {
    refId: 'variable',
    ...query,
    dimension: query?.dimension ?? 'model',
    filters: (query?.filters ?? []).map(normalizeFilter),
  }
}

/** Whether there is anything to ask. */
export function isComplete({ kind, measures }: UsageQuery): boolean {
  return measures.length > 0 || !['series', 'totals', 'breakdown', 'live'].includes(kind)
}

function normalizeFilter(filter: Partial<UsageFilter>): UsageFilter {
  return {
    dimension: filter.dimension ?? '',
    operator: OPERATORS.find((known) => known === filter.operator) ?? '=',
    values: strings(filter.values) ?? [],
  }
}

function strings(values: unknown): string[] | undefined {
  return Array.isArray(values)
    ? values.filter((value): value is string => typeof value === 'string')
    : undefined
}
