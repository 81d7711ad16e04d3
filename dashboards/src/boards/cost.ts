/** Where the money goes: by type, model, team, member and cost centre; what drives it; prices. */
import { keyOfRow, modelOfRow, teamOfRow } from '../parts/links.ts'
import type { Board, Panel } from '../parts/model.ts'
import { bars, lines, pie, ranking, table, tile } from '../parts/panels.ts'
import { promql, usage } from '../parts/queries.ts'
import { granularity, prometheusSource, usageSource } from '../parts/variables.ts'
import {
  budgets,
  CHANGE_COLUMNS,
  COST_CHANGE,
  dataAge,
  FILTERED,
  FILTER_VARIABLES,
  THIS_MONTH,
} from './common.ts'

const by = (title: string, dimension: string, description: string): Panel =>
  ranking({
    title,
    description,
    width: 6,
    targets: [usage({ kind: 'totals', groupBy: [dimension], filters: FILTERED, top: 8 })],
  })

const burn = (window: string): string =>
  `sort_desc(max by (name) (llm_budget_burn_ratio{window="${window}"} * on (budget) group_left (name) llm_budget_info))`

const drivers = (title: string, dimension: string): Panel =>
  table({
    title,
    description: 'By how much more it cost than as long a time before.',
    width: 12,
    targets: [
      usage({ kind: 'breakdown', groupBy: [dimension], filters: FILTERED, compare: 'previous', top: 50 }),
    ],
    sortBy: 'Cost: difference',
    overrides: [keyOfRow, modelOfRow, teamOfRow, ...CHANGE_COLUMNS],
  })

export const cost: Board = {
  uid: 'usage-cost',
  title: 'Usage: Cost and budgets',
  description:
    'Budgets; cost by type, model, team, member and cost centre, its drivers and trend, and prices.',
  from: 'now-30d',
  refresh: '15m',
  variables: [usageSource, prometheusSource, granularity, ...FILTER_VARIABLES],
  sections: [
    {
      title: '',
      panels: [
        tile({
          title: 'Cost',
          description: 'Of the range, against as long a time before.',
          targets: [usage({ kind: 'totals', filters: FILTERED, compare: 'previous' })],
          options: COST_CHANGE,
          width: 5,
        }),
        tile({
          title: 'This month',
          description: 'So far, against the same days of the month before.',
          targets: [usage({ kind: 'totals', filters: FILTERED, compare: 'month' })],
          options: COST_CHANGE,
          more: THIS_MONTH,
          width: 5,
        }),
        tile({
          title: 'Cost per 1 M tokens',
          description: 'Of one source that tells both cost and tokens.',
          targets: [
            usage({
              kind: 'totals',
              measures: ['cost_per_1m_tokens'],
              filters: FILTERED,
              compare: 'previous',
            }),
          ],
          options: COST_CHANGE,
          width: 5,
        }),
        tile({
          title: 'Cost per request',
          description: 'Of one source that tells both cost and requests.',
          targets: [
            usage({ kind: 'totals', measures: ['cost_per_request'], filters: FILTERED, compare: 'previous' }),
          ],
          options: COST_CHANGE,
          width: 5,
        }),
        dataAge,
      ],
    },
    {
      title: 'Budgets',
      panels: [
        budgets,
        ranking({
          title: 'Burn of 24 hours',
          description: 'What 24 hours used over what the budget allows in as much time: 1 is on plan.',
          width: 12,
          height: 6,
          unit: 'none',
          targets: [promql(burn('24h'), '{{name}}', 'A', 'instant')],
        }),
        ranking({
          title: 'Burn of three days',
          description: 'The same for three days: quieter, and slower to tell.',
          width: 12,
          height: 6,
          unit: 'none',
          targets: [promql(burn('3d'), '{{name}}', 'A', 'instant')],
        }),
      ],
    },
    {
      title: 'Where it goes',
      panels: [
        pie({
          title: 'By type',
          description:
            'Input, cached input, output, reasoning and tools. "Not split" is what a source does not tell apart.',
          width: 6,
          targets: [usage({ kind: 'totals', groupBy: ['type'], filters: FILTERED })],
          options: { legend: { showLegend: true, displayMode: 'list', placement: 'bottom', values: [] } },
        }),
        by('By model', 'model', 'The dearest models.'),
        by('By team', 'team', 'The teams that spend most. "No team": no mapping names one.'),
        by('By member', 'user', 'The members that spend most, where keys or calls tell them.'),
        pie({
          title: 'By provider',
          description: 'What each provider costs.',
          width: 6,
          targets: [usage({ kind: 'totals', groupBy: ['provider'], filters: FILTERED })],
          options: {
            legend: { showLegend: true, displayMode: 'list', placement: 'bottom', values: ['value'] },
          },
        }),
        by('By cost centre', 'cost_centre', 'As the configuration maps keys, members and projects.'),
        by(
          'By project',
          'project',
          "The provider's own unit: xAI teams, OpenAI projects, Anthropic workspaces.",
        ),
        by('By environment', 'environment', 'Test against production.'),
      ],
    },
    {
      title: 'How it develops',
      panels: [
        bars({
          title: 'Cost by model',
          description: 'The largest models apart.',
          stacked: true,
          targets: [usage({ groupBy: ['model'], filters: FILTERED, granularity: '$granularity', top: 8 })],
        }),
        lines({
          title: 'Summed up over the range, against the time before',
          description: 'Above the dashed line: more is being spent than before.',
          targets: [usage({ filters: FILTERED, granularity: 'day', compare: 'previous', cumulative: true })],
        }),
        drivers('What drives it: API keys', 'api_key'),
        drivers('What drives it: models', 'model'),
      ],
    },
    {
      title: 'Prices',
      panels: [
        lines({
          title: 'Cost per 1 M tokens by model',
          description:
            'Of the mix of input, cache and output that there was: a rise is a dearer price or a worse mix.',
          targets: [
            usage({
              measures: ['cost_per_1m_tokens'],
              groupBy: ['model'],
              filters: FILTERED,
              granularity: '$granularity',
              top: 6,
            }),
          ],
        }),
        table({
          title: 'Listed prices of 1 M tokens',
          description: "The providers' own price lists, as last read.",
          width: 12,
          height: 8,
          targets: [
            promql(
              'max by (provider, model, cost_type, tier, currency) (llm_model_price{provider=~"$provider", account=~"$account", model=~"$model", cost_type!="tool"}) * 1e6',
              '',
              'A',
              'table',
            ),
          ],
          more: {
            transformations: [
              {
                id: 'organize',
                options: {
                  excludeByName: { Time: true },
                  renameByName: {
                    Value: 'Price',
                    provider: 'Provider',
                    model: 'Model',
                    cost_type: 'Type',
                    tier: 'Tier',
                    currency: 'Currency',
                  },
                  indexByName: { provider: 0, model: 1, cost_type: 2, tier: 3, currency: 4, Value: 5 },
                },
              },
            ],
          },
        }),
      ],
    },
  ],
}
