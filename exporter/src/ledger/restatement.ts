/** Keeps count of what a provider changed in stretches that it had already answered completely. */
import type { Transaction } from './database.ts'
import type { CutState, Series } from './ledger.ts'
import { amountOf, integer } from './rows.ts'
import type { Work } from './work.ts'

/**
 * Reads the temporary table `changed` and books what lies in the cut's coverage as it was before.
 *
 * @param cut the cut before this write
 * @returns how many cells were restated
 */
export async function bookRestatements(transaction: Transaction, work: Work, cut: CutState): Promise<number> {
  const settled = cut.coverage.filter((span) => span.state === 'complete')
  if (settled.length === 0) return 0
  const ranges = settled.map(({ from, to }) => `(bucket_start >= ${from} AND bucket_start < ${to})`)
  const rows = await transaction.rows(
    `SELECT series_id, coalesce(new, 0) > coalesce(old, 0) AS up, count(*) AS n,
            sum(coalesce(new, 0) - coalesce(old, 0))::DECIMAL(38,18) AS delta
     FROM changed WHERE ${ranges.join(' OR ')} GROUP BY ALL`,
  )
  // Each cut restates the same money; only the one that counters read is counted.
  const counts = work.source.exposures.some(
    (exposure) => exposure.role === 'exposed' && exposure.cutId === cut.id && exposure.until === undefined,
  )
  const series = new Map<number, Series>(work.seriesOf(cut.id).map((one) => [one.id, one]))
  let restated = 0
  for (const row of rows) {
    restated += integer(row, 'n')
    const of = series.get(integer(row, 'series_id'))
    if (!counts || of === undefined) continue
    const delta = amountOf(row, 'delta')
    const direction = delta > 0n ? 'up' : 'down'
    const counter = work.context.booking.restatementFor(work.source.key, of.measure, of.currency, direction)
    if (counter !== undefined) work.add(work.counterId(counter), delta < 0n ? -delta : delta)
  }
  return restated
}
