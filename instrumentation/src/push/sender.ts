/** Sends to the exporter now and then. Cumulative figures need no retry: the next sending holds what a lost one held. */
import { diag, type Attributes } from '@opentelemetry/api'
import type { Fetch } from '../hooks/fetch.ts'
import type { ExpensiveCalls } from './expensive-calls.ts'
import type { OwnMeter } from './meter.ts'
import { writeLogs, writeMetrics } from './otlp.ts'

export interface Sender {
  /** Sends what there is now. Never rejects. */
  flush(): Promise<void>
  stop(): Promise<void>
}

export interface SenderOptions {
  readonly endpoint: URL
  readonly token: string | undefined
  readonly intervalMs: number
  readonly meter: OwnMeter
  readonly calls: ExpensiveCalls
  readonly resource: Attributes
  readonly fetch: Fetch
  readonly now: () => number
  /** Called before each sending, so that calls that have just ended are in it. */
  readonly settle: () => void
}

const PATIENCE_MS = 10_000

export function createSender(options: SenderOptions): Sender {
  const { endpoint, token, intervalMs, meter, calls, resource, fetch, now, settle } = options
  let failing = false
  let sending: Promise<void> | undefined
  let sent = ''

  const post = async (path: string, body: string): Promise<void> => {
    const response = await fetch(new URL(path, endpoint), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      body,
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
    await response.arrayBuffer()
    if (!response.ok) throw new Error(`${path} answered ${response.status}`)
  }

  const send = async (): Promise<void> => {
    settle()
    const records = calls.unsent()
    try {
      const metrics = writeMetrics(meter.instruments, resource, now())
      if (meter.instruments.some(({ series }) => series.size > 0)) await post('/v1/metrics', metrics)
      if (records.length > 0) {
        await post('/v1/logs', writeLogs(records, resource))
        calls.acknowledged(records)
      }
      if (failing) diag.info('usage-explorer: the exporter is reached again')
      failing = false
    } catch (thrown) {
      if (!failing) diag.warn('usage-explorer: the exporter cannot be reached', thrown)
      failing = true
    }
  }
  const flush = (): Promise<void> => {
    sending ??= send().finally(() => {
      sending = undefined
    })
    return sending
  }

  const timer = setInterval(() => void flush(), intervalMs)
  // Watching is no reason for a process to live on.
  timer.unref()
  /** The loop has run dry: a last sending, unless all was sent, or the end would never come. */
  const onBeforeExit = (): void => {
    settle()
    const state = JSON.stringify([
      meter.instruments.map(({ series }) => [...series.values()]),
      calls.unsent().length,
    ])
    if (state === sent) return
    sent = state
    void flush()
  }
  process.on('beforeExit', onBeforeExit)
  return {
    flush: async () => {
      await sending
      await flush()
    },
    stop: async () => {
      clearInterval(timer)
      process.off('beforeExit', onBeforeExit)
      await sending
      await flush()
    },
  }
}
