import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { UsageExplorerError } from '../../../errors.ts'
import { startService } from '../../../../../test/support/http-service.ts'
import type { Notice, PeriodAnswer, SourceAnswer, State } from './answers.ts'
import { figureOf } from './cost.ts'
import type { KeptAlert } from '../../../alerts/alerts.ts'
import type { AnsweredBudget } from '../../../budgets/answer.ts'
import { renderStatusPage } from './page.ts'
import { contentSecurityPolicy } from '../style.ts'
import {
  AT,
  BILLING,
  BUDGET,
  costDays,
  daysOf,
  period,
  REFUSED,
  summaryWith,
  textOf,
  viewWith,
  WORKING,
} from './testing/view.ts'

const MESSAGE = "xAI's management API counts no requests: instrument the app or put a gateway in front."
const NOT_REPORTED: Notice = {
  code: 'not_reported',
  provider: 'xai',
  account: 'main',
  measure: 'requests',
  message: MESSAGE,
}

describe('cost', () => {
  test('is told by period, rounded for people and exact where a pointer rests', () => {
    const page = renderStatusPage(viewWith())
    expect(textOf(page)).toContain('Today $12.34 not final: it may still change')
    expect(textOf(page)).toContain('Previous month $0.00 final')
    expect(page).toContain('<data value="6301.71414244" title="exactly 6301.71414244 USD">$6,301.71</data>')
    expect(textOf(page)).toContain('Cost is final up to 20 Nov 2026, 09:00 UTC, 1 hour ago.')
  })

  test('that is unknown is never a 0 or a blank', () => {
    const none = { totals: [] }
    const summary = summaryWith({ today: period(null, 'unknown', ''), last_30_days: none, sources: [] })
    const text = textOf(renderStatusPage(viewWith({ summary: { answer: summary } })))
    expect(text).toContain('Today unknown nothing is known of it yet')
    expect(text).toContain('No cost is known yet.')
  })

  test('days that are not final or unknown are named below the chart and in the table', () => {
    const points = daysOf([
      { amount: null, state: 'unknown' },
      { amount: '0.126', state: 'complete' },
      { amount: '2', state: 'provisional' },
    ])
    const summary = summaryWith({ last_30_days: { totals: [costDays(points)] } })
    const text = textOf(renderStatusPage(viewWith({ summary: { answer: summary } })))
    expect(text).toContain('final not final: 20 Nov nothing known: 18 Nov')
    expect(text).toContain(
      'Fri 20 Nov $2.00 not final Thu 19 Nov $0.13 final Wed 18 Nov unknown nothing known',
    )
  })

  test('in several currencies is never added up: each has its figures and its chart', () => {
    const both = [...period('1', 'complete').totals, ...period('2', 'complete', 'EUR').totals]
    const points = daysOf([{ amount: '1', state: 'complete' }])
    const summary = summaryWith({
      today: { totals: both },
      last_30_days: { totals: [costDays(points), costDays(points, 'EUR')] },
    })
    const page = renderStatusPage(viewWith({ summary: { answer: summary } }))
    expect(page.match(/<h3>In (USD|EUR)<\/h3>/g)).toHaveLength(2)
    expect(page.match(/<svg/g)).toHaveLength(2)
    expect(new Set(page.match(/id="days-\w+-title"/g)).size).toBe(2)
    expect(textOf(page)).toContain('In EUR Today €2.00 final Yesterday €0.00 final This month unknown')
  })

  test('of a currency that a period does not name is 0 only where everything of the period is known', () => {
    expect(figureOf(period('1', 'complete').totals, 'EUR')).toEqual({ amount: '0', state: 'complete' })
    expect(figureOf(period('1', 'partial').totals, 'EUR')).toEqual({ amount: null, state: 'unknown' })
    expect(figureOf(period('0', 'partial', '').totals, 'EUR')).toMatchObject({
      amount: '0',
      state: 'partial',
    })
    expect(figureOf([], 'EUR')).toEqual({ amount: null, state: 'unknown' })
  })

  test('is as old as that of the slowest account', () => {
    const source = { provider: 'xai', measure: 'cost' } as const
    const sources = [
      { ...source, account: 'a', watermark: '2026-11-20T09:00:00.000Z' },
      { ...source, account: 'b', watermark: '2026-10-01T00:00:00.000Z' },
      { ...source, account: 'b', watermark: '2026-11-19T09:00:00.000Z' },
    ]
    const lead = (more: typeof sources): string =>
      textOf(renderStatusPage(viewWith({ summary: { answer: summaryWith({ sources: more }) } })))
    expect(lead(sources)).toContain(
      'Cost of xai/b, the slowest account, is final up to 19 Nov 2026, 09:00 UTC, 1 day ago.',
    )
    expect(lead(sources.slice(0, 1).map((one) => ({ ...one, watermark: '' })))).toContain(
      'No cost is final yet.',
    )
  })
})

describe('tokens and requests', () => {
  const tokens = (amount: string | null, state: State): PeriodAnswer => ({
    totals: [...period('1', 'complete').totals, { measure: 'tokens', currency: '', amount, state }],
  })

  test('have figures where a source has them, and why not where none has', () => {
    const summary = summaryWith({
      today: tokens('15109750613', 'complete'),
      notices: [NOT_REPORTED],
    })
    const text = textOf(renderStatusPage(viewWith({ summary: { answer: summary } })))
    expect(text).toContain(`Today 15,109,750,613 final xAI does not report this: ${MESSAGE}`)
    expect(text.split('does not report this').length).toBe(2)
    expect(text).toContain('Yesterday unknown')
  })

  test('that one account cannot tell while another does are said to miss in the figures', () => {
    const requests = { measure: 'requests', currency: '', amount: '7', state: 'complete' } as const
    const summary = summaryWith({ today: { totals: [requests] }, notices: [NOT_REPORTED] })
    const text = textOf(renderStatusPage(viewWith({ summary: { answer: summary } })))
    expect(text).toContain('7 final')
    expect(text).toContain(
      `Requests of xai/main are not in these figures. xAI does not report this: ${MESSAGE}`,
    )
  })

  test('come with what the answer could not say, by account where there are several', () => {
    const notice: Notice = { ...NOT_REPORTED, code: 'gap', measure: 'tokens', message: 'nothing is known.' }
    const one = summaryWith({ notices: [notice] })
    expect(textOf(renderStatusPage(viewWith({ summary: { answer: one } })))).toContain(' Nothing is known.')
    const two = summaryWith({ notices: [notice, { ...notice, account: 'b' }] })
    const text = textOf(renderStatusPage(viewWith({ summary: { answer: two } })))
    expect(text).toContain('xai/main: Nothing is known. xai/b: Nothing is known.')
  })
})

describe('accounts', () => {
  const text = (...accounts: (typeof WORKING)[]): string => textOf(renderStatusPage(viewWith({ accounts })))

  test('tell their state, their last poll and the age of their data', () => {
    const found = text(WORKING)
    expect(found).toContain('The account is read as planned.')
    expect(found).toContain('main Working')
    expect(found).toContain('Last poll that worked 30 seconds ago, 20 Nov 2026, 10:29 UTC')
    expect(found).toContain(
      'xai.billing.usage cost, billed 20 Nov 2026, 09:00 UTC, 1 hour ago no gaps; last moved on 1 minute ago',
    )
  })

  test('that are blocked say what happened, since when, and what to do', () => {
    const problems = [REFUSED, { ...REFUSED, reader: 'xai.models' }]
    const found = text({ ...WORKING, state: 'blocked', lastSuccessAt: undefined, problems }, WORKING)
    expect(found).toContain('1 of 2 accounts is blocked until you do something.')
    expect(found).toContain('Blocked: needs you')
    expect(found).toContain('The provider refused the credential (401).')
    expect(found.split('What to do: Give a valid management key').length).toBe(2)
    expect(found).toContain(
      'UPSTREAM_UNAUTHORIZED in identify, xai.models, for 2 hours, next try in 5 minutes',
    )
    expect(found).toContain('none since the service was started')
  })

  test('that need somebody come first', () => {
    const found = text(WORKING, { ...WORKING, account: 'broken', state: 'blocked', problems: [REFUSED] })
    expect(found.indexOf('broken Blocked: needs you')).toBeLessThan(found.indexOf('main Working'))
  })

  test.each([
    ['starting', 'The account is being read for the first time.'],
    ['backfilling', 'The account is being read for the first time.'],
    ['retrying', 'The account could not be read and is tried again.'],
    ['paused', 'The account is paused: nothing can be stored.'],
  ] as const)('that are %s say so at the top of the page', (state, sentence) => {
    expect(text({ ...WORKING, state })).toContain(sentence)
  })

  test('that read their history say how far they are, never 100 % before the end', () => {
    expect(text({ ...WORKING, state: 'backfilling', backfilled: 0.999 })).toContain(
      '99 % of its history is read.',
    )
  })

  test('that are not configured any more are still shown with their data', () => {
    const found = text({ ...WORKING, account: 'other' })
    expect(found).toContain('main Not configured any more')
  })

  test('that do not exist are said to be missing, with what to do', () => {
    expect(text()).toContain('No account is configured. Set XAI_MANAGEMENT_KEY')
  })

  test('tell what their provider never reports', () => {
    const accounts = [{ provider: 'xai', account: 'main', never_reports: { tokens_by_key: 'Not by key.' } }]
    const told = (sources: readonly SourceAnswer[]): string =>
      textOf(renderStatusPage(viewWith({ sources: { answer: { accounts, sources } } })))
    expect(told([])).toContain('What xAI does not report tokens by key Not by key.')
    const observed: SourceAnswer = { ...BILLING, source: 'otlp', kind: 'observed' }
    expect(told([observed])).toContain(
      'What xAI does not report tokens by key From your apps, as far as they tell it.',
    )
    expect(told([{ ...observed, account: 'other' }])).toContain('Not by key.')
  })
})

const HOSTILE = `"><script>alert('1')</script>&amp; 🦊\nnew line`

test('whatever comes from upstream or the configuration is text', () => {
  const problem = { ...REFUSED, reader: HOSTILE, message: HOSTILE, remedy: HOSTILE }
  const hostile: Notice = { ...NOT_REPORTED, account: HOSTILE, message: HOSTILE }
  const identity = { project: HOSTILE, projectName: HOSTILE, permissions: [] }
  const summary = summaryWith({
    today: period('1', 'complete', HOSTILE),
    last_30_days: { totals: [costDays(daysOf([{ amount: '1', state: 'complete' }]), HOSTILE)] },
    notices: [hostile, { ...hostile, measure: 'cost', code: 'gap' }],
    sources: [{ provider: HOSTILE, account: HOSTILE, measure: 'cost', watermark: null }],
  })
  const page = renderStatusPage(
    viewWith({
      accounts: [{ ...WORKING, account: HOSTILE, identity, problems: [problem] }],
      summary: { answer: summary },
      sources: {
        answer: {
          accounts: [{ provider: 'xai', account: HOSTILE, never_reports: { [HOSTILE]: HOSTILE } }],
          sources: [],
        },
      },
      titleOf: () => HOSTILE,
    }),
  )
  expect(page).not.toMatch(/<script/i)
  expect(page.split('&lt;script&gt;alert(&#39;1&#39;)').length).toBeGreaterThan(10)
  expect(page).toContain('🦊')
  expect(page).toContain('&amp;amp;')
})

test('demo data is called demo in the title and at the top, real data is not', () => {
  const demo = renderStatusPage(viewWith({ demo: true }))
  expect(demo).toContain('<title>Demo data: Usage Explorer</title>')
  expect(textOf(demo)).toContain('Demo data. This is a simulated organisation')
  expect(renderStatusPage(viewWith())).not.toMatch(/demo data/i)
})

test('a zone is that of every time and date on the page', () => {
  const summary = summaryWith({ zone: 'America/New_York' })
  const text = textOf(renderStatusPage(viewWith({ summary: { answer: summary } })))
  expect(text).toContain('As of 20 Nov 2026, 05:30 GMT-5')
  expect(text).toContain('Days and months are those of America/New_York.')
  expect(text).not.toContain('10:30')
})

test('a question that fails takes only its part of the page, and says what to do', async () => {
  const full = new UsageExplorerError('LEDGER_FAILED', 'the ledger cannot be read')
  const { url, failures } = await startService({
    accounts: [WORKING],
    statusPage: {
      now: () => AT,
      summary: async () => Promise.reject(full),
      sources: () => {
        throw new Error('secret detail')
      },
    },
  })
  const response = await fetch(url)
  const text = textOf(await response.text())
  expect(response.status).toBe(200)
  expect(text).toContain(
    'These figures cannot be shown. The ledger cannot be read What to do: Look at the cause',
  )
  expect(text).toContain('How fresh each source is cannot be told. A defect of this service.')
  expect(text).not.toContain('secret detail')
  expect(text).toContain('main Working')
  expect(failures.map(({ failure, route }) => [failure.code, route])).toEqual([
    ['LEDGER_FAILED', '/'],
    ['INTERNAL', '/'],
  ])
})

test('the policy allows the page its own style by hash, and nothing else at all', () => {
  const page = renderStatusPage(viewWith())
  const styles = [...page.matchAll(/<style>([^]*?)<\/style>/g)].map(([, css = '']) => css)
  const hash = createHash('sha256')
    .update(styles[0] ?? '')
    .digest('base64')
  expect(styles).toHaveLength(1)
  expect(contentSecurityPolicy()).toContain(`style-src 'sha256-${hash}';`)
  expect(contentSecurityPolicy()).toContain("default-src 'none'")
  expect(contentSecurityPolicy()).not.toMatch(/unsafe|https?:|\*/)
  expect(page).not.toMatch(/ style=|<script|<img| on\w+=/)
})

describe('budgets and alerts', () => {
  const alert: KeptAlert = {
    fingerprint: 'a',
    name: 'LLMCostSpike',
    status: 'firing',
    severity: 'warning',
    team: 'search',
    summary: 'Cost is far above what is usual.',
    description: 'Team search spent 44 USD.',
    labels: {},
    starts_at: '2026-11-20T08:00:00.000Z',
    heard_at: '2026-11-20T08:00:00.000Z',
    ends_at: null,
    runbook_url: 'https://runbook.example/#llmcostspike',
    dashboard_url: null,
    silence_url: null,
  }
  const pageOf = (budgets: AnsweredBudget[], alerts: KeptAlert[]): string =>
    renderStatusPage(viewWith({ standing: { answer: { budgets, alerts } } }))

  test('are told with what is used, what is foreseen and what fires', () => {
    const page = pageOf([BUDGET], [alert])
    expect(textOf(page)).toContain('$80.00 a day 75 % $60.00 $100.00 used up 20 Nov 2026, 16:00 UTC')
    expect(textOf(page)).toContain('Cost is far above what is usual. Team search spent 44 USD.')
    expect(page).toContain('<a href="https://runbook.example/#llmcostspike">What to do</a>')
    expect(page).toContain('per-user/&lt;b&gt;Ann&lt;/b&gt;')
  })

  test('of tokens are no money, and what is unknown is no 0', () => {
    const tokens = { ...BUDGET, unit: 'tokens', used: null, ratio: null, forecast: null, runs_out_at: null }
    expect(textOf(pageOf([tokens], []))).toContain('80 tokens a day unknown unknown')
  })

  test('take no room where there are none', () => {
    expect(pageOf([], [])).not.toContain('Budgets and alerts')
  })
})
