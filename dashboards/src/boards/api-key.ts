/** One API key: its tiles, its three charts, its models. */
import { modelOfRow } from '../parts/links.ts'
import type { Board, Panel } from '../parts/model.ts'
import { bars, lines, override, table, tile } from '../parts/panels.ts'
import { byVariables, promql, usage } from '../parts/queries.ts'
import { choiceVariable, filterVariable, prometheusSource, usageSource } from '../parts/variables.ts'
import { CHANGE_COLUMNS, COST_CHANGE, dataAge } from './common.ts'

const FILTERS = byVariables('api_key', 'model')

const total = (title: string, measure: string, description: string, width = 4, isCost = false): Panel =>
  tile({
    title,
    description,
    width,
    targets: [usage({ kind: 'totals', measures: [measure], filters: FILTERS, compare: 'previous' })],
    options: isCost ? COST_CHANGE : {},
  })

const CSV =
  '/api/datasources/proxy/uid/${datasource}/api/v1/query?format=csv&granularity=${granularity}&group_by=model' +
  '&measures=tokens,input_tokens,output_tokens,requests,cost&where=api_key%3D${api_key}' +
  '&from=${__from:date:iso}&to=${__to:date:iso}'

/** A limit a minute, as what an hour could hold. */
const HOURLY_LIMIT =
  'sum(max by (provider, account, model) (llm_rate_limit{kind="requests", window="minute"}) * on (provider, account) group_left () max by (provider, account) (llm_api_key_info{api_key="$api_key"})) * 60'

export const apiKey: Board = {
  uid: 'usage-api-key',
  title: 'Usage: API key',
  description:
    'Tokens, requests and cost of one key over time and by model, beside what is usual and what its limits allow.',
  from: 'now-7d',
  refresh: '5m',
  variables: [
    usageSource,
    prometheusSource,
    filterVariable('api_key', 'API key', { multi: false }),
    filterVariable('model', 'Model', { among: ['api_key'] }),
    choiceVariable('granularity', 'Buckets', {
      auto: 'Auto',
      hour: 'Hour',
      day: 'Day',
      week: 'Week',
      month: 'Month',
    }),
  ],
  sections: [
    {
      title: '',
      panels: [
        total('Total tokens', 'tokens', 'Prompts and answers together.'),
        total(
          'Input tokens',
          'input_tokens',
          'Tokens of prompts, cached ones included. Usually cheaper than output.',
        ),
        total('Output tokens', 'output_tokens', 'Tokens of answers, reasoning included.'),
        total('Total requests', 'requests', 'Calls made with this key, failed ones included.'),
        total('Total cost', 'cost', 'Of the best source; the bill where there is one.', 4, true),
        dataAge,
      ],
    },
    {
      title: '',
      panels: [
        bars({
          title: 'Total tokens',
          description: 'Higher bars are more activity; gaps are time without use.',
          targets: [usage({ measures: ['tokens'], filters: FILTERS, granularity: '$granularity' })],
          color: 'green',
          more: { links: [{ title: 'Download as CSV', url: CSV, targetBlank: true }] },
        }),
        bars({
          title: 'Input and output tokens',
          description: 'High output is normal for writing; high input for long contexts.',
          targets: [
            usage({
              measures: ['input_tokens', 'output_tokens'],
              filters: FILTERS,
              granularity: '$granularity',
            }),
          ],
          stacked: true,
          overrides: [
            override('Input tokens', { color: { mode: 'fixed', fixedColor: 'blue' } }),
            override('Output tokens', { color: { mode: 'fixed', fixedColor: 'red' } }),
          ],
        }),
        bars({
          title: 'Requests per hour',
          description:
            'Beside the usual for that hour of the week (four weeks, with their lowest and highest) and what the rate limits of all models of the account allow in an hour.',
          targets: [
            usage({ measures: ['requests'], filters: FILTERS, granularity: 'hour', compare: 'usual' }),
            promql(HOURLY_LIMIT, 'Rate limit of an hour', 'B'),
          ],
          width: 24,
          color: 'green',
          overrides: [
            override('Rate limit of an hour', {
              unit: 'short',
              min: 0,
              'custom.axisPlacement': 'right',
              'custom.axisLabel': 'Rate limit of an hour',
              'custom.drawStyle': 'line',
              'custom.lineWidth': 1,
              'custom.fillOpacity': 0,
              'custom.hideFrom': { legend: false, tooltip: false, viz: false },
              color: { mode: 'fixed', fixedColor: 'red' },
            }),
            override('/what is usual then/', { color: { mode: 'fixed', fixedColor: 'yellow' } }),
          ],
        }),
      ],
    },
    {
      title: 'Models',
      panels: [
        table({
          title: 'By model',
          description:
            'No rows: the key was not used in this range, is new, or its provider does not split it by model.',
          targets: [
            usage({
              kind: 'breakdown',
              measures: ['cost', 'tokens', 'input_tokens', 'output_tokens', 'requests', 'cost_per_1m_tokens'],
              groupBy: ['model'],
              filters: FILTERS,
              top: 100,
            }),
          ],
          defaults: { noValue: 'No model usage data' },
          sortBy: 'Cost',
          overrides: [modelOfRow, ...CHANGE_COLUMNS, override('/.*/', { noValue: '–' })],
        }),
      ],
    },
    {
      title: 'How it is used',
      panels: [
        total('Output per input token', 'output_input_ratio', 'High where answers are long.'),
        total('Tokens per request', 'tokens_per_request', 'Low may be inefficient use.'),
        total('Cost per request', 'cost_per_request', 'Of one source that tells both.', 4, true),
        total('Cache hit rate', 'cache_hit_rate', 'Tokens read from a cache over all input tokens.'),
        total('Success rate', 'success_rate', 'As instrumented apps saw it.'),
        total('Latency, 95th percentile', 'latency_p95', 'As instrumented apps saw it.', 4, true),
        lines({
          title: 'Cost',
          description: 'Against as long a time before.',
          targets: [usage({ filters: FILTERS, granularity: '$granularity', compare: 'previous' })],
          width: 24,
        }),
      ],
    },
  ],
}
