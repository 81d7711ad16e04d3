/** Five million facts as a few hundred keys make them in 400 days, put in through the ledger's own commits. */
import { formatAmount } from '@usage-explorer/core/amount'
import { DAY, HOUR } from '../../exporter/src/clock.ts'
import type { Ledger } from '../../exporter/src/ledger/ledger.ts'
import { defineCut } from '../../exporter/src/usage/cut.ts'
import type { Stated } from '../../exporter/src/usage/dimensions.ts'
import type { Answer, UsageRecord } from '../../exporter/src/usage/record.ts'

export const KEYS = 500
const SERIES_OF_A_KEY = 4.5
const ROWS_AN_HOUR = 520
const DAYS_A_COMMIT = 4
const MODELS = ['grok-4-0709', 'grok-4-fast-reasoning', 'grok-code-fast-1', 'grok-3', 'grok-3-mini']
const KINDS = [
  'Prompt Text Tokens',
  'Completion Text Tokens',
  'Cached Prompt Text Tokens',
  'Reasoning Tokens',
]

/** Numbers from 0 to 1 that are the same in every run. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

const series: readonly Stated[] = Array.from({ length: KEYS * SERIES_OF_A_KEY }, (_, at) => ({
  api_key: `8d9a7c1e-5b1c-4f8e-9a70-${String(at % KEYS).padStart(12, '0')}`,
  description: `${MODELS[at % MODELS.length] ?? ''} ${KINDS[Math.floor(at / KEYS) % KINDS.length] ?? ''}`,
}))

/** The answer for a window: about 520 of the series spend in each hour. `change` restates every amount. */
export function answerFor(from: number, to: number, fetchedAt: number, size: number, change = 0): Answer {
  const records: UsageRecord[] = []
  const rows = Math.max(20, Math.round(ROWS_AN_HOUR * size))
  for (let bucketStart = from; bucketStart < to; bucketStart += HOUR) {
    const next = random(bucketStart / HOUR)
    const step = Math.max(1, Math.floor(series.length / rows))
    const first = Math.floor(next() * step)
    for (let at = first; at < series.length; at += step) {
      const stated = series[at]
      if (stated === undefined) continue
      const amount = (BigInt(Math.floor(next() * 1e9)) + BigInt(change)) * 10n ** 9n
      records.push({
        bucketStart,
        stated,
        measure: 'cost',
        currency: 'USD',
        amount,
        raw: formatAmount(amount),
        rawUnit: 'usd',
      })
    }
  }
  return {
    source: { provider: 'xai', account: 'production', source: 'xai.billing.usage' },
    cut: defineCut(['api_key', 'description']),
    window: { from, to },
    widthMs: HOUR,
    fetchedAt,
    completeness: 'complete',
    records,
  }
}

/** @param end exclusive end of the data, a whole hour */
export async function fill(ledger: Ledger, end: number, size: number): Promise<void> {
  const days = Math.max(8, Math.round(400 * Math.min(1, size * 4)))
  for (let from = end - days * DAY; from < end; from += DAYS_A_COMMIT * DAY) {
    const to = Math.min(end, from + DAYS_A_COMMIT * DAY)
    await ledger.commit(answerFor(from, to, end + 2 * HOUR, size))
  }
}
