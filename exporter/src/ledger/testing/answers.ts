/** Small answers for the ledger's tests. */
import { parseAmount } from '@usage-explorer/core/amount'
import { HOUR, MINUTE } from '../../clock.ts'
import { defineCut } from '../../usage/cut.ts'
import type { Answer, ReadingsAnswer, UsageRecord } from '../../usage/record.ts'
import type { SourceKey, SourceSpec } from '../../usage/source.ts'
import type { Booking } from '../ledger.ts'
import type { LedgerOptions } from '../open.ts'

export const BILLED: SourceSpec = {
  id: 'test.billing',
  kind: 'billed',
  measures: ['cost'],
  lagMs: HOUR,
  canState: ['api_key'],
}
export const METERED: SourceSpec = {
  id: 'test.preview',
  kind: 'metered',
  measures: ['tokens'],
  lagMs: 0,
  canState: ['description'],
}
export const T0: number = Date.UTC(2026, 9, 1, 10, 20)

const booking: Booking = {
  admit: () => undefined,
  counterFor: (_source, spec, series) => ({
    family: spec.kind === 'billed' ? 'cost' : 'tokens',
    labels: { key: series.stated.api_key ?? series.stated.description ?? '' },
  }),
  restatementFor: (_source, measure, currency, direction) => ({
    family: `restated_${measure}`,
    labels: { currency, direction },
  }),
}

export function keyOf(spec: SourceSpec): SourceKey {
  return { provider: 'test', account: 'a', source: spec.id }
}

/** An hourly answer by api_key; `rows` are [hours after the window's start, key, dollars]. */
export function answer(
  from: number,
  hours: number,
  fetchedAt: number,
  rows: readonly (readonly [number, string, string])[],
  completeness: Answer['completeness'] = 'complete',
): Answer {
  return {
    source: keyOf(BILLED),
    cut: defineCut(['api_key']),
    window: { from, to: from + hours * HOUR },
    widthMs: HOUR,
    fetchedAt,
    completeness,
    records: rows.map(([hour, key, dollars]): UsageRecord => {
      const amount = parseAmount(dollars)?.amount ?? 0n
      return {
        bucketStart: from + hour * HOUR,
        stated: { api_key: key },
        measure: 'cost',
        currency: 'USD',
        amount,
        raw: dollars,
        rawUnit: 'usd',
      }
    }),
  }
}

/** Cumulative tokens by description. */
export function readings(
  cycleStart: number | undefined,
  fetchedAt: number,
  totals: Readonly<Record<string, string>>,
  cycleEnd?: number,
): ReadingsAnswer {
  return {
    source: keyOf(METERED),
    cut: defineCut(['description']),
    widthMs: HOUR,
    fetchedAt,
    cycleStart,
    ...(cycleEnd === undefined ? {} : { cycleEnd }),
    readings: Object.entries(totals).map(([description, total]) => ({
      stated: { description },
      measure: 'tokens',
      currency: '',
      total: parseAmount(total)?.amount ?? 0n,
      raw: total,
      rawUnit: 'token',
    })),
  }
}

export function options(dataDir: string, now: () => number): LedgerOptions {
  return {
    dataDir,
    sources: [BILLED, METERED],
    booking,
    now,
    retentionMs: 90 * 24 * HOUR,
    scrapeIntervalMs: MINUTE,
  }
}
