/** Cost for who has only Prometheus: event-time gauges of what is billed, which age and roll over by themselves. */
import type { Board, Panel } from '../parts/model.ts'
import { lines, ranking, table, tile } from '../parts/panels.ts'
import { promql } from '../parts/queries.ts'
import { labelVariables, prometheusOnly } from '../parts/variables.ts'
import { joined, NAMED } from './explorer-prometheus.ts'

const WHERE = 'provider=~"$provider", account=~"$account", team=~"$team"'
const period = (name: string): string => `llm_usage_period_cost{${WHERE}, period="${name}"}`

const money = (title: string, expr: string, description: string): Panel =>
  tile({
    title,
    description,
    unit: 'currencyUSD',
    targets: [promql(`sum by (currency) (${expr})`, '{{currency}}', 'A', 'instant')],
  })

const by = (title: string, label: string, description: string): Panel =>
  ranking({
    title,
    description,
    unit: 'currencyUSD',
    targets: [
      promql(`topk(10, sum by (${label}, currency) (${period('month')}))`, `{{${label}}}`, 'A', 'instant'),
    ],
  })

export const costPrometheus: Board = {
  uid: 'usage-cost-prometheus',
  title: 'Usage: Cost (Prometheus)',
  description:
    'What is billed, without the data source plugin: periods in event time, up to where the bill is in.',
  from: 'now-7d',
  refresh: '5m',
  variables: [
    prometheusOnly,
    ...labelVariables('llm_usage_period_cost', { provider: 'Provider', account: 'Account', team: 'Team' }),
  ],
  sections: [
    {
      title: '',
      panels: [
        money('Today', period('day'), 'So far, up to where the bill is in.'),
        money('Yesterday', period('previous_day'), 'The whole day, once the bill is in.'),
        money('This month', period('month'), 'So far, up to where the bill is in.'),
        money('The month before', period('previous_month'), 'The whole month.'),
        tile({
          title: 'Balance',
          description: 'Prepaid credits, as last read.',
          unit: 'currencyUSD',
          targets: [
            promql(
              'min by (account, kind, currency) (llm_account_balance{provider=~"$provider", account=~"$account", kind="settled"})',
              '{{account}} {{kind}}',
            ),
          ],
        }),
        tile({
          title: 'Oldest bill',
          description:
            'How far behind the bill that is furthest behind is; a monthly preview is behind by nature.',
          unit: 's',
          targets: [
            promql(
              'time() - min(llm_source_newest_data_timestamp_seconds{provider=~"$provider", account=~"$account"})',
              'Age',
            ),
          ],
        }),
      ],
    },
    {
      title: 'This month',
      panels: [
        by('By team', 'team', 'This month so far.'),
        by('By model', 'model', 'This month so far; empty where a bill is not split by model.'),
        ranking({
          title: 'By API key',
          description: 'This month so far, by the names of keys.',
          unit: 'currencyUSD',
          targets: [
            promql(
              `topk(10, sum by (name) (sum by (provider, account, api_key) (${period('month')}) ${NAMED}))`,
              '{{name}}',
              'A',
              'instant',
            ),
          ],
        }),
      ],
    },
    {
      title: 'How it develops',
      panels: [
        lines({
          title: 'Cost of 24 hours by team',
          description:
            'Ending where the bill is in: each point is a whole day, so nothing is lost between scrapes.',
          unit: 'currencyUSD',
          targets: [
            promql(
              `sum by (team, currency) (llm_usage_window_cost{${WHERE}, window="24h"})`,
              '{{team}} ({{currency}})',
            ),
          ],
        }),
        lines({
          title: 'This month by team',
          description: 'Rises to the end of the month, then starts again.',
          unit: 'currencyUSD',
          targets: [promql(`sum by (team, currency) (${period('month')})`, '{{team}} ({{currency}})')],
        }),
        table({
          title: 'Keys',
          description: 'Yesterday against the month so far.',
          targets: [
            promql(
              `sum by (name, owner, environment) (sum by (provider, account, api_key) (${period('previous_day')}) * on (provider, account, api_key) group_left (name, owner, environment) llm_api_key_info)`,
              '',
              'A',
              'table',
            ),
            promql(
              `sum by (name, owner, environment) (sum by (provider, account, api_key) (${period('month')}) * on (provider, account, api_key) group_left (name, owner, environment) llm_api_key_info)`,
              '',
              'B',
              'table',
            ),
          ],
          unit: 'currencyUSD',
          sortBy: 'This month',
          more: {
            transformations: joined({
              name: 'API key',
              owner: 'Owner',
              environment: 'Environment',
              'Value #A': 'Yesterday',
              'Value #B': 'This month',
            }),
          },
        }),
      ],
    },
  ],
}
