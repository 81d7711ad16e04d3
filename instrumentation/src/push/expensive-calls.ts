/** The most expensive calls of the running hour, to be looked at one by one. */
import { formatAmount, type Amount } from '@usage-explorer/core/amount'
import { ATTRIBUTES } from '../metrics/names.ts'
import type { Ended, Listener } from '../watcher.ts'
import type { LogRecord } from './otlp.ts'

const HOUR_MS = 3_600_000
/** As the exporter knows it. */
const EVENT = 'llm.client.expensive_call'

export interface ExpensiveCalls extends Listener {
  /** Records that were not acknowledged yet. */
  unsent(): readonly LogRecord[]
  acknowledged(records: readonly LogRecord[]): void
}

/** @param most of an hour */
export function createExpensiveCalls(most: number, now: () => number): ExpensiveCalls {
  let hour = 0
  let floor: { cost: Amount; record: LogRecord }[] = []
  let unsent: LogRecord[] = []

  return {
    ended: (ended) => {
      const { cost } = ended
      if (cost === undefined || most === 0) return
      const at = now()
      const current = Math.floor(at / HOUR_MS)
      if (current !== hour) {
        hour = current
        floor = []
      }
      const least = floor.at(-1)
      if (floor.length >= most && least !== undefined && cost.amount <= least.cost) return
      const record = recordOf(ended, at)
      floor = [...floor, { cost: cost.amount, record }]
        .sort((a, b) => (a.cost < b.cost ? 1 : -1))
        .slice(0, most)
      // What nobody takes is forgotten, the oldest first.
      unsent = [...unsent, record].slice(-2 * most)
    },
    unsent: () => unsent,
    acknowledged: (records) => {
      unsent = unsent.filter((record) => !records.includes(record))
    },
  }
}

function recordOf({ call, start, usage, cost }: Ended, at: number): LogRecord {
  const { target, traceId } = start
  const { labels, key } = call
  const attributes = {
    [ATTRIBUTES.provider]: target.provider.conventional,
    [ATTRIBUTES.operation]: call.operation,
    [ATTRIBUTES.address]: target.host,
    [ATTRIBUTES.model]: call.model,
    [ATTRIBUTES.endpoint]: call.endpoint,
    [ATTRIBUTES.responseId]: call.responseId,
    [ATTRIBUTES.fingerprint]: key?.fingerprint,
    [ATTRIBUTES.redacted]: key?.redacted,
    [ATTRIBUTES.team]: labels.team,
    [ATTRIBUTES.user]: labels.user,
    [ATTRIBUTES.project]: labels.project,
    [ATTRIBUTES.environment]: labels.environment,
    [ATTRIBUTES.costCurrency]: cost?.currency,
    [ATTRIBUTES.costSource]: cost?.source,
    'llm.cost.total': formatAmount(cost?.amount ?? 0n),
    'llm.duration': call.durationMs / 1000,
    ...Object.fromEntries(
      Object.entries(usage?.tokens ?? {}).map(([type, tokens]) => [`llm.tokens.${type}`, tokens]),
    ),
  }
  const known = Object.entries(attributes).filter(([, value]) => value !== undefined && value !== '')
  return { at, eventName: EVENT, traceId, attributes: Object.fromEntries(known) }
}
