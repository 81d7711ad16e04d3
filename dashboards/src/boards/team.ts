/** One team: who and what in it spends how much. */
import { keyOfRow, modelOfRow } from '../parts/links.ts'
import type { Board, Panel } from '../parts/model.ts'
import { bars, lines, ranking, table, tile } from '../parts/panels.ts'
import { byVariables, usage } from '../parts/queries.ts'
import { filterVariable, granularity, usageSource } from '../parts/variables.ts'
import { budgets, CHANGE_COLUMNS, COST_CHANGE, dataAge } from './common.ts'

const FILTERS = byVariables('team', 'user', 'environment')

const total = (title: string, measure: string, description: string, isCost = false): Panel =>
  tile({
    title,
    description,
    targets: [usage({ kind: 'totals', measures: [measure], filters: FILTERS, compare: 'previous' })],
    options: isCost ? COST_CHANGE : {},
  })

export const team: Board = {
  uid: 'usage-team',
  title: 'Usage: Team',
  description: 'One team by member, key and model: heavy users, and what changed.',
  from: 'now-30d',
  refresh: '15m',
  variables: [
    usageSource,
    filterVariable('team', 'Team', { multi: false }),
    filterVariable('user', 'Member', { among: ['team'] }),
    filterVariable('environment', 'Environment', { among: ['team'] }),
    granularity,
  ],
  sections: [
    {
      title: '',
      panels: [
        total('Cost', 'cost', 'Against as long a time before.', true),
        total(
          'Tokens',
          'tokens',
          'Of all types. Where a provider tells tokens by model only, a team has none of its own.',
        ),
        total('Requests', 'requests', 'As instrumented apps count them.'),
        total('Cost per request', 'cost_per_request', 'Of one source that tells both.', true),
        total('Success rate', 'success_rate', 'As instrumented apps saw it.'),
        dataAge,
      ],
    },
    {
      title: 'Budgets',
      panels: [
        {
          ...budgets,
          height: 5,
          more: {
            transformations: [
              {
                id: 'filterByValue',
                options: {
                  type: 'include',
                  match: 'any',
                  filters: [{ fieldName: 'Team', config: { id: 'equal', options: { value: '$team' } } }],
                },
              },
            ],
          },
        },
      ],
    },
    {
      title: 'Members',
      panels: [
        table({
          title: 'By member',
          description: 'Heavy users first. Members are told by the calls, or by who owns a key.',
          width: 14,
          targets: [
            usage({
              kind: 'breakdown',
              measures: ['cost', 'tokens', 'requests', 'cost_per_request'],
              groupBy: ['user'],
              filters: FILTERS,
              top: 200,
              compare: 'previous',
            }),
          ],
          sortBy: 'Cost',
          overrides: [...CHANGE_COLUMNS],
        }),
        bars({
          title: 'Cost by member',
          description: 'The heaviest users apart.',
          width: 10,
          height: 9,
          stacked: true,
          targets: [usage({ groupBy: ['user'], filters: FILTERS, granularity: '$granularity', top: 6 })],
        }),
      ],
    },
    {
      title: 'Keys and models',
      panels: [
        table({
          title: 'By API key',
          description: 'A click leads to the key.',
          width: 14,
          targets: [
            usage({
              kind: 'breakdown',
              measures: ['cost', 'tokens', 'requests', 'error_rate'],
              groupBy: ['api_key'],
              filters: FILTERS,
              top: 100,
              compare: 'previous',
            }),
          ],
          sortBy: 'Cost',
          overrides: [keyOfRow, ...CHANGE_COLUMNS],
        }),
        ranking({
          title: 'Cost by model',
          description: 'The dearest models of the team.',
          width: 10,
          height: 9,
          targets: [usage({ kind: 'totals', groupBy: ['model'], filters: FILTERS })],
        }),
        table({
          title: 'By model',
          description: 'What each model costs the team for a million tokens and a request.',
          width: 14,
          targets: [
            usage({
              kind: 'breakdown',
              measures: ['cost', 'requests', 'cost_per_request', 'cost_per_1m_tokens', 'cache_hit_rate'],
              groupBy: ['model'],
              filters: FILTERS,
              top: 50,
            }),
          ],
          sortBy: 'Cost',
          overrides: [modelOfRow, ...CHANGE_COLUMNS],
        }),
        lines({
          title: 'Cost, against what is usual then',
          description: 'The median of the same days of the four weeks before, with their lowest and highest.',
          width: 10,
          height: 9,
          targets: [usage({ filters: FILTERS, granularity: 'day', compare: 'usual' })],
        }),
      ],
    },
  ],
}
