/** Watches calls: begins them for the hooks, and tells listeners of their end when the app has its answer. */
import { diag, trace } from '@opentelemetry/api'
import { readAnthropic } from '@usage-explorer/core/calls/anthropic'
import { readRateLimits } from '@usage-explorer/core/calls/rate-limits'
import { recognise, type Gateway, type Target } from '@usage-explorer/core/calls/recognise'
import type { CallUsage } from '@usage-explorer/core/calls/usage'
import { priceCall } from '@usage-explorer/core/prices'
import { createPriceCatalogue } from '@usage-explorer/core/price-catalogue'
import { identifyKey, secretIn } from './key.ts'
import { labelsHere } from './labels.ts'
import { usageReport, type Call, type Cost } from './report.ts'
import { WatchedCall, type CallStart } from './watched-call.ts'

/** A request as a hook sees it. */
export interface SeenRequest {
  readonly url: URL
  readonly target: Target
  readonly header: (name: string) => string | undefined
  /** The body's text as far as it is at hand. */
  readonly bodyEdges: () => string
}

export interface Ended {
  readonly watched: WatchedCall
  readonly call: Call
  readonly start: CallStart
  readonly usage: CallUsage | undefined
  readonly cost: Cost | undefined
}

export interface Listener {
  readonly began?: (start: CallStart) => void
  readonly ended: (ended: Ended) => void
}

export interface Watcher {
  /** Begins a call; undefined where that fails, which is not told to the app. */
  begin(request: SeenRequest): WatchedCall | undefined
  /** The call that a POST to this address is, if any. */
  targetOf(url: URL): Target | undefined
  listen(listener: Listener): () => void
  /** Something of ours went wrong; the app never feels it. */
  readonly failed: (thrown: unknown) => void
  /** Tells of all calls that have ended, now. */
  settle(): void
}

/** Ended calls that wait for a turn of the event loop. */
const MOST_WAITING = 1000

export function createWatcher(options: {
  readonly gateways: readonly Gateway[]
  /** Told of each call's key. */
  readonly keyUsed?: (provider: string, origin: string, fingerprint: string, secret: string) => void
}): Watcher {
  const listeners = new Set<Listener>()
  const priceOf = createPriceCatalogue(Date.now)
  const waiting: WatchedCall[] = []
  let failures = 0

  const failed = (thrown: unknown): void => {
    failures++
    // The first few tell what is wrong; a log full of the same tells no more.
    if (failures <= 10) diag.warn('usage-explorer: a call could not be observed', thrown)
  }
  const tell = (what: (listener: Listener) => void): void => {
    for (const listener of listeners) {
      try {
        what(listener)
      } catch (thrown) {
        failed(thrown)
      }
    }
  }
  const settle = (): void => {
    for (const call of waiting.splice(0)) {
      try {
        const ended = report(call, priceOf)
        tell((listener) => listener.ended(ended))
      } catch (thrown) {
        failed(thrown)
      }
    }
  }
  const onEnd = (call: WatchedCall): void => {
    // The app gets its last byte first, unless it never lets anybody have a turn.
    const count = waiting.push(call)
    if (count === 1) setImmediate(settle)
    else if (count >= MOST_WAITING) settle()
  }

  return {
    begin({ url, target, header, bodyEdges }) {
      try {
        const secret = secretIn(header)
        const key = identifyKey(secret)
        if (key !== undefined && secret !== undefined) {
          options.keyUsed?.(target.provider.id, url.origin, key.fingerprint, secret)
        }
        const start = {
          target,
          requestModel: target.model ?? modelIn(bodyEdges()),
          key,
          labels: labelsHere(),
          retry: Number(header('x-stainless-retry-count') ?? 0) || 0,
          traceId: trace.getActiveSpan()?.spanContext().traceId ?? '',
        }
        tell((listener) => listener.began?.(start))
        return new WatchedCall(start, now, onEnd)
      } catch (thrown) {
        failed(thrown)
        return undefined
      }
    },
    targetOf: (url) => recognise(url, options.gateways),
    listen: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    failed,
    settle,
  }
}

/** Quotes inside a JSON string are escaped, so that no text of a prompt looks like a member. */
function modelIn(edges: string): string | undefined {
  return /"model"\s*:\s*"([^"\\]{1,200})"/.exec(edges)?.[1]
}

function now(): number {
  return performance.now()
}

function report(watched: WatchedCall, priceOf: ReturnType<typeof createPriceCatalogue>): Ended {
  const { start, status } = watched
  const headers = watched.headers
  const { target, requestModel, labels, key } = start
  const { facts, errorType, endedAt } = watched.result()
  const header = (name: string): string | undefined => headers.get(name)
  // Several providers answer Anthropic's path in Anthropic's form.
  const read = target.endpoint === '/v1/messages' ? readAnthropic : target.provider.read
  const usage = facts.usage && read(facts.usage, { operation: target.operation, header })
  const model = facts.model ?? requestModel ?? ''
  const cost = usage && costOf(usage, target.provider.priced, model, priceOf)
  const durationMs = endedAt - watched.startedAt
  const call: Call = {
    provider: target.provider.id,
    operation: target.operation,
    endpoint: labels.endpoint ?? target.endpoint,
    model,
    responseId: facts.id ?? '',
    streamed: watched.streamed,
    status,
    errorType,
    startedAt: new Date(Date.now() - (performance.now() - watched.startedAt)),
    durationMs,
    timeToFirstTokenMs:
      watched.firstContentAt === undefined ? undefined : watched.firstContentAt - watched.startedAt,
    // Seldom asked for, and all of it is text.
    get usage() {
      return usage && usageReport(usage, cost)
    },
    labels,
    key,
    rateLimits: readRateLimits(headers, Date.now()),
  }
  return { watched, call, start, usage, cost }
}

function costOf(
  { cost, tokens, tools }: CallUsage,
  provider: string | undefined,
  model: string,
  priceOf: ReturnType<typeof createPriceCatalogue>,
): Cost | undefined {
  if (cost !== undefined) return { ...cost, source: 'reported' }
  const prices = provider === undefined ? undefined : priceOf(provider, model)
  const priced = prices && priceCall(tokens, tools, prices)
  if (prices === undefined || priced === undefined || Object.keys(tokens).length === 0) return undefined
  return { ...priced, currency: prices.currency, source: 'catalogue' }
}
