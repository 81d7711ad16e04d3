/** A receiver on a real ledger, with sums that ledger and counters agree on. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatAmount } from '@usage-explorer/core/amount'
import { expect, onTestFinished } from 'vitest'
import { HOUR } from '../../clock.ts'
import type { Booking, Ledger } from '../../ledger/ledger.ts'
import { openLedger } from '../../ledger/open.ts'
import { OTLP_SOURCE } from '../../usage/observed.ts'
import { createReceiver, type Receiver, type ReceiverOptions } from '../receiver.ts'
import type { ResourceMetrics } from '../wire/request.ts'
import { exportOf } from './exports.ts'

export const T0: number = Date.UTC(2026, 10, 21, 10, 0, 30)

const booking: Booking = {
  admit: () => undefined,
  counterFor: (source, _spec, { measure, stated }) => ({
    family: measure,
    labels: { account: source.account, service: stated.service ?? '', type: stated.type ?? '' },
  }),
  restatementFor: () => undefined,
}

export interface Fixture {
  readonly ledger: Ledger
  receiver: Receiver
  readonly clock: { now: number }
  /** Opens both anew, as after a crash. */
  restart: () => Promise<void>
  /** measure/type → what the counters hold and the ledger's rows sum up to; both must agree. */
  sums: () => Promise<Record<string, string>>
}

export async function fixture(options: Partial<ReceiverOptions> = {}): Promise<Fixture> {
  const dataDir = mkdtempSync(join(tmpdir(), 'receiver-'))
  const clock = { now: T0 }
  const open = () =>
    openLedger({
      dataDir,
      sources: [OTLP_SOURCE],
      booking,
      now: () => clock.now,
      retentionMs: 400 * 24 * HOUR,
      scrapeIntervalMs: 0,
    })
  const receive = (ledger: Ledger) =>
    createReceiver({
      ledger,
      accounts: [{ provider: 'xai', name: 'main' }],
      names: () => [],
      now: () => clock.now,
      gatherMs: 0,
      ...options,
    })
  let ledger = await open()
  const result: Fixture = {
    get ledger() {
      return ledger
    },
    receiver: await receive(ledger),
    clock,
    restart: async () => {
      await ledger.close()
      ledger = await open()
      result.receiver = await receive(ledger)
    },
    sums: async () => {
      const counters: Record<string, bigint> = {}
      for (const { family, labels, ledger: amount } of ledger.counters()) {
        const key = `${family}/${labels['type'] ?? ''}`
        counters[key] = (counters[key] ?? 0n) + amount
      }
      const rows: Record<string, bigint> = {}
      for (const { cuts } of ledger.sources()) {
        for (const { id } of cuts) {
          const series = ledger.series(id)
          const groups = new Map(series.map((one, at) => [one.id, at]))
          const window = { from: 0, to: T0 * 2 }
          for (const { group, amount } of await ledger.sums({
            cutId: id,
            window,
            groups,
            bucketStarts: [0],
          })) {
            const of = series[group]
            const key = `${of?.measure ?? ''}/${of?.stated.type ?? ''}`
            rows[key] = (rows[key] ?? 0n) + amount
          }
        }
      }
      const text = (sums: Record<string, bigint>): Record<string, string> =>
        Object.fromEntries(
          Object.entries(sums).flatMap(([key, amount]) =>
            amount === 0n ? [] : [[key, formatAmount(amount)]],
          ),
        )
      expect(text(counters)).toEqual(text(rows))
      return text(rows)
    },
  }
  onTestFinished(async () => {
    await ledger.close()
    rmSync(dataDir, { recursive: true })
  })
  return result
}

export const INPUT: { readonly attributes: Record<string, string> } = {
  attributes: { 'llm.token.type': 'input' },
}
/** One point of input tokens of our library. */
export const input = (value: number, start: number, time: number, more: object = {}): ResourceMetrics[] =>
  exportOf([{ name: 'llm.client.tokens', value, start, time, ...INPUT, ...more }])
