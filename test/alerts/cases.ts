/** For each rule: it fires, not just below, not while data is missing or the exporter restarts, and it resolves. */
import type { Case } from './promtool.ts'

const budget = (metric: string, more = ''): string =>
  `llm_budget_${metric}{budget="b",team="search",unit="USD",period="month",period_start="2026-11-01T00:00:00.000Z"${more}}`
const INFO = { 'llm_budget_info{budget="b",name="b",team="search",owner="ann",action="notify"}': '1x3000' }
const burn = (window: string): string => budget('burn_ratio', `,window="${window}"`)
const threshold = (percent: number): string => budget('threshold_ratio', `,threshold="${percent}"`)
const STATE = {
  ...INFO,
  [budget('limit')]: '100x3000',
  [budget('used')]: '40x3000',
  [budget('used_ratio')]: '0.4x3000',
  [budget('forecast')]: '90x3000',
}
const FAST = 'LLMBudgetBurn critical'
const SLOW = 'LLMBudgetBurn warning'
const reached = (...severities: string[]): string[] => severities.map((one) => `LLMBudgetReached ${one}`)

const BUDGETS: Case[] = [
  {
    title: 'a fast burn fires after two minutes, also where the last hour is not known',
    series: { ...STATE, [burn('6h')]: '1x4 6.1x10 5.9x30' },
    fires: { '4m': [], '8m': [FAST], '14m': [FAST] },
  },
  {
    title: 'a fast burn that comes back every day is one, and ends when it does not',
    interval: '10m',
    series: { ...STATE, [burn('6h')]: '1x4 6.1x36 1x100 6.1x36 1x200' },
    fires: { '2h': [FAST], '23h': [FAST], '29h50m': [FAST], '51h': [FAST], '53h': [] },
  },
  {
    title: 'a burn just below is none, and neither is one that the last hour has ended',
    series: { ...STATE, [burn('6h')]: '6x30 8x30', [burn('1h')]: '9x30 0.5x30' },
    fires: { '25m': [], '50m': [] },
  },
  {
    title: 'a budget that is used up burns no more: that is told already',
    series: {
      ...STATE,
      [burn('6h')]: '8x30',
      [budget('used_ratio')]: '1.1x30',
      [threshold(100)]: '1x30',
    },
    fires: { '20m': reached('critical') },
  },
  {
    title: 'a restart of the exporter in between is no second alert',
    series: { ...STATE, [burn('6h')]: '8x10 _x3 8x10' },
    fires: { '9m': [FAST], '13m': [FAST], '16m': [FAST] },
  },
  {
    title: 'a slow burn needs an hour and a forecast over the limit, and stays for half a day',
    interval: '10m',
    series: { ...STATE, [budget('forecast')]: '106x20 90x200', [burn('24h')]: '1.2x20 0.8x200' },
    fires: { '50m': [], '70m': [SLOW], '10h': [SLOW], '16h': [] },
  },
  {
    title: 'a forecast within the limit, or just above it, is no slow burn',
    interval: '10m',
    series: { ...STATE, [budget('forecast')]: '105x30', [burn('24h')]: '1.2x30' },
    fires: { '4h': [] },
  },
  {
    title: 'an hour or a day has no burn: only what it reaches counts',
    series: Object.fromEntries(
      Object.entries({ ...STATE, [burn('6h')]: '30x100', [burn('24h')]: '30x100' }).map(([name, values]) => [
        name.replace('period="month"', 'period="day"'),
        values,
      ]),
    ),
    fires: { '90m': [] },
  },
  {
    title: 'each threshold is told with its severity, at once, and ends with the period',
    series: {
      ...STATE,
      [budget('used_ratio')]: '0.49x4 0.5x4 0.79x4 0.8x4 0.99x4 1x4 _x10',
      [threshold(50)]: '0.5x30 _x10',
      [threshold(80)]: '0.8x30 _x10',
      [threshold(100)]: '1x30 _x10',
    },
    fires: {
      '4m': [],
      '9m': reached('info'),
      '14m': reached('info'),
      '19m': reached('info', 'warning'),
      '24m': reached('info', 'warning'),
      '29m': reached('info', 'warning', 'critical'),
      '50m': [],
    },
  },
  {
    title: 'the next period is a new alert',
    series: {
      ...INFO,
      [budget('used_ratio')]: '1x10 _x40',
      [threshold(100)]: '1x10 _x40',
      [budget('used_ratio').replace('11-01', '12-01')]: '_x10 1x40',
      [threshold(100).replace('11-01', '12-01')]: '_x10 1x40',
    },
    fires: { '5m': reached('critical'), '20m': reached('critical', 'critical'), '40m': reached('critical') },
  },
]

const of = 'provider="xai",account="main"'
const cost = (key: string): string =>
  `llm_usage_window_cost{${of},team="search",api_key="${key}",model="m",currency="USD",window="6h"}`
const usual = `llm_usage_usual_cost{${of},team="search",currency="USD",window="6h"}`
const SPIKE = ['LLMCostSpike warning']

const SPIKES: Case[] = [
  {
    title: 'cost of all keys of a team over three times the usual is a spike, and resolves',
    series: { [cost('a')]: '10x10 31x20 10x20', [cost('b')]: '5x10 30x20 5x20', [usual]: '20x60' },
    fires: { '9m': [], '20m': SPIKE, '40m': [] },
  },
  {
    title: 'three times the usual is none yet, and many times of little is none',
    series: { [cost('a')]: '60x20 24x20', [usual]: '20x20 0.1x20' },
    fires: { '15m': [], '35m': [] },
  },
  {
    title: 'without history, or with a bill that is late, nothing is told',
    series: { [cost('a')]: '500x20 _x20', [usual]: '_x20 1x20' },
    fires: { '15m': [], '35m': [] },
  },
]

const calls = (outcome: string, type: string, team = 'search'): string =>
  `llm_observed_requests_total{${of},team="${team}",api_key="a",model="m",service="s",outcome="${outcome}",error_type="${type}"}`
const ERRORS = ['LLMErrorRate critical']

const CALLS: Case[] = [
  {
    title: 'failing calls fire while they last',
    series: { [calls('success', '')]: '0+90x180', [calls('error', 'server')]: '0+0x60 0+10x40 400+0x80' },
    fires: { '60m': [], '100m': ERRORS, '115m': [] },
  },
  {
    title: 'one call in twenty is not yet too many',
    series: { [calls('success', '')]: '0+95x180', [calls('error', 'server')]: '0+5x180' },
    fires: { '2h': [] },
  },
  {
    title: 'few calls tell nothing, and an idle weekend neither',
    series: { [calls('success', '')]: '0+0x200', [calls('error', 'server')]: '0 0 1 2 3 3x200' },
    fires: { '10m': [], '100m': [] },
  },
  {
    title: 'what the app broke off is no failure',
    series: { [calls('success', '')]: '0+50x180', [calls('error', 'aborted')]: '0+50x180' },
    fires: { '2h': [] },
  },
  {
    title: 'a counter that starts anew with the exporter is no burst of errors',
    series: {
      [calls('success', '')]: '0+90x90 _x5 8100+90x90',
      [calls('error', 'server')]: '0+1x90 _x5 90+1x90',
    },
    fires: { '92m': [], '100m': [], '2h': [] },
  },
  {
    title: 'refused calls are told as a rate limit, not as errors',
    series: { [calls('success', '')]: '0+90x180', [calls('error', 'rate_limit')]: '0+10x100 1000+0x80' },
    fires: { '90m': ['LLMRateLimit warning'], '115m': [] },
  },
  {
    title:
      'little left of a limit for ten minutes is told until it has not come back for 22 hours, a tenth is enough',
    interval: '10m',
    series: {
      [`llm_observed_rate_limit{${of},model="m",kind="requests",window="minute"}`]: '100x60',
      [`llm_observed_rate_limit_remaining{${of},model="m",kind="requests",window="minute"}`]:
        '10x20 9x20 80x200',
    },
    fires: { '3h20m': [], '4h': ['LLMRateLimit warning'], '28h40m': ['LLMRateLimit warning'], '29h10m': [] },
  },
]

const limit = `llm_account_spending_limit{${of},kind="effective",currency="USD"}`
const month = `llm_usage_period_cost{${of},team="search",model="m",currency="USD",period="month"}`
const runway = `llm_account_runway_seconds{${of},kind="live"}`
const funds = (severity: string): string[] => [`LLMAccountFunds ${severity}`]
const DAY = 86_400

const FUNDS: Case[] = [
  {
    title: 'credit that lasts a week is no news, less is a warning, two days are critical',
    series: { [runway]: `${7 * DAY}x30 ${6 * DAY}x30 ${DAY}x30 ${30 * DAY}x30` },
    fires: { '25m': [], '55m': funds('warning'), '85m': funds('critical'), '100m': [] },
  },
  {
    title: 'an account with a spending limit needs no credit',
    series: { [runway]: '0x60', [limit]: '1000x60', [month]: '100x60' },
    fires: { '50m': [] },
  },
  {
    title: 'the spending limit is told from 80 % and 95 % on',
    series: { [limit]: '1000x120', [month]: '800x30 810x30 960x30 10x30' },
    fires: { '25m': [], '55m': funds('warning'), '85m': funds('critical'), '110m': [] },
  },
]

const STALE = ['LLMDataStale warning']
const newest = (source: string): string =>
  `llm_source_newest_data_timestamp_seconds{${of},source="${source}"}`
const lag = (source: string): string => `llm_source_lag_seconds{${of},source="${source}"}`
const DOWN = ['LLMDataStale critical']

const STALENESS: Case[] = [
  {
    title: 'an exporter that cannot be scraped for five minutes is down, also where its target is gone',
    series: { 'up{job="usage-explorer"}': '1x10 0x10 1x10 _x20' },
    fires: { '14m': [], '18m': DOWN, '25m': [], '33m': [], '48m': DOWN },
  },
  {
    title: 'a restart is no failure',
    series: { 'up{job="usage-explorer"}': '1x10 0x3 1x20' },
    fires: { '13m': [], '20m': [] },
  },
  {
    title: 'an account that cannot be read for half an hour is told, and that it can again',
    series: {
      [`usage_explorer_account_state{${of},state="retrying"}`]: '0x5 1x20 0x5 1x40 0x20',
      [`usage_explorer_account_state{${of},state="ok"}`]: '1x5 0x20 1x5 0x40 1x20',
    },
    fires: { '26m': [], '70m': STALE, '80m': [] },
  },
  {
    title: 'data that is six hours later than its source is by nature is late; what apps tell may be idle',
    interval: '10m',
    series: {
      [newest('xai.billing.usage')]: '0x60 36000x10',
      [lag('xai.billing.usage')]: '3600x80',
      [newest('otlp')]: '0x80',
      [lag('otlp')]: '0x80',
    },
    fires: { '7h': [], '7h50m': STALE, '10h20m': [] },
  },
]

const key = `${of},api_key="a"`
const KEY_INFO = { [`llm_api_key_info{${key},name="prod",owner="ann",team="search"}`]: '1x3000' }
const info = (name: string): string[] => [`${name} info`]
const tokens = (type: string): string =>
  `llm_observed_tokens_total{${of},team="search",model="m",service="s",token_type="${type}"}`
const bucket = (metric: string, le: string): string =>
  `${metric}_bucket{${of},model="m",service="s",le="${le}"}`
const slower = (alert: string, metric: string): Case => ({
  title: `${alert}: the same hour a week before was twice as fast`,
  interval: '10m',
  series: {
    [bucket(metric, '1')]: '0+10x1000 10000+0x40',
    [bucket(metric, '5')]: '0+10x1000 10000+10x40',
    [bucket(metric, '+Inf')]: '0+10x1000 10000+10x40',
    [`${metric}_count{${of},model="m",service="s"}`]: '0+10x1000 10000+10x40',
  },
  fires: { '165h': [], '170h30m': info(alert) },
})

const MORE: Case[] = [
  {
    title: 'LLMTokensHigh: over the threshold, not at it',
    series: {
      [`llm_usage_window_tokens{${of},team="search",window="24h"}`]: '1000000000x10 1000000001x10 0x10',
    },
    fires: { '9m': [], '18m': info('LLMTokensHigh'), '25m': [] },
  },
  slower('LLMLatencyRegression', 'llm_observed_request_duration_seconds'),
  slower('LLMTimeToFirstTokenRegression', 'llm_observed_time_to_first_token_seconds'),
  {
    title: 'LLMNewKeySpends: a key that is new and spends, not one that is known',
    series: {
      ...KEY_INFO,
      [`llm_usage_window_cost{${key},team="search",currency="USD",window="24h"}`]: '10x10 11x3000',
      [`llm_api_key_first_seen_timestamp_seconds{${key}}`]: '0x3000',
      'llm_usage_window_cost{provider="xai",account="main",api_key="old",team="search",currency="USD",window="24h"}':
        '50x3000',
      'llm_api_key_first_seen_timestamp_seconds{provider="xai",account="main",api_key="old"}': '-864000x3000',
    },
    fires: { '9m': [], '20m': info('LLMNewKeySpends') },
  },
  {
    title: 'LLMKeyUnused: after thirty days',
    series: { ...KEY_INFO, [`llm_api_key_last_used_timestamp_seconds{${key}}`]: `${-30 * DAY + 3600}x200` },
    fires: { '1h30m': [], '2h10m': info('LLMKeyUnused') },
  },
  {
    // The first of January 1970 was a Thursday.
    title: 'LLMOffHoursUse: at night, not in the morning',
    series: { [`llm_usage_window_cost{${of},team="search",currency="USD",window="6h"}`]: '51x600' },
    fires: { '1h': info('LLMOffHoursUse'), '5h5m': [] },
  },
  {
    title: 'LLMCacheHitRateLow: the share fell by more than a fifth',
    interval: '10m',
    series: {
      [tokens('cache_read')]: '0+50x1008 50400+10x60',
      [tokens('input')]: '0+50x1008 50400+90x60',
    },
    fires: { '167h': [], '177h': info('LLMCacheHitRateLow') },
  },
  {
    title: 'LLMPriceListOld: after two weeks',
    series: { [`llm_price_age_seconds{${of}}`]: `${14 * DAY}x100 ${14 * DAY + 1}x100 0x100` },
    fires: { '1h30m': [], '3h10m': info('LLMPriceListOld'), '3h30m': [] },
  },
  {
    title: 'LLMTokensUnpriced: tokens of a model without any cost, until it has a price',
    interval: '10m',
    series: {
      [tokens('input')]: '0+2700x30 81000+2800x200',
      'llm_observed_cost_total{provider="xai",account="main",team="search",model="m",cost_type="input",currency="USD",price_source="catalogue"}':
        '0x100 0+1x130',
      'llm_observed_tokens_total{provider="xai",account="main",team="search",model="priced",token_type="input"}':
        '0+9000x230',
      'llm_observed_cost_total{provider="xai",account="main",team="search",model="priced",cost_type="input",currency="USD",price_source="reported"}':
        '0+1x230',
    },
    fires: { '5h': [], '11h50m': info('LLMTokensUnpriced'), '16h': info('LLMTokensUnpriced'), '18h': [] },
  },
  {
    title: 'LLMBilledObservedGap: a fifth is tolerated',
    interval: '10m',
    series: { [`llm_reconciliation_gap_ratio{${of},currency="USD"}`]: '0.2x50 0.21x50 0x12' },
    fires: { '8h': [], '15h': info('LLMBilledObservedGap'), '17h': [] },
  },
  {
    title: 'LLMDataTruncated: after two hours, and never for what apps tell',
    series: {
      [`llm_source_complete{${of},source="xai.billing.usage"}`]: '0x100 1x20 0x200',
      [`llm_source_complete{${of},source="otlp"}`]: '0x400',
    },
    fires: { '1h35m': [], '5h': info('LLMDataTruncated') },
  },
  {
    title: 'LLMLedgerDiskLow: below two gibibytes',
    series: { usage_explorer_disk_free_bytes: '2147483648x20 2147483647x30 9147483647x10' },
    fires: { '19m': [], '40m': info('LLMLedgerDiskLow'), '55m': [] },
  },
]

export const CASES: readonly Case[] = [...BUDGETS, ...SPIKES, ...CALLS, ...FUNDS, ...STALENESS, ...MORE]
