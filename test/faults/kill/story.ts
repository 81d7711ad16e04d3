/** A long row of answers, and what the ledger must hold after each of them. Pure: the same number gives the same answer. */
import { HOUR } from '../../../exporter/src/clock.ts'
import { answer, T0 } from '../../../exporter/src/ledger/testing/answers.ts'
import type { Answer } from '../../../exporter/src/usage/record.ts'
import { formatAmount, type Amount } from '@usage-explorer/core/amount'

const HOUR0 = Math.ceil(T0 / HOUR) * HOUR
const KEYS = 20
const MANY_KEYS = 500
const MANY_EVERY = 9
const AGAIN_EVERY = 4

/** A cell is `<bucket start> <key>`. */
export type Cells = ReadonlyMap<string, Amount>

/**
 * The hour that answer `number` is about. Even ones go forward in time and enter the counters, odd ones go back as a backfill
 * does; every fourth is about an hour that was answered before, with other figures and fewer keys.
 */
function hourOf(number: number): number {
  const about = number % AGAIN_EVERY === AGAIN_EVERY - 2 ? Math.max(0, number - 2 * AGAIN_EVERY) : number
  return HOUR0 + (about % 2 === 0 ? about : -about) * HOUR
}

/** Amounts use all 18 decimals, so that one lost or doubled row shows in the sum. */
function rowsOf(number: number): (readonly [number, string, string])[] {
  const keys = number % MANY_EVERY === 0 ? MANY_KEYS : KEYS
  return Array.from({ length: keys }, (_, key) => {
    const amount = BigInt(number + 1) * 10n ** 18n + BigInt(number * MANY_KEYS + key + 1)
    return [0, `key-${key}`, formatAmount(amount)]
  })
}

/** Fetched long after its hour, so that it is complete. */
export function answerOf(number: number): Answer {
  return answer(hourOf(number), 1, HOUR0 + (number + 3) * HOUR, rowsOf(number))
}

/** What the ledger holds once answers 0 to `count - 1` are in. */
export function cellsAfter(count: number): Cells {
  const hours = new Map<number, Answer['records']>()
  for (let number = 0; number < count; number++) {
    const { window, records } = answerOf(number)
    hours.set(window.from, records)
  }
  const records = [...hours.values()].flat()
  return new Map(
    records.map(({ bucketStart, stated, amount }) => [`${bucketStart} ${stated.api_key ?? ''}`, amount]),
  )
}
