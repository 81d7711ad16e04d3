/** The configuration as the log may show it. */
import type { AccountConfig, Config, OtlpConfig } from './config.ts'
import { formatDuration } from './kinds.ts'
import { formatListen } from './network.ts'

/** A summary for one log line: settings as a user writes them, accounts without their keys, mappings counted. */
export function describeConfig(config: Config): Readonly<Record<string, unknown>> {
  const { keys, users, projects, teams } = config.mappings
  return {
    listen: formatListen(config.listen),
    dataDir: config.dataDir,
    logLevel: config.logLevel,
    zone: config.zone,
    scrapeInterval: formatDuration(config.scrapeIntervalMs),
    retention: formatDuration(config.retentionMs),
    tls: config.tls ?? 'off',
    metrics: config.metrics,
    otlp: config.otlp === undefined ? 'off' : describeOtlp(config.otlp),
    demo: config.demo,
    accounts: config.accounts.map(describeAccount),
    mappings: {
      keys: keys.length,
      users: users.length,
      projects: projects.length,
      teams: Object.keys(teams).length,
    },
    budgets: config.budgets.map(({ name }) => name),
    budgetWebhook: config.budgetWebhook === undefined ? 'off' : 'on',
  }
}

function describeOtlp({ url, intervalMs, headers }: OtlpConfig): Readonly<Record<string, unknown>> {
  return { url, interval: formatDuration(intervalMs), headers: [...headers.keys()] }
}

function describeAccount(account: AccountConfig): Readonly<Record<string, unknown>> {
  return {
    name: account.name,
    provider: account.provider,
    api: account.api,
    project: account.project,
    url: account.url,
    interval: formatDuration(account.intervalMs),
    lookback: formatDuration(account.lookbackMs),
    lookbackEvery: formatDuration(account.lookbackEveryMs),
    timeout: formatDuration(account.timeoutMs),
  }
}
