/** What every dashboard shows: how old the data is. */
import { byVariables, usage, type Filter } from '../parts/queries.ts'
import { table, tile, override } from '../parts/panels.ts'
import type { Json, Panel } from '../parts/model.ts'
import { adHoc, filterVariable } from '../parts/variables.ts'

/** Filters that the explorer, cost and key dashboards share. */
export const FILTERED: readonly Filter[] = byVariables(
  'provider',
  'account',
  'team',
  'api_key',
  'model',
  'user',
  'project',
  'service',
  'environment',
)

/** The variables that {@link FILTERED} reads, those that depend on others after them. */
export const FILTER_VARIABLES: readonly Json[] = [
  filterVariable('provider', 'Provider'),
  filterVariable('account', 'Account', { among: ['provider'] }),
  filterVariable('team', 'Team', { among: ['account'] }),
  filterVariable('api_key', 'API key', { among: ['account', 'team'] }),
  filterVariable('model', 'Model', { among: ['account', 'team', 'api_key'] }),
  filterVariable('user', 'Member', { among: ['account', 'team'] }),
  filterVariable('project', 'Project', { among: ['account'] }),
  filterVariable('service', 'Service', { among: ['account'] }),
  filterVariable('environment', 'Environment'),
  adHoc,
]

export const dataAge: Panel = tile({
  title: 'Data age',
  description:
    'Of the source that is furthest behind: how long ago its data last advanced. Bills come late by nature; what is newer than this is not in the figures of that source.',
  targets: [usage({ kind: 'sources', measures: [] })],
  options: { reduceOptions: { calcs: ['max'], fields: '/^Age$/', values: false } },
  defaults: {
    color: { mode: 'thresholds' },
    thresholds: steps({ green: null, orange: 14_400, red: 86_400 }),
  },
})

export const sources: Panel = table({
  title: 'Sources',
  description: 'Where figures come from, up to when their data is in, and what a provider never reports.',
  targets: [usage({ kind: 'sources', measures: [] })],
  height: 7,
  overrides: [
    override('Age', {
      'custom.cellOptions': { type: 'color-text' },
      thresholds: steps({ green: null, orange: 14_400, red: 86_400 }),
      color: { mode: 'thresholds' },
    }),
  ],
})

/** @param colors color → from this value on; null for the lowest */
export function steps(colors: Readonly<Record<string, number | null>>): Json {
  return { mode: 'absolute', steps: Object.entries(colors).map(([color, value]) => ({ color, value })) }
}

/** Today so far, the whole of yesterday, and this month so far, whatever the dashboard's own time. */
export const TODAY = { timeFrom: 'now/d', hideTimeOverride: true } as const
export const YESTERDAY = { timeFrom: 'now/d', timeShift: '1d/d', hideTimeOverride: true } as const
export const THIS_MONTH = { timeFrom: 'now/M', hideTimeOverride: true } as const

/** A rise of what costs money is no good news. */
export const COST_CHANGE = { percentChangeColorMode: 'inverted' } as const

export const CHANGE_COLUMNS: readonly Json[] = [
  override('/: change$/', {
    'custom.cellOptions': { type: 'color-text' },
    color: { mode: 'thresholds' },
    thresholds: steps({ green: null, text: 0, orange: 0.25, red: 1 }),
  }),
  override('/^Share of/', {
    'custom.cellOptions': { type: 'gauge', mode: 'basic', valueDisplayMode: 'text' },
    min: 0,
    max: 1,
  }),
]

/** For narrow tables: the group, its figure, and how it changed. */
export const NARROW: readonly Json[] = [
  override('/^Share of/', { 'custom.hidden': true }),
  override('/ before\\)$/', { 'custom.hidden': true }),
]

const SHARE_OF_LIMIT = {
  'custom.cellOptions': { type: 'gauge', mode: 'basic', valueDisplayMode: 'text' },
  color: { mode: 'thresholds' },
  thresholds: steps({ green: null, orange: 0.8, red: 1 }),
  min: 0,
  max: 1.2,
} as const

export const budgets: Panel = table({
  title: 'Budgets',
  description:
    'What is used of each budget in its period, and where that leads: a burn of 1 is on plan. Those that used most come first.',
  targets: [usage({ kind: 'budgets', measures: [] })],
  sortBy: 'Used',
  height: 7,
  overrides: [
    override('Budget', { 'custom.width': 180 }),
    override('/^(Used up on|Ends)$/', { 'custom.width': 165 }),
    override('Used', SHARE_OF_LIMIT),
    override('Forecast of limit', SHARE_OF_LIMIT),
    override('/^Burn/', {
      'custom.cellOptions': { type: 'color-text' },
      color: { mode: 'thresholds' },
      thresholds: steps({ text: null, orange: 1.2, red: 3 }),
    }),
  ],
})

export const alerts: Panel = table({
  title: 'Alerts',
  description:
    'What fired in the range, as Alertmanager told the exporter (see the guide on alerts). A click leads to the runbook or to a silence.',
  targets: [usage({ kind: 'alerts', measures: [] })],
  sortBy: 'Since',
  height: 6,
  overrides: [
    override('/^(Since|Until)$/', { 'custom.width': 165 }),
    override('/^(Severity|Team)$/', { 'custom.width': 100 }),
    override('Status', { 'custom.width': 70 }),
    override('Alert', { 'custom.width': 170 }),
    override('What happened', { 'custom.width': 420 }),
    override('Status', {
      'custom.cellOptions': { type: 'color-text' },
      mappings: [
        {
          type: 'value',
          options: { firing: { text: 'fires', color: 'red' }, resolved: { text: 'over', color: 'green' } },
        },
      ],
    }),
    override('Alert', {
      links: [
        { title: 'What it means', url: '${__data.fields.Runbook}', targetBlank: true },
        { title: 'Silence it', url: '${__data.fields.Silence}', targetBlank: true },
      ],
    }),
  ],
})
