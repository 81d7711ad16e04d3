/** Sends the same metrics that /metrics shows to an OTLP endpoint, at intervals: OTLP/HTTP, protobuf, gzip. */
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { ExportResultCode } from '@opentelemetry/core'
import { ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer'
import {
  AggregationTemporality,
  PeriodicExportingMetricReader,
  type MetricProducer,
  type MetricReader,
  type PushMetricExporter,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import { SECOND } from '../clock.ts'
import { toCodedError, UsageExplorerError } from '../errors.ts'

export interface PushOptions {
  /** The whole address, such as `https://collector.internal:4318/v1/metrics`. */
  readonly url: string
  /** Sent along, such as an Authorization. Never logged. */
  readonly headers: Readonly<Record<string, string>>
  readonly intervalMs: number
  /** What the ledger publishes, besides the instruments of the reader's own provider. */
  readonly producer: MetricProducer
  /** Told after each attempt: of undefined, or of what went wrong. */
  readonly onOutcome: (failure: UsageExplorerError | undefined) => void
}

/** Data points in one request: a few megabytes before compression, where collectors refuse bodies beyond 20 MiB. */
const POINTS_IN_A_REQUEST = 10_000
/** The last push must be through before a supervisor kills. */
const LONGEST_TIMEOUT_MS = 5 * SECOND

const compress = promisify(gzip)

/**
 * A reader for a meter provider. A push that fails is not tried again: sums are cumulative, so the next one says it all.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#otlphttp
 */
export function createPush({ url, headers, intervalMs, producer, onOutcome }: PushOptions): MetricReader {
  const timeoutMs = Math.min(intervalMs, LONGEST_TIMEOUT_MS)
  const send = async (metrics: ResourceMetrics): Promise<void> => {
    const body = ProtobufMetricsSerializer.serializeRequest(metrics)
    if (body === undefined) throw new Error('the metrics cannot be written as protobuf')
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/x-protobuf', 'content-encoding': 'gzip' },
      body: await compress(body, { level: 1 }),
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    }).catch((cause: unknown) => {
      throw new UsageExplorerError(
        'PUSH_FAILED',
        `nothing answers at the OTLP endpoint (${reasonOf(cause)})`,
        { cause },
      )
    })
    const answer = new Uint8Array(await response.arrayBuffer())
    if (!response.ok)
      throw new UsageExplorerError('PUSH_FAILED', `the OTLP endpoint answered ${response.status}`)
    const { rejectedDataPoints = 0 } =
      ProtobufMetricsSerializer.deserializeResponse(answer).partialSuccess ?? {}
    if (rejectedDataPoints > 0) {
      throw new UsageExplorerError(
        'PUSH_FAILED',
        `the OTLP endpoint refused ${rejectedDataPoints} data points`,
      )
    }
  }
  const exporter: PushMetricExporter = {
    export: (metrics, done) => {
      send(metrics).then(
        () => {
          onOutcome(undefined)
          done({ code: ExportResultCode.SUCCESS })
        },
        (thrown: unknown) => {
          const error = toCodedError(thrown)
          onOutcome(error)
          done({ code: ExportResultCode.FAILED, error })
        },
      )
    },
    selectAggregationTemporality: () => AggregationTemporality.CUMULATIVE,
    forceFlush: async () => Promise.resolve(),
    shutdown: async () => Promise.resolve(),
  }
  return new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: intervalMs,
    exportTimeoutMillis: timeoutMs,
    maxExportBatchSize: POINTS_IN_A_REQUEST,
    metricProducers: [reporting(producer, onOutcome)],
  })
}

/** A snapshot that cannot be taken is told like a push that fails; the reader itself would pass over it in silence. */
function reporting(producer: MetricProducer, onOutcome: PushOptions['onOutcome']): MetricProducer {
  return {
    collect: async (options) => {
      try {
        return await producer.collect(options)
      } catch (thrown) {
        onOutcome(toCodedError(thrown))
        throw thrown
      }
    },
  }
}

function reasonOf(thrown: unknown): string {
  const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code
  return cause instanceof Error ? cause.name : 'no reason'
}
