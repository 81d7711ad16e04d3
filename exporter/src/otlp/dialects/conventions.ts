/** The GenAI semantic conventions, from 1.36 on, as any SDK in any language sends them (OpenLLMetry, OpenTelemetry's own). */
import { SUCCESS } from '../../usage/measures.ts'
import type { Attributes } from '../wire/request.ts'
import { textOf, type Contribution, type Dialect, type Meaning } from './dialect.ts'

/** The counters that replaced `gen_ai.client.token.usage`. Parts are counted inside their wholes. */
const USAGE = 'gen_ai.client.inference.usage.'
const COUNTERS: Readonly<Record<string, readonly Contribution[]>> = {
  [`${USAGE}input_tokens`]: [tokens('input')],
  [`${USAGE}output_tokens`]: [tokens('output')],
  [`${USAGE}cache_read.input_tokens`]: [tokens('cache_read'), tokens('input', true)],
  [`${USAGE}cache_write.input_tokens`]: [tokens('cache_write'), tokens('input', true)],
  [`${USAGE}reasoning.output_tokens`]: [tokens('reasoning'), tokens('output', true)],
}

/** Whether a scope that sends this metric counts its tokens by the newer counters. */
export function isTokenCounter(metric: string): boolean {
  return metric.startsWith(USAGE)
}

export const OLD_TOKENS = 'gen_ai.client.token.usage'

export const conventions: Dialect = { rank: 2, meaningOf: conventionalMeaning }

export function conventionalMeaning(metric: string, attributes: Attributes): Meaning | undefined {
  const counter = COUNTERS[metric]
  if (counter !== undefined) return { adds: counter }
  if (metric === OLD_TOKENS) {
    const type = textOf(attributes, 'gen_ai.token.type')
    // What was cached or reasoned is not told apart.
    if (type === 'input') return { adds: [tokens('input_unsplit')] }
    return type === 'output' || type === 'completion' ? { adds: [tokens('output_unsplit')] } : undefined
  }
  if (metric === 'gen_ai.client.operation.duration') {
    return { adds: [...outcome(attributes, 'count'), ...times('duration')] }
  }
  return metric === 'gen_ai.client.operation.time_to_first_chunk' ? { adds: times('first_token') } : undefined
}

/** A call as a request with an outcome, and as an error where it was one. */
export function outcome(attributes: Attributes, of: 'value' | 'count'): readonly Contribution[] {
  const error = textOf(attributes, 'error.type')
  const request = { measure: 'requests', of, type: error ?? SUCCESS } as const
  return error === undefined ? [request] : [request, { measure: 'errors', of, type: error }]
}

export function times(measure: 'duration' | 'first_token'): readonly Contribution[] {
  return [
    { measure, of: 'value', type: '' },
    { measure: `${measure}_calls`, of: 'buckets', type: '' },
  ]
}

function tokens(type: string, negative?: true): Contribution {
  return { measure: 'tokens', of: 'value', type, ...(negative && { negative }) }
}
