/** Variables: which data source, what to look at, by what to split it. */
import type { Json } from './model.ts'
import { USAGE, PROMETHEUS } from './queries.ts'

/** Meant by All: our data source leaves the filter out, and PromQL matches everything. */
const ALL_VALUE = '.*'
const REFRESH_ON_LOAD = 1
const REFRESH_ON_TIME = 2

export const usageSource: Json = {
  name: 'datasource',
  label: 'Data source',
  type: 'datasource',
  query: USAGE.type,
  regex: '',
  refresh: REFRESH_ON_LOAD,
  hide: 0,
  includeAll: false,
  multi: false,
  options: [],
}

export const prometheusSource: Json = {
  ...(usageSource as Record<string, Json>),
  name: 'prometheus',
  label: 'Prometheus',
  query: PROMETHEUS.type,
}

/** In a dashboard that asks nothing but Prometheus. */
export const prometheusOnly: Json = { ...(prometheusSource as Record<string, Json>), label: 'Data source' }

export function filterVariable(
  dimension: string,
  label: string,
  options: { readonly among?: readonly string[]; readonly multi?: boolean } = {},
): Json {
  const { among = [], multi = true } = options
  return {
    name: dimension,
    label,
    type: 'query',
    datasource: USAGE,
    query: {
      refId: 'variable',
      dimension,
      filters: among.map((other) => ({ dimension: other, operator: '=', values: [`$${other}`] })),
    },
    refresh: REFRESH_ON_LOAD,
    sort: 0,
    regex: '',
    hide: 0,
    multi,
    ...(multi
      ? { includeAll: true, allValue: ALL_VALUE, current: { text: ['All'], value: ['$__all'] } }
      : { includeAll: false, current: {} }),
    options: [],
  }
}

function labelVariable(label: string, title: string, metric: string): Json {
  return {
    name: label,
    label: title,
    type: 'query',
    datasource: PROMETHEUS,
    definition: `label_values(${metric}, ${label})`,
    query: { query: `label_values(${metric}, ${label})`, refId: 'variable' },
    refresh: REFRESH_ON_TIME,
    sort: 1,
    regex: '',
    hide: 0,
    multi: true,
    includeAll: true,
    allValue: ALL_VALUE,
    current: { text: ['All'], value: ['$__all'] },
    options: [],
  }
}

/** @param labels label → title */
export function labelVariables(metric: string, labels: Readonly<Record<string, string>>): Json[] {
  return Object.entries(labels).map(([label, title]) => labelVariable(label, title, metric))
}

/** @param choices value → what people read, the first one chosen */
export function choiceVariable(name: string, label: string, choices: Readonly<Record<string, string>>): Json {
  const options = Object.entries(choices).map(([value, text], index) => ({
    value,
    text,
    selected: index === 0,
  }))
  return {
    name,
    label,
    type: 'custom',
    query: options.map(({ value, text }) => `${text} : ${value}`).join(','),
    hide: 0,
    multi: false,
    includeAll: false,
    options,
    current: { ...(options[0] ?? { text: '', value: '' }), selected: true },
  }
}

export const adHoc: Json = {
  name: 'filters',
  label: 'More filters',
  type: 'adhoc',
  datasource: USAGE,
  filters: [],
  baseFilters: [],
  hide: 0,
}

export const groupBy: Json = choiceVariable('by', 'Group by', {
  team: 'Team',
  api_key: 'API key',
  model: 'Model',
  endpoint: 'Endpoint',
  user: 'Member',
  project: 'Project',
  service: 'Service',
  environment: 'Environment',
  provider: 'Provider',
  account: 'Account',
  cost_centre: 'Cost centre',
})

export const granularity: Json = choiceVariable('granularity', 'Buckets', {
  auto: 'Auto',
  hour: 'Hour',
  day: 'Day',
  week: 'Week',
  month: 'Month',
})

export const compare: Json = choiceVariable('compare', 'Against', {
  none: 'Nothing',
  previous: 'The period before',
  week: 'The week before',
  month: 'The month before',
  year: 'The year before',
  usual: 'What is usual then',
})
