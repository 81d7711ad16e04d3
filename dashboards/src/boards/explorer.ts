/** The usage explorer: tokens, cost and requests by anything, filtered by anything, against any earlier time. */
import { keyOfRow, keyOfSeries, modelOfRow, teamOfRow } from '../parts/links.ts'
import type { Board, Panel } from '../parts/model.ts'
import { lines, pie, ranking, table, tile } from '../parts/panels.ts'
import { usage } from '../parts/queries.ts'
import { compare, granularity, groupBy, usageSource } from '../parts/variables.ts'
import { CHANGE_COLUMNS, COST_CHANGE, dataAge, FILTERED, FILTER_VARIABLES } from './common.ts'

const total = (title: string, measure: string, description: string, isCost = false): Panel =>
  tile({
    title,
    description,
    targets: [
      usage({
        kind: 'totals',
        measures: [measure],
        filters: FILTERED,
        compare: 'previous',
      }),
    ],
    width: 6,
    height: 3,
    options: isCost ? COST_CHANGE : {},
  })

const trend = (title: string, measure: string, description: string): Panel =>
  lines({
    title,
    description,
    width: 8,
    height: 9,
    targets: [
      usage({
        measures: [measure],
        groupBy: ['$by'],
        filters: FILTERED,
        granularity: '$granularity',
        compare: '$compare',
      }),
    ],
  })

const byModel = (title: string, measure: string): Panel =>
  ranking({
    title,
    description: `${title}, the largest first.`,
    width: 6,
    targets: [usage({ kind: 'totals', measures: [measure], groupBy: ['model'], filters: FILTERED })],
  })

const metrics = (title: string, measures: readonly string[], description: string, sortBy: string): Panel =>
  table({
    title,
    description,
    targets: [
      usage({
        kind: 'breakdown',
        measures,
        groupBy: ['$by'],
        filters: FILTERED,
        top: 200,
        compare: '$compare',
      }),
    ],
    sortBy,
    overrides: [keyOfRow, teamOfRow, modelOfRow, ...CHANGE_COLUMNS],
  })

export const explorer: Board = {
  uid: 'usage-explorer',
  title: 'Usage: Explorer',
  description:
    'Tokens, cost, requests and success by team, key, model, endpoint, member, project or service; filtered by the same; against any earlier time.',
  from: 'now-7d',
  refresh: '5m',
  variables: [usageSource, groupBy, granularity, compare, ...FILTER_VARIABLES],
  sections: [
    {
      title: '',
      panels: [
        total('Tokens', 'tokens', 'Of all types.'),
        total('Cost', 'cost', 'To the last digit in the API; shown rounded.', true),
        total('Requests', 'requests', 'Failed ones included.'),
        total('Success rate', 'success_rate', 'Successful requests over all, of one source.'),
        total('Tokens per request', 'tokens_per_request', 'Few may be inefficient use, many long contexts.'),
        total('Cost per request', 'cost_per_request', 'Of one source that tells both.', true),
        total('Average latency', 'average_latency', 'As instrumented apps saw it.', true),
        { ...dataAge, width: 6, height: 3 },
      ],
    },
    {
      title: 'Over time',
      panels: [
        trend('Tokens', 'tokens', 'Trend of tokens, split as chosen above.'),
        trend('Cost', 'cost', 'Trend of cost, split as chosen above.'),
        trend('Requests', 'requests', 'Trend of requests, split as chosen above.'),
      ],
    },
    {
      title: 'By model and by API key',
      panels: [
        byModel('Tokens by model', 'tokens'),
        byModel('Cost by model', 'cost'),
        byModel('Requests by model', 'requests'),
        pie({
          title: 'Cost by API key',
          description: 'A click on a slice leads to the key.',
          width: 6,
          targets: [usage({ kind: 'totals', groupBy: ['api_key'], filters: FILTERED, top: 8 })],
          defaults: { links: [keyOfSeries] },
          options: {
            legend: { showLegend: true, displayMode: 'list', placement: 'bottom', values: ['percent'] },
          },
        }),
      ],
    },
    {
      title: 'Metrics',
      panels: [
        metrics(
          'Cost',
          ['cost', 'input_cost', 'output_cost', 'tool_cost', 'cost_per_request', 'cost_per_1m_tokens'],
          'What prompts, answers and tools cost.',
          'Cost',
        ),
        metrics(
          'Tokens',
          [
            'tokens',
            'input_tokens',
            'output_tokens',
            'cached_tokens',
            'reasoning_tokens',
            'output_input_ratio',
            'cache_hit_rate',
          ],
          'A partition: cached tokens are part of input, reasoning of output.',
          'Tokens',
        ),
        metrics(
          'Requests',
          [
            'requests',
            'successful_requests',
            'errors',
            'success_rate',
            'error_rate',
            'average_latency',
            'latency_p95',
          ],
          'How many, how well, how fast.',
          'Requests',
        ),
      ],
    },
  ],
}
