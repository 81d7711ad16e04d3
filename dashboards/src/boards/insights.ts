/** What could cost less: caches, cheaper models, dear calls, keys that nobody uses, and money that nobody observes. */
import { keyOfRow, modelOfRow } from '../parts/links.ts'
import type { Board } from '../parts/model.ts'
import { lines, override, table } from '../parts/panels.ts'
import { byVariables, promql, usage } from '../parts/queries.ts'
import { filterVariable, prometheusSource, usageSource } from '../parts/variables.ts'
import { CHANGE_COLUMNS, steps } from './common.ts'

const FILTERS = byVariables('team')

export const insights: Board = {
  uid: 'usage-insights',
  title: 'Usage: Insights',
  description: 'Where money could be saved, and what is odd.',
  from: 'now-30d',
  refresh: '15m',
  variables: [usageSource, prometheusSource, filterVariable('team', 'Team')],
  sections: [
    {
      title: 'Caches and models',
      panels: [
        table({
          title: 'What a model costs, and how much of it comes from a cache',
          description:
            'A low cache hit rate on much input is money left lying: put what stays the same first in a prompt. A dear model with short answers may be replaced by a cheaper one.',
          width: 14,
          targets: [
            usage({
              kind: 'breakdown',
              measures: [
                'cost',
                'cost_per_1m_tokens',
                'cost_per_request',
                'cache_hit_rate',
                'output_input_ratio',
                'tokens_per_request',
              ],
              groupBy: ['model'],
              filters: FILTERS,
              top: 50,
            }),
          ],
          sortBy: 'Cost',
          overrides: [
            modelOfRow,
            ...CHANGE_COLUMNS,
            override('Cache hit rate', {
              'custom.cellOptions': { type: 'color-text' },
              color: { mode: 'thresholds' },
              thresholds: steps({ orange: null, text: 0.1, green: 0.3 }),
            }),
          ],
        }),
        lines({
          title: 'Cache hit rate by model',
          description: 'A fall is a prompt that changed its beginning.',
          width: 10,
          height: 9,
          targets: [
            usage({
              measures: ['cache_hit_rate'],
              groupBy: ['model'],
              filters: FILTERS,
              granularity: 'day',
              top: 6,
            }),
          ],
        }),
      ],
    },
    {
      title: 'Dear calls',
      panels: [
        table({
          title: 'The calls that cost most',
          description:
            'As our instrumentation library tells them, with their trace. Never what was asked or answered.',
          targets: [usage({ kind: 'calls', measures: [], top: 50, filters: FILTERS })],
          sortBy: 'Cost',
          overrides: [keyOfRow],
        }),
      ],
    },
    {
      title: 'Keys',
      panels: [
        table({
          title: 'Keys not used for thirty days',
          description:
            'Each is a key that can leak and that nobody would miss. Names come from the provider.',
          width: 12,
          targets: [
            promql(
              '(time() - max by (provider, account, api_key) (llm_api_key_last_used_timestamp_seconds) > 30 * 86400) * on (provider, account, api_key) group_left (name, team, owner, redacted) llm_api_key_info{disabled="false", listed="true"}',
              '',
              'A',
              'table',
            ),
          ],
          defaults: { noValue: 'Every key was used within thirty days' },
          overrides: [override('Last used', { unit: 's' })],
          more: {
            transformations: [
              {
                id: 'organize',
                options: {
                  excludeByName: { Time: true, api_key: true },
                  renameByName: {
                    Value: 'Last used',
                    provider: 'Provider',
                    account: 'Account',
                    name: 'API key',
                    redacted: 'Ends in',
                    team: 'Team',
                    owner: 'Owner',
                  },
                  indexByName: { provider: 0, account: 1, name: 2, redacted: 3, team: 4, owner: 5, Value: 6 },
                },
              },
            ],
          },
        }),
        table({
          title: 'Billed, but not observed',
          description:
            'Keys whose bill no instrumented app explains: other apps, a leaked key, or an app without instrumentation. By settled days.',
          width: 12,
          targets: [usage({ kind: 'reconciliation', measures: [], groupBy: ['api_key'] })],
          sortBy: 'Gap',
          overrides: [
            override('/^(Provider|Account|Measure|Currency|to)$/', { 'custom.hidden': true }),
            override('Group', { displayName: 'API key' }),
            override('Coverage', {
              'custom.cellOptions': { type: 'gauge', mode: 'basic', valueDisplayMode: 'text' },
              min: 0,
              max: 1,
              color: { mode: 'thresholds' },
              thresholds: steps({ red: null, orange: 0.8, green: 0.95 }),
            }),
          ],
        }),
      ],
    },
  ],
}
