/** What the demo's apps send for a stretch of time: OTLP/JSON with delta temporality, a pure function of that stretch. */
import { createHash } from 'node:crypto'
import { HOUR, SECOND } from '../clock.ts'
import { TIME_BOUNDS } from '../usage/histogram.ts'
import type { Window } from '../usage/record.ts'
import { appsAt, type AppHour } from './apps.ts'
import type { UsageModel } from './usage-model.ts'

/** AGGREGATION_TEMPORALITY_DELTA, and for what stands as it is AGGREGATION_TEMPORALITY_CUMULATIVE. */
const DELTA = 1
const CUMULATIVE = 2

/**
 * The body of `POST /v1/metrics` for calls that ended in the windows.
 *
 * @param windows each inside one hour of UTC
 */
export function exportOf(model: UsageModel, windows: readonly Window[]): object {
  return { resourceMetrics: windows.flatMap((window) => resourcesOf(model, window)) }
}

function resourcesOf(model: UsageModel, window: Window): object[] {
  const hour = Math.floor(window.from / HOUR) * HOUR
  const [begin, end] = [(window.from - hour) / HOUR, (window.to - hour) / HOUR]
  const inWindow = (count: number): number => Math.floor(count * end) - Math.floor(count * begin)
  const services = new Map<string, AppHour[]>()
  for (const one of appsAt(model, hour)) {
    const name = `${one.app.service}/${one.app.environment}`
    services.set(name, [...(services.get(name) ?? []), one])
  }
  return [...services.values()].map((apps) => ({
    resource: {
      attributes: attributesOf({
        'service.name': apps[0]?.app.service ?? '',
        'deployment.environment.name': apps[0]?.app.environment ?? '',
      }),
    },
    scopeMetrics: [
      {
        scope: { name: '@usage-explorer/instrumentation' },
        metrics: apps.flatMap((app) => metricsOf(app, window, inWindow, end - begin)),
      },
    ],
  }))
}

function metricsOf(
  app: AppHour,
  window: Window,
  inWindow: (count: number) => number,
  share: number,
): object[] {
  const about = subjectOf(app)
  const times = { startTimeUnixNano: nanoseconds(window.from), timeUnixNano: nanoseconds(window.to) }
  const point = (value: object, more: Record<string, string> = {}): object => ({
    attributes: attributesOf({ ...about, ...more }),
    ...times,
    ...value,
  })
  const sum = (name: string, dataPoints: object[]): object[] =>
    dataPoints.length === 0
      ? []
      : [{ name, sum: { aggregationTemporality: DELTA, isMonotonic: true, dataPoints } }]
  const counted = (
    name: string,
    counts: Iterable<readonly [type: string, count: number]>,
    label: string,
  ): object[] =>
    sum(
      name,
      [...counts].flatMap(([type, count]) => {
        const here = inWindow(count)
        return here === 0 ? [] : [point({ asInt: String(here) }, type === '' ? {} : { [label]: type })]
      }),
    )
  const histogram = (name: string, counts: readonly number[]): object[] => {
    const here = counts.map(inWindow)
    const total = here.reduce((a, b) => a + b, 0)
    // In the middle of each bucket.
    const seconds = here.reduce((all, count, at) => all + count * 0.75 * (TIME_BOUNDS[at] ?? 400), 0)
    const value = {
      count: String(total),
      sum: seconds,
      bucketCounts: here.map(String),
      explicitBounds: TIME_BOUNDS,
    }
    return total === 0
      ? []
      : [{ name, histogram: { aggregationTemporality: DELTA, dataPoints: [point(value)] } }]
  }
  const failed = [...app.errors.values()].reduce((a, b) => a + b, 0)
  const limit = 480
  const perMinute = (app.calls / 60) * 1.4
  const level = (name: string, value: number, more: Record<string, string> = {}): object => ({
    name,
    gauge: { dataPoints: [point({ asDouble: value }, more)] },
  })
  const requests = { 'llm.rate_limit.kind': 'requests', 'llm.rate_limit.window': 'minute' }
  return [
    ...counted('llm.client.tokens', app.tokens, 'llm.token.type'),
    ...sum(
      'llm.client.cost',
      app.cost * share < 1e-12
        ? []
        : [
            point(
              { asDouble: Math.round(app.cost * share * 1e12) / 1e12 },
              { 'llm.cost.type': 'unsplit', 'llm.cost.currency': 'USD', 'llm.cost.source': 'reported' },
            ),
          ],
    ),
    ...counted('llm.client.requests', [['', app.calls - failed], ...app.errors], 'error.type'),
    ...histogram('gen_ai.client.operation.duration', app.durations),
    ...histogram('gen_ai.client.operation.time_to_first_chunk', app.firstTokens),
    {
      name: 'llm.client.active_requests',
      sum: {
        aggregationTemporality: CUMULATIVE,
        isMonotonic: false,
        dataPoints: [point({ asInt: String(Math.ceil((app.calls * 4) / 3600)) })],
      },
    },
    level('llm.client.rate_limit.limit', limit, requests),
    level('llm.client.rate_limit.remaining', Math.max(0, Math.round(limit - perMinute)), requests),
  ]
}

/** Whose call it was, and of what. */
export function subjectOf({ key, model }: AppHour): Record<string, string> {
  return {
    'gen_ai.provider.name': 'x_ai',
    'gen_ai.operation.name': 'chat',
    'gen_ai.request.model': model,
    'llm.endpoint': '/v1/chat/completions',
    'llm.api_key.fingerprint': createHash('sha256').update(key.id).digest('hex').slice(0, 12),
    'llm.api_key.redacted': key.redacted,
  }
}

export function attributesOf(attributes: Readonly<Record<string, string>>): object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: { stringValue: value } }))
}

export function nanoseconds(ms: number): string {
  return `${ms}000000`
}

/** Windows that cover [from, to) in whole steps of 10 s, none across an hour: short ones up to a minute and near the end. */
export function* windowsOf(from: number, to: number): Generator<Window> {
  const short = 10 * SECOND
  const last = Math.floor(to / short) * short
  for (let at = Math.ceil(from / short) * short; at < last;) {
    const hourEnd = (Math.floor(at / HOUR) + 1) * HOUR
    const isLong = at % (60 * SECOND) === 0 && hourEnd <= to - 10 * 60 * SECOND
    const end = isLong ? hourEnd : at + short
    yield { from: at, to: end }
    at = end
  }
}
