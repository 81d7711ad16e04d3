/** What the page shows, made up for tests: a summary of 30 days in one currency unless a test says otherwise. */
import { DAY } from '../../../../clock.ts'
import type { AnsweredBudget } from '../../../../budgets/answer.ts'
import type { AccountStatus, ReaderProblem } from '../../../../polling/status.ts'
import type {
  Figure,
  PeriodAnswer,
  Point,
  SourceAnswer,
  StatusView,
  SummaryAnswer,
  Total,
} from '../answers.ts'

export const AT: number = Date.parse('2026-11-20T10:30:00Z')

export const BUDGET: AnsweredBudget = {
  name: 'per-user',
  label: 'per-user/u1',
  where: [],
  each: 'user',
  of: 'u1',
  of_name: '<b>Ann</b>',
  team: '',
  owner: null,
  unit: 'USD',
  amount: '80',
  period: 'day',
  zone: 'UTC',
  period_start: '2026-11-20T00:00:00.000Z',
  period_end: '2026-11-21T00:00:00.000Z',
  used: '60.004',
  remaining: '19.996',
  ratio: 0.75005,
  exceeded: false,
  burn: {},
  forecast: '100',
  runs_out_at: '2026-11-20T16:00:00.000Z',
  data_until: null,
  thresholds: [100],
  action: 'notify',
  other_currencies: [],
  editable: false,
}

export const WORKING: AccountStatus = {
  provider: 'xai',
  account: 'main',
  state: 'ok',
  identity: { project: 'team-1', projectName: null, permissions: [] },
  lastSuccessAt: AT - 30_000,
  problems: [],
  backfilled: 1,
}

export const REFUSED: ReaderProblem = {
  reader: 'identify',
  code: 'UPSTREAM_UNAUTHORIZED',
  message: 'GET https://management-api.x.ai/auth/teams: 401',
  remedy: 'Give a valid management key; an inference key does not work.',
  since: AT - 2 * 3_600_000,
  nextTryAt: AT + 5 * 60_000,
}

export const BILLING: SourceAnswer = {
  provider: 'xai',
  account: 'main',
  source: 'xai.billing.usage',
  kind: 'billed',
  measures: ['cost'],
  watermark: '2026-11-20T09:00:00.000Z',
  age_seconds: 90,
  complete: true,
}

export function period(amount: string | null, state: Figure['state'], currency = 'USD'): PeriodAnswer {
  return { totals: [{ measure: 'cost', currency, amount, state }] }
}

/** The days up to and with 20 November 2026, in order. */
export function daysOf(figures: readonly Figure[]): Point[] {
  const today = Date.parse('2026-11-20T00:00:00Z')
  return figures.map((figure, at) => ({
    start: new Date(today - (figures.length - 1 - at) * DAY).toISOString(),
    ...figure,
  }))
}

export function costDays(
  points: readonly Point[],
  currency = 'USD',
): SummaryAnswer['last_30_days']['totals'][number] {
  const total: Total = { measure: 'cost', currency, amount: '10', state: 'complete' }
  return { ...total, points }
}

export function summaryWith(more: Partial<SummaryAnswer> = {}): SummaryAnswer {
  const days = daysOf(Array.from({ length: 30 }, (_, at) => ({ amount: String(at), state: 'complete' })))
  return {
    zone: 'UTC',
    today: period('12.345', 'provisional'),
    yesterday: period('20', 'complete'),
    this_month: period('6301.71414244', 'provisional'),
    previous_month: period('0', 'complete'),
    last_30_days: { totals: [costDays(days)] },
    notices: [],
    sources: [{ provider: 'xai', account: 'main', measure: 'cost', watermark: BILLING.watermark }],
    ...more,
  }
}

export function viewWith(more: Partial<StatusView> = {}): StatusView {
  return {
    version: '1.2.3',
    at: AT,
    demo: false,
    accounts: [WORKING],
    summary: { answer: summaryWith() },
    standing: { answer: { budgets: [], alerts: [] } },
    sources: {
      answer: { accounts: [{ provider: 'xai', account: 'main', never_reports: {} }], sources: [BILLING] },
    },
    titleOf: (provider) => (provider === 'xai' ? 'xAI' : provider),
    ...more,
  }
}

/** The page's text as a reader sees it, without tags, in one line. */
export function textOf(markup: string): string {
  return markup
    .replace(/<style>[^]*?<\/style>/g, '')
    .replace(/<title>[^]*?<\/title>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&nbsp;', ' ')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replace(/\s+/g, ' ')
    .replace(/ ([.,:])/g, '$1')
}
