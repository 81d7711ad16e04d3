/** The morning page: what yesterday cost, what moved, what the month costs so far, which sources lag. */
import { keyOfRow, modelOfRow, teamOfRow, teamOfSeries } from '../parts/links.ts'
import type { Board } from '../parts/model.ts'
import { bars, table, tile } from '../parts/panels.ts'
import { usage } from '../parts/queries.ts'
import { usageSource } from '../parts/variables.ts'
import {
  alerts,
  budgets,
  CHANGE_COLUMNS,
  COST_CHANGE,
  dataAge,
  NARROW,
  sources,
  THIS_MONTH,
  TODAY,
  YESTERDAY,
} from './common.ts'

const movers = (dimension: string) =>
  usage({ kind: 'breakdown', groupBy: [dimension], compare: 'week', top: 50 })

export const overview: Board = {
  uid: 'usage-overview',
  title: 'Usage: Overview',
  description:
    'Yesterday against the same day a week before, what moved most, the month so far, and sources that lag.',
  from: 'now-30d',
  refresh: '5m',
  variables: [usageSource],
  sections: [
    {
      title: '',
      panels: [
        tile({
          title: 'Cost yesterday',
          description:
            'Against the same day of the week before. The last hours may still come in: see the data age.',
          targets: [usage({ kind: 'totals', compare: 'week' })],
          options: COST_CHANGE,
          more: YESTERDAY,
        }),
        tile({
          title: 'Cost today',
          description: 'So far, against the same hours a week before.',
          targets: [usage({ kind: 'totals', compare: 'week' })],
          options: COST_CHANGE,
          more: TODAY,
        }),
        tile({
          title: 'Cost this month',
          description: 'So far, against the same days of the month before.',
          targets: [usage({ kind: 'totals', compare: 'month' })],
          options: COST_CHANGE,
          more: THIS_MONTH,
        }),
        tile({
          title: 'Requests yesterday',
          description:
            'Against the same day of the week before. A provider that counts no requests is counted by instrumented apps alone.',
          targets: [usage({ kind: 'totals', measures: ['requests'], compare: 'week' })],
          more: YESTERDAY,
        }),
        tile({
          title: 'Error rate yesterday',
          description: 'Failed requests over all, as instrumented apps saw them.',
          targets: [usage({ kind: 'totals', measures: ['error_rate'], compare: 'week' })],
          options: COST_CHANGE,
          more: YESTERDAY,
        }),
        dataAge,
      ],
    },
    {
      title: 'What moved most yesterday, against the same day a week before',
      panels: [
        table({
          title: 'API keys',
          description: 'Keys by how much more they cost than a week before. A click leads to the key.',
          targets: [movers('api_key')],
          width: 12,
          sortBy: 'Cost: difference',
          overrides: [keyOfRow, ...CHANGE_COLUMNS, ...NARROW.slice(0, 1)],
          more: YESTERDAY,
        }),
        table({
          title: 'Models',
          description: 'Models by how much more they cost than a week before.',
          targets: [movers('model')],
          width: 12,
          sortBy: 'Cost: difference',
          overrides: [modelOfRow, ...CHANGE_COLUMNS, ...NARROW.slice(0, 1)],
          more: YESTERDAY,
        }),
      ],
    },
    {
      title: 'Budgets and alerts',
      panels: [
        { ...budgets, width: 12 },
        { ...alerts, width: 12, height: budgets.height },
      ],
    },
    {
      title: 'Thirty days',
      panels: [
        bars({
          title: 'Cost by team',
          description: 'By the day, the largest teams apart. A click leads to the team.',
          targets: [usage({ groupBy: ['team'], granularity: 'day', top: 8 })],
          width: 16,
          height: 10,
          stacked: true,
          defaults: { links: [teamOfSeries] },
        }),
        table({
          title: 'Teams',
          description: 'Cost of the range against as long a time before.',
          targets: [usage({ kind: 'breakdown', groupBy: ['team'], compare: 'previous', top: 50 })],
          width: 8,
          height: 10,
          sortBy: 'Cost',
          overrides: [teamOfRow, ...CHANGE_COLUMNS, ...NARROW],
        }),
      ],
    },
    { title: 'Where the figures come from', panels: [sources] },
  ],
}
