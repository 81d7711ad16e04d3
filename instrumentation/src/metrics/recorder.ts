/** Turns calls into metrics. */
import { metrics, type Attributes, type MeterProvider } from '@opentelemetry/api'
import { toNumber } from '@usage-explorer/core/amount'
import type { RateLimit } from '@usage-explorer/core/calls/rate-limits'
import type { CallUsage } from '@usage-explorer/core/calls/usage'
import type { CostType, TokenType } from '@usage-explorer/core/tokens'
import type { Conventions } from '../settings.ts'
import type { Cost } from '../report.ts'
import type { CallStart } from '../watched-call.ts'
import type { Ended, Listener } from '../watcher.ts'
import { createAttributeSets, type AttributeSet } from './attributes.ts'
import { createInstruments, type Instruments } from './instruments.ts'
import { ATTRIBUTES, SCOPE } from './names.ts'

/**
 * Instruments that are made before an app has set its provider up record nothing for ever, so they are made anew when
 * another provider is there.
 *
 * @param provider instead of the global one
 */
export function instrumentsOf(
  provider: MeterProvider | undefined,
  conventions: Conventions,
): () => Instruments {
  let seen: MeterProvider | undefined
  let instruments: Instruments | undefined
  return () => {
    const current = provider ?? metrics.getMeterProvider()
    if (instruments === undefined || current !== seen) {
      seen = current
      instruments = createInstruments(current.getMeter(SCOPE), conventions)
    }
    return instruments
  }
}

export function createRecorder(options: {
  readonly instruments: () => Instruments
  readonly keyIdOf: (fingerprint: string) => string | undefined
}): Listener {
  const { instruments, keyIdOf } = options
  const sets = createAttributeSets(keyIdOf)
  const active = new WeakMap<CallStart, Attributes>()

  return {
    began: (start) => {
      const { plain } = sets.of(start, start.requestModel ?? '')
      active.set(start, plain)
      instruments().active.add(1, plain)
    },
    ended: ({ call, start, usage, cost }: Ended) => {
      const to = instruments()
      const began = active.get(start)
      if (began !== undefined) to.active.add(-1, began)
      const set = sets.of(start, call.model)
      const outcome = call.errorType === undefined ? set.plain : set.with([ATTRIBUTES.error, call.errorType])
      to.duration.record(call.durationMs / 1000, outcome)
      to.requests.add(1, outcome)
      if (call.timeToFirstTokenMs !== undefined)
        to.firstChunk.record(call.timeToFirstTokenMs / 1000, set.plain)
      if (start.retry > 0) to.retries.add(1, set.plain)
      recordLimits(to, set, call.rateLimits)
      if (usage === undefined) {
        if (call.errorType === undefined) to.usageMissing.add(1, set.plain)
        return
      }
      recordTokens(to, set, usage)
      recordOutputRate(to, set, call, usage)
      if (cost !== undefined) recordCost(to, set, cost)
    },
  }
}

function recordTokens(to: Instruments, set: AttributeSet, { tokens, tools }: CallUsage): void {
  for (const [type, count] of Object.entries(tokens)) {
    to.tokens.add(count, set.with([ATTRIBUTES.ownTokenType, type]))
  }
  for (const [tool, calls] of Object.entries(tools))
    to.toolCalls.add(calls, set.with([ATTRIBUTES.tool, tool]))
  const sum = (...types: readonly TokenType[]): number =>
    types.reduce((total, type) => total + (tokens[type] ?? 0), 0)
  const input = sum('input', 'input_unsplit', 'cache_read', 'cache_write')
  const output = sum('output', 'output_unsplit', 'reasoning')
  if (to.conventionalTokens !== undefined) {
    const { conventionalTokens: counters } = to
    // The conventions require a modality, and a response seldom tells it.
    const attributes = set.with([ATTRIBUTES.modality, 'unknown'])
    if (input > 0) counters.input.add(input, attributes)
    if (output > 0) counters.output.add(output, attributes)
    for (const type of ['cache_read', 'cache_write', 'reasoning'] as const) {
      if (sum(type) > 0) counters[type].add(sum(type), attributes)
    }
  }
  if (to.oldTokens !== undefined) {
    if (input > 0) to.oldTokens.record(input, set.with([ATTRIBUTES.tokenType, 'input']))
    if (output > 0) to.oldTokens.record(output, set.with([ATTRIBUTES.tokenType, 'output']))
  }
}

/** Over the time in which output came: what the first content took is told apart. */
function recordOutputRate(
  to: Instruments,
  set: AttributeSet,
  call: Ended['call'],
  { tokens }: CallUsage,
): void {
  if (call.timeToFirstTokenMs === undefined) return
  const output = (tokens.output ?? 0) + (tokens.output_unsplit ?? 0)
  const seconds = (call.durationMs - call.timeToFirstTokenMs) / 1000
  if (output > 0 && seconds > 0) to.outputRate.record(output / seconds, set.plain)
}

/** Parts only where they are the whole: a sum over the types is what the call cost, always. */
function recordCost(to: Instruments, set: AttributeSet, { amount, currency, source, parts }: Cost): void {
  const split = Object.entries(parts) as [CostType, bigint][]
  const isWhole = split.reduce((sum, [, part]) => sum + part, 0n) === amount
  const rows: readonly (readonly [string, bigint])[] =
    isWhole && split.length > 0 ? split : [['unsplit', amount]]
  for (const [type, part] of rows) {
    to.cost.add(
      toNumber(part),
      set.with(
        [ATTRIBUTES.costType, type],
        [ATTRIBUTES.costCurrency, currency],
        [ATTRIBUTES.costSource, source],
      ),
    )
  }
}

function recordLimits(to: Instruments, set: AttributeSet, limits: readonly RateLimit[]): void {
  for (const { kind, window, limit, remaining, resetSeconds } of limits) {
    const attributes = set.with([ATTRIBUTES.limitKind, kind], [ATTRIBUTES.limitWindow, window])
    if (limit !== undefined) to.limit.record(limit, attributes)
    if (remaining !== undefined) to.remaining.record(remaining, attributes)
    if (resetSeconds !== undefined) to.reset.record(resetSeconds, attributes)
  }
}
