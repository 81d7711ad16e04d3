/** The explorer for who has only Prometheus: observed figures as they flow, billed ones in event time. */
import type { Board, Json, Panel } from '../parts/model.ts'
import { lines, pie, ranking, table, tile } from '../parts/panels.ts'
import { promql } from '../parts/queries.ts'
import { choiceVariable, labelVariables, prometheusOnly } from '../parts/variables.ts'

const WHERE =
  'provider=~"$provider", account=~"$account", team=~"$team", model=~"$model", api_key=~"$api_key"'
/** Names stand in the info metric; counters carry ids. */
export const NAMED = '* on (provider, account, api_key) group_left (name) llm_api_key_info'

const increase = (metric: string): string => `increase(${metric}{${WHERE}}[$__range])`
const rate = (metric: string): string => `rate(${metric}{${WHERE}}[$__rate_interval])`

const total = (title: string, expr: string, unit: string, description: string): Panel =>
  tile({
    title,
    description: `${description} Totals for the selected range.`,
    unit,
    targets: [promql(expr, title, 'A', 'instant')],
  })

/** A table column for each query, joined by its labels. */
export const joined = (columns: Readonly<Record<string, string>>, hidden: readonly string[] = []): Json => [
  { id: 'merge', options: {} },
  {
    id: 'organize',
    options: {
      excludeByName: Object.fromEntries(['Time', ...hidden].map((name) => [name, true])),
      renameByName: columns,
    },
  },
]

export const explorerPrometheus: Board = {
  uid: 'usage-explorer-prometheus',
  title: 'Usage: Explorer (Prometheus)',
  description:
    'The explorer without the data source plugin: what instrumented apps observe, and what is billed in event time. Exact and historical figures need the data source.',
  from: 'now-24h',
  refresh: '1m',
  variables: [
    prometheusOnly,
    choiceVariable('by', 'Group by', {
      team: 'Team',
      model: 'Model',
      service: 'Service',
      provider: 'Provider',
      account: 'Account',
      project: 'Project',
    }),
    ...labelVariables('llm_observed_tokens_total', {
      provider: 'Provider',
      account: 'Account',
      team: 'Team',
      model: 'Model',
      api_key: 'API key',
    }),
  ],
  sections: [
    {
      title: 'Observed',
      panels: [
        total('Tokens', `sum(${increase('llm_observed_tokens_total')})`, 'short', 'Of all types.'),
        total(
          'Requests',
          `sum(${increase('llm_observed_requests_total')})`,
          'short',
          'Failed ones included.',
        ),
        tile({
          title: 'Observed cost',
          description: 'As apps saw it. Totals for the selected range.',
          unit: 'currencyUSD',
          targets: [
            promql(
              `sum by (currency) (${increase('llm_observed_cost_total')})`,
              '{{currency}}',
              'A',
              'instant',
            ),
          ],
        }),
        total(
          'Success rate',
          `sum(increase(llm_observed_requests_total{${WHERE}, outcome="success"}[$__range])) / sum(${increase('llm_observed_requests_total')})`,
          'percentunit',
          'Answered requests over all.',
        ),
        total(
          'Tokens per request',
          `sum(${increase('llm_observed_tokens_total')}) / sum(${increase('llm_observed_requests_total')})`,
          'short',
          'Of observed calls.',
        ),
        tile({
          title: 'Billed in 24 hours',
          description: 'The last 24 hours that the bill knows, in event time.',
          unit: 'currencyUSD',
          targets: [
            promql(
              `sum by (currency) (llm_usage_window_cost{${WHERE}, window="24h"})`,
              '{{currency}}',
              'A',
              'instant',
            ),
          ],
        }),
      ],
    },
    {
      title: 'Over time',
      panels: [
        lines({
          title: 'Tokens',
          description: 'A second.',
          unit: 'short',
          width: 8,
          targets: [promql(`sum by ($by) (${rate('llm_observed_tokens_total')})`, '{{$by}}')],
        }),
        lines({
          title: 'Observed cost',
          description: 'An hour.',
          unit: 'currencyUSD',
          width: 8,
          targets: [
            promql(
              `sum by ($by, currency) (${rate('llm_observed_cost_total')}) * 3600`,
              '{{$by}} ({{currency}})',
            ),
          ],
        }),
        lines({
          title: 'Requests',
          description: 'A second.',
          unit: 'reqps',
          width: 8,
          targets: [promql(`sum by ($by) (${rate('llm_observed_requests_total')})`, '{{$by}}')],
        }),
      ],
    },
    {
      title: 'By model and by API key',
      panels: [
        ranking({
          title: 'Tokens by model',
          description: 'Totals for the selected range.',
          unit: 'short',
          targets: [
            promql(
              `topk(10, sum by (model) (${increase('llm_observed_tokens_total')}))`,
              '{{model}}',
              'A',
              'instant',
            ),
          ],
        }),
        ranking({
          title: 'Requests by model',
          description: 'Totals for the selected range.',
          unit: 'short',
          targets: [
            promql(
              `topk(10, sum by (model) (${increase('llm_observed_requests_total')}))`,
              '{{model}}',
              'A',
              'instant',
            ),
          ],
        }),
        pie({
          title: 'Observed cost by API key',
          description: 'Totals for the selected range.',
          unit: 'currencyUSD',
          targets: [
            promql(
              `topk(10, sum by (name) (sum by (provider, account, api_key) (${increase('llm_observed_cost_total')}) ${NAMED}))`,
              '{{name}}',
              'A',
              'instant',
            ),
          ],
        }),
      ],
    },
    {
      title: 'Keys',
      panels: [
        table({
          title: 'By API key',
          description:
            'Observed in the range, with the names that the provider or the configuration gives. Totals for the selected range.',
          targets: [
            promql(
              `sum by (name, team) (sum by (provider, account, api_key, team) (${increase('llm_observed_tokens_total')}) ${NAMED})`,
              '',
              'A',
              'table',
            ),
            promql(
              `sum by (name, team) (sum by (provider, account, api_key, team) (${increase('llm_observed_requests_total')}) ${NAMED})`,
              '',
              'B',
              'table',
            ),
          ],
          sortBy: 'Tokens',
          defaults: { unit: 'short' },
          more: {
            transformations: joined({
              name: 'API key',
              team: 'Team',
              'Value #A': 'Tokens',
              'Value #B': 'Requests',
            }),
          },
        }),
      ],
    },
  ],
}
