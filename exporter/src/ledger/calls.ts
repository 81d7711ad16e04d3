/** The most expensive calls: a bounded number of each hour, kept as long as usage is. */
import { HOUR } from '../clock.ts'
import type { Stated } from '../usage/dimensions.ts'
import type { ExpensiveCall } from '../usage/expensive-call.ts'
import type { Window } from '../usage/record.ts'
import { OTLP_SOURCE } from '../usage/observed.ts'
import type { Database, Row, Transaction } from './database.ts'
import { amountOf, decimal, insert, integer, text } from './rows.ts'

/** Kept of each hour, over all apps. */
const KEPT_PER_HOUR = 100

/** A call that is known is replaced: a sender that got no answer sends it again. */
export async function storeCalls(transaction: Transaction, calls: readonly ExpensiveCall[]): Promise<void> {
  for (const call of calls) {
    const { id, at, source, cost, currency } = call
    await transaction.run('DELETE FROM call WHERE id = $id', { id })
    const body = JSON.stringify({
      stated: call.stated,
      tokens: call.tokens,
      priceSource: call.priceSource,
      durationSeconds: call.durationSeconds,
      responseId: call.responseId,
      traceId: call.traceId,
    })
    await insert(transaction, 'call', [
      id,
      BigInt(Math.floor(at)),
      source.provider,
      source.account,
      decimal(cost),
      currency,
      body,
    ])
  }
  const hours = [...new Set(calls.map(({ at }) => Math.floor(at / HOUR) * HOUR))]
  for (const hour of hours) {
    const inHour = `ended_at >= ${hour} AND ended_at < ${hour + HOUR}`
    await transaction.run(
      `DELETE FROM call WHERE ${inHour} AND id NOT IN
         (SELECT id FROM call WHERE ${inHour} ORDER BY cost DESC, id LIMIT ${KEPT_PER_HOUR})`,
    )
  }
}

/** The dearest of a window, in one currency after the other. */
export async function readCalls(database: Database, window: Window): Promise<ExpensiveCall[]> {
  const rows = await database.read(
    `SELECT * FROM call WHERE ended_at >= ${window.from} AND ended_at < ${window.to} ORDER BY currency, cost DESC, id`,
  )
  return rows.map(toCall)
}

function toCall(row: Row): ExpensiveCall {
  const body = JSON.parse(text(row, 'body')) as {
    stated: Stated
    tokens: Record<string, number>
    priceSource: string
    durationSeconds?: number
    responseId: string
    traceId: string
  }
  return {
    id: text(row, 'id'),
    at: integer(row, 'ended_at'),
    source: { provider: text(row, 'provider'), account: text(row, 'account'), source: OTLP_SOURCE.id },
    cost: amountOf(row, 'cost'),
    currency: text(row, 'currency'),
    ...body,
    durationSeconds: body.durationSeconds,
  }
}
