/** The instruments of one meter. */
import type { Counter, Gauge, Histogram, Meter, UpDownCounter } from '@opentelemetry/api'
import type { Conventions } from '../settings.ts'
import {
  CONVENTIONAL_TOKENS,
  DURATION,
  DURATION_BOUNDS,
  FIRST_CHUNK,
  OLD_TOKENS,
  RATE_BOUNDS,
  TOKEN_BOUNDS,
} from './names.ts'

export interface Instruments {
  readonly duration: Histogram
  readonly firstChunk: Histogram
  readonly outputRate: Histogram
  readonly conventionalTokens: Readonly<Record<keyof typeof CONVENTIONAL_TOKENS, Counter>> | undefined
  readonly oldTokens: Histogram | undefined
  readonly tokens: Counter
  readonly cost: Counter
  readonly requests: Counter
  readonly toolCalls: Counter
  readonly retries: Counter
  readonly usageMissing: Counter
  readonly active: UpDownCounter
  readonly limit: Gauge
  readonly remaining: Gauge
  readonly reset: Gauge
}

/** What of a meter is used, so that our own needs no more. */
export type MeterParts = Pick<
  Meter,
  'createCounter' | 'createHistogram' | 'createUpDownCounter' | 'createGauge'
>

export function createInstruments(meter: MeterParts, conventions: Conventions): Instruments {
  const histogram = (name: string, unit: string, description: string, bounds: readonly number[]) =>
    meter.createHistogram(name, { unit, description, advice: { explicitBucketBoundaries: [...bounds] } })
  const counter = (name: string, unit: string, description: string) =>
    meter.createCounter(name, { unit, description })
  const conventional = (type: keyof typeof CONVENTIONAL_TOKENS) =>
    counter(CONVENTIONAL_TOKENS[type], '{token}', `Tokens of calls: ${type}.`)
  return {
    duration: histogram(DURATION, 's', 'How long calls took, until the last byte.', DURATION_BOUNDS),
    firstChunk: histogram(
      FIRST_CHUNK,
      's',
      'How long streamed calls took until the first content.',
      DURATION_BOUNDS,
    ),
    outputRate: histogram(
      'llm.client.output_rate',
      '{token}/s',
      'Output tokens a second after the first content of streamed calls.',
      RATE_BOUNDS,
    ),
    conventionalTokens:
      conventions === '1.41'
        ? undefined
        : {
            input: conventional('input'),
            output: conventional('output'),
            cache_read: conventional('cache_read'),
            cache_write: conventional('cache_write'),
            reasoning: conventional('reasoning'),
          },
    oldTokens:
      conventions === 'current'
        ? undefined
        : histogram(OLD_TOKENS, '{token}', 'Tokens of calls.', TOKEN_BOUNDS),
    tokens: counter('llm.client.tokens', '{token}', 'Tokens of calls, in types that do not overlap.'),
    cost: counter(
      'llm.client.cost',
      '{currency}',
      'Cost of calls, as the response states it or by list price.',
    ),
    requests: counter('llm.client.requests', '{request}', 'Calls that ended, by outcome.'),
    toolCalls: counter('llm.client.tool_calls', '{call}', 'Calls of tools that ran at the provider.'),
    retries: counter('llm.client.retries', '{request}', 'Calls that repeated a failed one.'),
    usageMissing: counter('llm.client.usage_missing', '{request}', 'Calls that went well and told no usage.'),
    active: meter.createUpDownCounter('llm.client.active_requests', {
      unit: '{request}',
      description: 'Calls that have begun and not ended.',
    }),
    limit: meter.createGauge('llm.client.rate_limit.limit', {
      description: 'Rate limit as the last response stated it.',
    }),
    remaining: meter.createGauge('llm.client.rate_limit.remaining', {
      description: 'What the last response left of a rate limit.',
    }),
    reset: meter.createGauge('llm.client.rate_limit.reset', {
      unit: 's',
      description: 'Time until a rate limit is whole again, as of the last response.',
    }),
  }
}
