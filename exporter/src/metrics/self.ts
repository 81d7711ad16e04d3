/** The service's own metrics: ordinary OpenTelemetry instruments on a meter provider that nothing else sees. */
import { statfs } from 'node:fs/promises'
import { hostname } from 'node:os'
import type { BatchObservableCallback, Meter, MetricOptions, Observable } from '@opentelemetry/api'
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import { detectResources, envDetector, resourceFromAttributes, type Resource } from '@opentelemetry/resources'
import { MeterProvider, type MetricReader } from '@opentelemetry/sdk-metrics'
import { SECOND } from '../clock.ts'
import { ERRORS } from '../errors.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { AccountState, AccountStatus, PollEvent, PollObserver } from '../polling/status.ts'
import { findMetric } from './catalogue.ts'

export interface SelfMetrics extends PollObserver {
  /** A request was answered; `route` is the pattern, never the address with its parameters. */
  answered(route: string, status: number): void
  /** A push to the OTLP endpoint succeeded or failed. */
  pushed(outcome: 'ok' | 'failed'): void
  /** Points of apps were read: counted, ignored, rejected or repeated. */
  received(outcome: string, points: number): void
  /** All `usage_explorer_` families in text format 0.0.4. Rejects when one of them cannot be read. */
  text(): Promise<string>
  shutdown(): Promise<void>
}

export interface SelfMetricsOptions {
  /** Of this service. */
  readonly version: string
  /** The free space of its file system is shown. */
  readonly dataDir: string
  readonly ledger: Pick<Ledger, 'stats'>
  /** Polling's present states; always the same accounts, because an instrument never drops a series. */
  readonly accounts: () => readonly AccountStatus[]
  readonly now: () => number
  /** Others that take the same instruments in, such as a push. */
  readonly readers?: readonly MetricReader[]
}

const STATES: Readonly<Record<AccountState, true>> = {
  starting: true,
  backfilling: true,
  ok: true,
  retrying: true,
  blocked: true,
  paused: true,
}

/** Error counters begin at 0 with an account's first read, so that increase() sees the first failure. */
const POLL_ERROR_CODES = Object.keys(ERRORS).filter((code) => /^(UPSTREAM|ACCOUNT|LEDGER)_/.test(code))

const DURATION_BOUNDARIES_SECONDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120]

export function createSelfMetrics(options: SelfMetricsOptions): SelfMetrics {
  // The exporter's own handler answers 200 on failure and without a version in its content type, so it serves nothing.
  const reader = new PrometheusExporter({ preventServerStart: true })
  const serializer = new PrometheusSerializer('', false, undefined, true, true)
  const provider = new MeterProvider({
    resource: resourceOf(options.version),
    readers: [reader, ...(options.readers ?? [])],
  })
  const meter = provider.getMeter('usage-explorer')

  observeState(meter, options)
  meter
    .createGauge(...described('usage_explorer_build_info'))
    .record(1, { version: options.version, node_version: process.versions.node })
  const requests = meter.createCounter(...described('usage_explorer_http_requests_total'))
  const points = meter.createCounter(...described('usage_explorer_otlp_points_total'))
  const pushes = meter.createCounter(...described('usage_explorer_otlp_pushes_total'))

  return {
    polled: createPollInstruments(meter, options.now),
    progress() {
      // The backfill's share is read from the account's status, which also knows what earlier runs have done.
    },
    answered: (route, status) => requests.add(1, { route, status: String(status) }),
    pushed: (outcome) => pushes.add(1, { outcome }),
    received: (outcome, count) => points.add(count, { outcome }),
    async text() {
      const { resourceMetrics, errors } = await reader.collect()
      if (errors.length > 0) throw new AggregateError(errors, errors.map(String).join('; '))
      return serializer.serialize(resourceMetrics)
    },
    shutdown: async () => {
      // An endpoint that hangs must not hold up the end.
      await provider.shutdown({ timeoutMillis: 3 * SECOND }).catch(() => undefined)
    },
  }
}

/**
 * What OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME say goes before.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/resource/#service
 */
function resourceOf(version: string): Resource {
  const own = {
    'service.name': 'usage-explorer',
    'service.version': version,
    'service.instance.id': hostname(),
  }
  return resourceFromAttributes(own).merge(detectResources({ detectors: [envDetector] }))
}

function createPollInstruments(meter: Meter, now: () => number): (event: PollEvent) => void {
  const polls = meter.createCounter(...described('usage_explorer_polls_total'))
  const errors = meter.createCounter(...described('usage_explorer_poll_errors_total'))
  const durations = meter.createHistogram(
    ...described('usage_explorer_poll_duration_seconds', {
      advice: { explicitBucketBoundaries: DURATION_BOUNDARIES_SECONDS },
    }),
  )
  const successes = meter.createGauge(...described('usage_explorer_last_success_timestamp_seconds'))
  const begun = new Set<string>()

  return ({ provider, account, reader, code, durationMs }) => {
    const name = JSON.stringify([provider, account])
    if (!begun.has(name)) {
      begun.add(name)
      for (const possible of POLL_ERROR_CODES) errors.add(0, { provider, account, code: possible })
    }
    polls.add(1, { provider, account, reader })
    durations.record(durationMs / SECOND, { provider, account })
    if (code === undefined) successes.record(now() / SECOND, { provider, account, reader })
    else errors.add(1, { provider, account, code })
  }
}

function observeState(meter: Meter, { ledger, accounts, dataDir }: SelfMetricsOptions): void {
  const gauge = (name: string): Observable => meter.createObservableGauge(...described(name))
  const state = gauge('usage_explorer_account_state')
  const backfill = gauge('usage_explorer_backfill_ratio')
  const bytes = gauge('usage_explorer_ledger_bytes')
  const facts = gauge('usage_explorer_ledger_facts')
  const series = gauge('usage_explorer_ledger_series')
  const free = gauge('usage_explorer_disk_free_bytes')
  const refused = meter.createObservableCounter(...described('usage_explorer_refused_rows_total'))

  const observe: BatchObservableCallback = async (result) => {
    for (const { provider, account, state: current, backfilled } of accounts()) {
      for (const possible of Object.keys(STATES)) {
        result.observe(state, possible === current ? 1 : 0, { provider, account, state: possible })
      }
      result.observe(backfill, backfilled, { provider, account })
    }
    // A full or missing disk must not hide all other metrics: what cannot be read is not a number, never 0.
    const stats = await ledger.stats().catch(() => undefined)
    result.observe(bytes, stats?.bytes ?? NaN)
    result.observe(facts, stats?.facts ?? NaN)
    result.observe(series, stats?.series ?? NaN)
    if (stats !== undefined) result.observe(refused, stats.refusedRows)
    const disk = await statfs(dataDir).catch(() => undefined)
    result.observe(free, disk === undefined ? NaN : disk.bavail * disk.bsize)
  }
  meter.addBatchObservableCallback(observe, [state, backfill, bytes, facts, series, free, refused])
}

/** An instrument's name and options from the table. Without a unit, which would be printed as a `# UNIT` comment. */
function described(name: string, options: MetricOptions = {}): [name: string, options: MetricOptions] {
  const spec = findMetric(name)
  if (spec === undefined) throw new Error(`the metric ${name} is not in the catalogue`)
  return [name, { ...options, description: spec.help }]
}
