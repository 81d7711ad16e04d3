/** One way of serving N series, in a process of its own. */
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { createGzip } from 'node:zlib'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { Gauge, Registry } from 'prom-client'
import { createServer as createOwnServer, listen } from '../exporter/src/http/server.ts'
import { createSelfMetrics } from '../exporter/src/metrics/self.ts'
import { inTurns } from '../exporter/src/turns.ts'
import { createMetrics, type Labels } from '../exporter/src/metrics/snapshot.ts'
import type { Variant } from './scrape.ts'
import { serveTasks } from './support/child.ts'

const [variant, count] = process.argv.slice(2) as [Variant, string]
const FAMILIES = ['cost', 'held', 'period', 'window', 'model'] as const
const NAMES: Readonly<Record<(typeof FAMILIES)[number], string>> = {
  cost: 'llm_billed_cost_total',
  held: 'llm_billed_cost_held',
  period: 'llm_usage_period_cost',
  window: 'llm_usage_window_cost',
  model: 'llm_billed_model_cost_total',
}

interface Series {
  readonly name: string
  readonly labels: Labels
  value: number
}

/** Six labels each, about as long as real ones. */
const series: Series[] = Array.from({ length: Number(count) }, (_, at) => {
  const family = FAMILIES[at % FAMILIES.length] ?? 'cost'
  const key = Math.floor(at / FAMILIES.length)
  return {
    name: NAMES[family],
    labels: {
      provider: 'xai',
      account: 'production',
      project: `0c8f2b54-${key % 7}`,
      team: `team-${key % 20}`,
      ...(family === 'model' ? {} : { api_key: `8d9a7c1e-5b1c-4f8e-9a70-${String(key).padStart(12, '0')}` }),
      model: family === 'model' ? `grok-4-${key}` : `grok-4-${key % 8}`,
      currency: 'USD',
    },
    value: key * 1.25,
  }
})

/** Another third of the values each time. */
function change(round: number): void {
  for (let at = (round + 30) % 3; at < series.length; at += 3) {
    const one = series[at]
    if (one !== undefined) one.value += 0.01
  }
}

async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  return (server.address() as AddressInfo).port
}

/** The limit: everything that can be made before is, and the rest is only joined and sent. */
async function hand(): Promise<number> {
  const prefixes = series.map(({ name, labels }) => {
    const pairs = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
    return `${name}{${pairs.join(',')}} `
  })
  return serve((request, response) => {
    const compressed = request.headers['accept-encoding'] === 'gzip'
    const gzip = createGzip({ level: 1 })
    if (compressed) gzip.pipe(response.setHeader('content-encoding', 'gzip'))
    const sink = compressed ? gzip : response
    let at = 0
    const go = (): void => {
      let piece = ''
      for (; at < prefixes.length && piece.length < 262_144; at += 1) {
        piece += `${prefixes[at] ?? ''}${series[at]?.value ?? 0}\n`
      }
      if (at >= prefixes.length) sink.end(piece)
      else if (sink.write(piece)) setImmediate(go)
      else sink.once('drain', go)
    }
    go()
  })
}

/** The real server with its guards and its own metrics; series come from a contributor, as from the ledger. */
async function ours(): Promise<number> {
  const families = Object.values(NAMES).map((name) => ({
    name,
    samples: series.filter((one) => one.name === name),
  }))
  const metrics = createMetrics({
    now: Date.now,
    // One contributor a family, each looking at all of its series, as the ledger's counters are looked at.
    contributors: families.map(({ name, samples }) => async () => {
      const now: { labels: Labels; value: number }[] = []
      await inTurns(samples, ({ labels, value }) => {
        now.push({ labels, value })
      })
      return [{ name, samples: now }]
    }),
  })
  const self = createSelfMetrics({
    version: '0.0.0',
    dataDir: tmpdir(),
    ledger: { stats: async () => Promise.resolve({ facts: 0, series: 0, bytes: 0, refusedRows: 0 }) },
    accounts: () => [],
    now: Date.now,
  })
  const refuse = async (): Promise<never> => Promise.reject(new Error('only /metrics is measured'))
  const { app } = createOwnServer({
    host: '127.0.0.1',
    findToken: () => undefined,
    metrics,
    self,
    questions: {
      query: refuse,
      queryCsv: refuse,
      summary: refuse,
      catalogue: () => ({}),
      values: () => ({}),
      sources: () => ({}),
      usageV1: refuse,
      live: () => ({}),
      calls: refuse,
      userUsage: refuse,
      reconciliation: refuse,
    },
    statusPage: {
      version: '0.0.0',
      now: Date.now,
      demo: false,
      titleOf: (id) => id,
      summary: refuse,
      sources: () => ({ accounts: [], sources: [] }),
      standing: refuse,
    },
    accounts: () => [],
    ledger: { sources: () => [] },
    operations: { backUp: refuse, backfill: refuse, remove: refuse, purge: refuse },
    more: [],
    ingest: { metrics: refuse, logs: refuse },
    onFailure: (failure) => {
      throw failure
    },
  })
  return Number(new URL(await listen(app, { host: '127.0.0.1', port: 0 })).port)
}

async function promClient(): Promise<number> {
  const registry = new Registry()
  const gauges = new Map<string, Gauge>()
  for (const { name, labels } of series) {
    if (gauges.has(name)) continue
    gauges.set(name, new Gauge({ name, help: name, labelNames: Object.keys(labels), registers: [registry] }))
  }
  return serve((_request, response) => {
    for (const { name, labels, value } of series) gauges.get(name)?.set(labels, value)
    void registry.metrics().then((text) => response.end(text))
  })
}

async function otel(): Promise<number> {
  const exporter = new PrometheusExporter({ preventServerStart: true })
  const provider = new MeterProvider({
    readers: [exporter],
    views: [{ instrumentName: '*', aggregationCardinalityLimit: 1_000_000 }],
  })
  const meter = provider.getMeter('bench')
  for (const family of new Set(series.map(({ name }) => name))) {
    meter.createObservableGauge(family).addCallback((result) => {
      for (const { name, labels, value } of series) if (name === family) result.observe(value, labels)
    })
  }
  return serve((request, response) => exporter.getMetricsRequestHandler(request, response))
}

const SERVERS: Readonly<Record<Variant, () => Promise<number>>> = {
  hand,
  'hand-gzip': hand,
  ours,
  'ours-gzip': ours,
  'prom-client': promClient,
  otel,
}

process.once('SIGINT', () => process.exit())
serveTasks({
  listen: async () => ({ port: await SERVERS[variant](), series: series.length }),
  change: (round: number) => change(round),
})
