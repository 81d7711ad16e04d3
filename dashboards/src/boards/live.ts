/** What runs now and how well: rates, errors, latency and limits, from Prometheus. */
import type { Board, Panel } from '../parts/model.ts'
import { lines, override, table, tile } from '../parts/panels.ts'
import { promql } from '../parts/queries.ts'
import { labelVariables, prometheusOnly } from '../parts/variables.ts'
import { steps } from './common.ts'

const WHERE =
  'provider=~"$provider", account=~"$account", team=~"$team", model=~"$model", service=~"$service"'
const rate = (metric: string, more = ''): string => `rate(${metric}{${WHERE}${more}}[$__rate_interval])`
const quantile = (q: number, metric: string, by = ''): string =>
  `histogram_quantile(${q}, sum by (le${by}) (rate(${metric}_bucket{${WHERE}}[$__rate_interval])))`

const now = (
  title: string,
  expr: string,
  unit: string,
  description: string,
  defaults: Panel['fieldConfig']['defaults'] = {},
): Panel => tile({ title, description, targets: [promql(expr, title, 'A', 'instant')], unit, defaults })

const good = { color: { mode: 'thresholds' }, thresholds: steps({ red: null, orange: 0.95, green: 0.99 }) }
const bad = { color: { mode: 'thresholds' }, thresholds: steps({ green: null, orange: 0.01, red: 0.05 }) }

export const live: Board = {
  uid: 'usage-live',
  title: 'Usage: Live and reliability',
  description:
    'Requests, tokens and money as they flow, success and errors by type, latency, and how far the rate limits are. What instrumented apps observe, through Prometheus.',
  from: 'now-1h',
  refresh: '10s',
  variables: [
    prometheusOnly,
    ...labelVariables('llm_observed_requests_total', {
      provider: 'Provider',
      account: 'Account',
      team: 'Team',
      model: 'Model',
      service: 'Service',
    }),
  ],
  sections: [
    {
      title: '',
      panels: [
        now(
          'Requests',
          `sum(${rate('llm_observed_requests_total')})`,
          'reqps',
          'A second, failed ones included.',
        ),
        now(
          'Active requests',
          `sum(llm_observed_active_requests{provider=~"$provider", account=~"$account", team=~"$team", model=~"$model", service=~"$service"})`,
          'short',
          'Calls that wait for their answer now.',
        ),
        now('Tokens', `sum(${rate('llm_observed_tokens_total')})`, 'short', 'A second, of all types.'),
        now(
          'Cost',
          `sum by (currency) (${rate('llm_observed_cost_total')}) * 60`,
          'currencyUSD',
          'A minute, as observed. Other currencies than USD are shown beside it with their name.',
          { displayName: '${__field.labels.currency} a minute' },
        ),
        now(
          'Success rate',
          `sum(${rate('llm_observed_requests_total', ', outcome="success"')}) / sum(${rate('llm_observed_requests_total')})`,
          'percentunit',
          'Answered requests over all.',
          good,
        ),
        now(
          'Error rate',
          `(sum(${rate('llm_observed_requests_total', ', outcome="error"')}) or vector(0)) / sum(${rate('llm_observed_requests_total')})`,
          'percentunit',
          'Failed requests over all.',
          bad,
        ),
      ],
    },
    {
      title: 'Flow',
      panels: [
        lines({
          title: 'Requests by service',
          description: 'A second.',
          unit: 'reqps',
          width: 8,
          targets: [promql(`sum by (service) (${rate('llm_observed_requests_total')})`, '{{service}}')],
        }),
        lines({
          title: 'Tokens by model',
          description: 'A second.',
          unit: 'short',
          width: 8,
          targets: [promql(`sum by (model) (${rate('llm_observed_tokens_total')})`, '{{model}}')],
        }),
        lines({
          title: 'Cost by team',
          description: 'A minute, as observed.',
          unit: 'currencyUSD',
          width: 8,
          targets: [
            promql(
              `sum by (team, currency) (${rate('llm_observed_cost_total')}) * 60`,
              '{{team}} ({{currency}})',
            ),
          ],
        }),
      ],
    },
    {
      title: 'Errors',
      panels: [
        lines({
          title: 'Success rate by service',
          description: 'Answered requests over all.',
          unit: 'percentunit',
          defaults: { max: 1 },
          targets: [
            promql(
              `sum by (service) (${rate('llm_observed_requests_total', ', outcome="success"')}) / sum by (service) (${rate('llm_observed_requests_total')})`,
              '{{service}}',
            ),
          ],
        }),
        lines({
          title: 'Errors by type',
          description:
            'A second: rate limits, refused keys, bad requests, failures of the provider, time-outs, broken-off streams, the network.',
          unit: 'reqps',
          targets: [
            promql(
              `sum by (error_type) (${rate('llm_observed_requests_total', ', outcome="error"')})`,
              '{{error_type}}',
            ),
          ],
        }),
      ],
    },
    {
      title: 'How fast',
      panels: [
        lines({
          title: 'Latency',
          description: 'From the start of a call to the end of its answer.',
          unit: 's',
          width: 8,
          targets: [
            promql(quantile(0.5, 'llm_observed_request_duration_seconds'), '50th percentile'),
            promql(quantile(0.95, 'llm_observed_request_duration_seconds'), '95th', 'B'),
            promql(quantile(0.99, 'llm_observed_request_duration_seconds'), '99th', 'C'),
          ],
        }),
        lines({
          title: 'Latency by model',
          description: '95th percentile.',
          unit: 's',
          width: 8,
          targets: [promql(quantile(0.95, 'llm_observed_request_duration_seconds', ', model'), '{{model}}')],
        }),
        lines({
          title: 'Time to first token',
          description: 'Of streamed calls.',
          unit: 's',
          width: 8,
          targets: [
            promql(quantile(0.5, 'llm_observed_time_to_first_token_seconds'), '50th percentile'),
            promql(quantile(0.95, 'llm_observed_time_to_first_token_seconds'), '95th', 'B'),
          ],
        }),
      ],
    },
    {
      title: 'Limits',
      panels: [
        lines({
          title: 'Rate-limit headroom',
          description:
            'What is left of each limit, as answers of the provider tell it; at 0 requests are refused (429).',
          unit: 'percentunit',
          defaults: { min: 0, max: 1 },
          targets: [
            promql(
              'min by (model, kind, window) (llm_observed_rate_limit_remaining{provider=~"$provider", account=~"$account", model=~"$model"} / (llm_observed_rate_limit{provider=~"$provider", account=~"$account", model=~"$model"} > 0))',
              '{{model}} {{kind}} a {{window}}',
            ),
          ],
        }),
        table({
          title: 'Limits of the tier',
          description: 'As the provider lists them for each model.',
          width: 12,
          height: 8,
          targets: [
            promql(
              'max by (provider, account, model, kind, window) (llm_rate_limit{provider=~"$provider", account=~"$account", model=~"$model"})',
              '',
              'A',
              'table',
            ),
          ],
          overrides: [override('Limit', { unit: 'short' })],
          more: {
            transformations: [
              {
                id: 'organize',
                options: {
                  excludeByName: { Time: true },
                  renameByName: {
                    Value: 'Limit',
                    provider: 'Provider',
                    account: 'Account',
                    model: 'Model',
                    kind: 'Of',
                    window: 'In a',
                  },
                  indexByName: { provider: 0, account: 1, model: 2, kind: 3, window: 4, Value: 5 },
                },
              },
            ],
          },
        }),
      ],
    },
  ],
}
