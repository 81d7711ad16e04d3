/** The exporter itself: whether it reads, how old its data is, what it refused, what it needs. */
import type { Board, Panel } from '../parts/model.ts'
import { lines, override, table, tile } from '../parts/panels.ts'
import { promql } from '../parts/queries.ts'
import { labelVariables, prometheusOnly } from '../parts/variables.ts'
import { steps } from './common.ts'

const ONE = 'instance=~"$instance"'

const figure = (
  title: string,
  expr: string,
  unit: string,
  description: string,
  defaults: Panel['fieldConfig']['defaults'] = {},
  options: Panel['options'] = {},
): Panel =>
  tile({ title, description, unit, defaults, options, targets: [promql(expr, title, 'A', 'instant')] })

export const health: Board = {
  uid: 'usage-health',
  title: 'Usage: Exporter health',
  description:
    'Polls, errors, data age, restatements, amounts held back, series, memory and disk of the exporter.',
  from: 'now-6h',
  refresh: '30s',
  variables: [prometheusOnly, ...labelVariables('usage_explorer_build_info', { instance: 'Instance' })],
  sections: [
    {
      title: '',
      panels: [
        figure(
          'Version',
          `max by (version) (usage_explorer_build_info{${ONE}})`,
          'none',
          'Of the exporter.',
          { displayName: '${__field.labels.version}' },
          { textMode: 'name' },
        ),
        figure(
          'Oldest data',
          `time() - min(llm_source_newest_data_timestamp_seconds{${ONE}})`,
          's',
          'Of the source that is furthest behind; monthly sources are behind by nature.',
        ),
        figure(
          'Poll errors',
          `sum(increase(usage_explorer_poll_errors_total{${ONE}}[$__range])) or vector(0)`,
          'short',
          'Totals for the selected range.',
          { decimals: 0, color: { mode: 'thresholds' }, thresholds: steps({ green: null, orange: 1 }) },
        ),
        figure(
          'Series of the ledger',
          `sum(usage_explorer_ledger_series{${ONE}})`,
          'short',
          'What is kept apart.',
        ),
        figure('Ledger', `sum(usage_explorer_ledger_bytes{${ONE}})`, 'bytes', 'On disk.'),
        figure(
          'Disk free',
          `min(usage_explorer_disk_free_bytes{${ONE}})`,
          'bytes',
          'Where the ledger is. Below 16 MiB nothing is written any more.',
        ),
      ],
    },
    {
      title: 'Reading',
      panels: [
        lines({
          title: 'Polls',
          description: 'A minute, by what is read.',
          unit: 'short',
          targets: [
            promql(
              `sum by (account, reader) (rate(usage_explorer_polls_total{${ONE}}[$__rate_interval])) * 60`,
              '{{account}} {{reader}}',
            ),
          ],
        }),
        lines({
          title: 'Errors by code',
          description: 'A minute; each code stands in the reference of errors.',
          unit: 'short',
          targets: [
            promql(
              `sum by (account, code) (rate(usage_explorer_poll_errors_total{${ONE}}[$__rate_interval])) * 60 > 0`,
              '{{account}} {{code}}',
            ),
          ],
        }),
        lines({
          title: 'How long polls take',
          description: '95th percentile.',
          unit: 's',
          targets: [
            promql(
              `histogram_quantile(0.95, sum by (le) (rate(usage_explorer_poll_duration_seconds_bucket{${ONE}}[$__rate_interval])))`,
              '95th percentile',
            ),
          ],
        }),
        lines({
          title: 'Data age by source',
          description: 'Grows until the next data comes in; bills of a day come once a day.',
          unit: 's',
          targets: [
            promql(
              `time() - max by (account, source) (llm_source_newest_data_timestamp_seconds{${ONE}})`,
              '{{account}} {{source}}',
            ),
          ],
        }),
      ],
    },
    {
      title: 'What changed afterwards',
      panels: [
        lines({
          title: 'Restated cost',
          description: 'An hour: what a provider changed of times that it had already told.',
          unit: 'short',
          targets: [
            promql(
              `sum by (account, direction) (rate(llm_restated_cost_total{${ONE}}[$__rate_interval])) * 3600`,
              '{{account}} {{direction}}',
            ),
          ],
        }),
        lines({
          title: 'Cost held back',
          description: 'What counters show beyond the ledger, because a counter never falls.',
          unit: 'short',
          targets: [promql(`sum by (account) (llm_billed_cost_held{${ONE}})`, '{{account}}')],
        }),
      ],
    },
    {
      title: 'The process',
      panels: [
        lines({
          title: 'Points from apps',
          description: 'A second, by what became of them.',
          unit: 'short',
          width: 8,
          targets: [
            promql(
              `sum by (outcome) (rate(usage_explorer_otlp_points_total{${ONE}}[$__rate_interval]))`,
              '{{outcome}}',
            ),
          ],
        }),
        lines({
          title: 'Requests answered',
          description: 'A second, by status.',
          unit: 'reqps',
          width: 8,
          targets: [
            promql(
              `sum by (status) (rate(usage_explorer_http_requests_total{${ONE}}[$__rate_interval]))`,
              '{{status}}',
            ),
          ],
        }),
        lines({
          title: 'Labels folded into other',
          description: 'Series beyond the limits of a label; raise the limit where this is not 0.',
          unit: 'short',
          width: 8,
          targets: [promql(`sum by (family) (llm_overflow_series{${ONE}})`, '{{family}}')],
        }),
        table({
          title: 'Accounts',
          description: 'The state of each account; look at the status page for what to do.',
          height: 6,
          targets: [
            promql(
              `max by (provider, account, state) (usage_explorer_account_state{${ONE}} == 1)`,
              '',
              'A',
              'table',
            ),
          ],
          overrides: [override('Provider', {})],
          more: {
            transformations: [
              {
                id: 'organize',
                options: {
                  excludeByName: { Time: true, Value: true },
                  renameByName: { provider: 'Provider', account: 'Account', state: 'State' },
                },
              },
            ],
          },
        }),
      ],
    },
  ],
}
