/** Expensive calls as our library sends them: log records with a fixed set of attributes. Anything else in them is dropped. */
import { createHash } from 'node:crypto'
import { fromInteger, parseAmount } from '@usage-explorer/core/amount'
import { TOKEN_TYPES } from '@usage-explorer/core/tokens'
import type { ExpensiveCall } from '../usage/expensive-call.ts'
import { dialectOf } from './dialects/registry.ts'
import { textOf } from './dialects/dialect.ts'
import type { createSubjects } from './subject.ts'
import type { Attributes, LogRecord, ResourceLogs } from './wire/request.ts'

/** Name of the log event. */
const CALL_EVENT = 'llm.client.expensive_call'

/**
 * The calls in a request of logs; records of other events are not ours and are ignored.
 *
 * @returns with how many records of the event could not be read
 */
export function readExpensiveCalls(
  request: readonly ResourceLogs[],
  subjectOf: ReturnType<typeof createSubjects>,
  team: string | undefined,
): { calls: ExpensiveCall[]; rejected: number } {
  const calls: ExpensiveCall[] = []
  let rejected = 0
  for (const { attributes: resource, scopes } of request) {
    for (const { name, records } of scopes) {
      for (const record of records) {
        if (record.eventName !== CALL_EVENT) continue
        const subject = subjectOf(dialectOf(name), resource, record.attributes, team)
        const call = subject && toCall(record, subject)
        if (call === undefined) rejected++
        else calls.push(call)
      }
    }
  }
  return { calls, rejected }
}

function toCall(
  { attributes, timeMs, traceId }: LogRecord,
  { source, stated }: Pick<ExpensiveCall, 'source' | 'stated'>,
): ExpensiveCall | undefined {
  const cost = parseAmount(textOf(attributes, 'llm.cost.total') ?? '')?.amount
  if (cost === undefined || cost < fromInteger(0) || timeMs <= 0) return undefined
  const responseId = textOf(attributes, 'gen_ai.response.id') ?? ''
  const identity = [source.provider, responseId, timeMs, traceId, stated.service]
  return {
    id: createHash('sha256').update(JSON.stringify(identity)).digest('base64url').slice(0, 22),
    at: timeMs,
    source,
    stated,
    cost,
    currency: textOf(attributes, 'llm.cost.currency') ?? 'USD',
    priceSource: textOf(attributes, 'llm.cost.source') ?? '',
    tokens: tokensOf(attributes),
    durationSeconds: numberOf(attributes, 'llm.duration'),
    responseId,
    traceId,
  }
}

function tokensOf(attributes: Attributes): Record<string, number> {
  return Object.fromEntries(
    TOKEN_TYPES.flatMap((type) => {
      const tokens = numberOf(attributes, `llm.tokens.${type}`)
      return tokens === undefined ? [] : [[type, tokens]]
    }),
  )
}

function numberOf(attributes: Attributes, name: string): number | undefined {
  const value = attributes[name]
  const number = typeof value === 'bigint' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : undefined
}
