/** Answers as the exporter gives them, for tests. */
import type { Catalogue, Notice, QueryAnswer, Series } from '../api/contract.ts'

export const CATALOGUE: Catalogue = {
  version: '0.1.0',
  demo: true,
  zone: 'UTC',
  measures: [
    { name: 'cost', title: 'Cost', unit: 'currency', doc: 'What it cost.' },
    { name: 'requests', title: 'Requests', unit: 'requests', doc: 'Calls.' },
    { name: 'success_rate', title: 'Success rate', unit: 'ratio', doc: 'Successful over all.' },
  ],
  dimensions: [
    { name: 'team', title: 'Team' },
    { name: 'api_key', title: 'API key' },
  ],
  granularities: ['auto', 'hour', 'day'],
  comparisons: ['previous', 'usual'],
  accounts: [{ provider: 'xai', account: 'demo' }],
}

export const START = '2026-11-01T00:00:00.000Z'
const NEXT = '2026-11-02T00:00:00.000Z'

/** Of two days. */
export function seriesOf(
  part: Partial<Series> & { amounts: [string | null, string | null]; all: string | null },
): Series {
  const { amounts, all, ...rest } = part
  return {
    measure: 'cost',
    unit: 'currency',
    currency: 'USD',
    dimensions: {},
    names: {},
    points: [
      { start: START, amount: amounts[0], state: 'complete' },
      { start: NEXT, amount: amounts[1], state: amounts[1] === null ? 'unknown' : 'complete' },
    ],
    total: { amount: all, state: 'complete' },
    ...rest,
  }
}

export function answerOf(series: Series[], part: Partial<QueryAnswer> = {}): QueryAnswer {
  return {
    from: START,
    to: '2026-11-03T00:00:00.000Z',
    granularity: 'day',
    compared: null,
    series,
    totals: series.map(({ dimensions: _ids, names: _names, total, ...rest }) => ({ ...rest, ...total })),
    notices: [],
    sources: [],
    ...part,
  }
}

export function noticeOf(code: string, measure = 'cost', message = 'Something is not known.'): Notice {
  return { code, provider: 'xai', account: 'main', measure, message }
}
