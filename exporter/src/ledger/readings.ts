/** Takes cumulative figures in: a difference counts whole in the bucket where it ends (design §4.3, Readings). */
import { gaps, overlay, type Coverage, type Span } from '../usage/coverage.ts'
import type { CumulativeReading, ReadingsAnswer } from '../usage/record.ts'
import { applyChanges, retentionStart, writeStaged, type StagedRow } from './commit.ts'
import type { Transaction } from './database.ts'
import type { CommitOutcome } from './ledger.ts'
import type { Reading } from './memory.ts'
import type { Work } from './work.ts'

/** Commits one answer's readings inside `transaction`. The caller saves and adopts the work. */
export async function commitReadings(
  transaction: Transaction,
  work: Work,
  answer: ReadingsAnswer,
  retentionMs: number,
): Promise<CommitOutcome> {
  const { widthMs } = answer
  const readAt = answer.cycleEnd ?? answer.fetchedAt
  const bucketStart = Math.floor((answer.cycleEnd === undefined ? readAt : readAt - 1) / widthMs) * widthMs
  if (bucketStart < retentionStart(work.context.now, retentionMs, widthMs)) {
    return { changedRows: 0, refusedRows: answer.readings.length, restatedRows: 0 }
  }
  const cut = work.cut(answer.cut, widthMs)
  const last = latest(work, answer, cut.id)
  // A figure read before the one that is known says nothing new.
  if (last !== undefined && readAt < last.readAt) return { changedRows: 0, refusedRows: 0, restatedRows: 0 }

  const staged = answer.readings.flatMap((reading): StagedRow[] => {
    const seriesId = work.series(cut.id, reading.stated, reading.measure, reading.currency, reading.rawUnit)
    const before = work.reading(seriesId, answer.cycleStart)
    work.setReading(seriesId, { cycleStart: answer.cycleStart, readAt, total: reading.total })
    const amount = difference(reading, before, answer.cycleStart)
    return amount === 0n ? [] : [{ seriesId, bucketStart, amount, raw: reading.raw }]
  })
  const from = last?.readAt ?? answer.cycleStart ?? readAt
  const coverage = cover(cut.coverage, from, bucketStart, answer)
  await writeStaged(transaction, staged)
  await transaction.run(
    `CREATE OR REPLACE TEMP TABLE changed AS
     SELECT series_id, bucket_start, stored.amount AS old,
            staged.amount + coalesce(stored.amount, 0) AS new, staged.raw
     FROM staged LEFT JOIN (SELECT series_id, bucket_start, amount FROM fact
       WHERE cut_id = ${cut.id} AND bucket_start = ${bucketStart}) stored USING (series_id, bucket_start)`,
  )
  const windows = [{ from: bucketStart, to: bucketStart + widthMs }]
  const outcome = await applyChanges(transaction, work, { cut, coverage, windows, staged })
  return { ...outcome, refusedRows: 0 }
}

function difference(
  reading: CumulativeReading,
  before: Reading | undefined,
  cycleStart: number | undefined,
): bigint {
  if (before !== undefined) return reading.total - before.total
  // Nothing is known of when the cycle began: the first figure is a baseline.
  return cycleStart === undefined ? 0n : reading.total
}

/** The newest earlier reading of the same cycle, of any figure of this cut. */
function latest(work: Work, answer: ReadingsAnswer, cutId: number): Reading | undefined {
  return work
    .seriesOf(cutId)
    .map((series) => work.reading(series.id, answer.cycleStart))
    .filter((reading) => reading !== undefined)
    .toSorted((a, b) => b.readAt - a.readAt)[0]
}

/**
 * Coverage after a reading that stands for [`from`, read]. Where it jumped over whole buckets they are known only as
 * one lump; straddling the edge of one bucket is within the accuracy of polling and is not a lump.
 */
function cover(coverage: Coverage, from: number, bucketStart: number, answer: ReadingsAnswer): Coverage {
  const { widthMs, fetchedAt } = answer
  const end = bucketStart + widthMs
  const first = Math.floor(from / widthMs) * widthMs
  const settled = coverage.map((span): Span => {
    if (span.state === 'complete' || span.to > bucketStart) return span
    // What an older cycle counted after its last reading is in no figure of this one.
    if (span.from < (answer.cycleStart ?? -Infinity)) return { ...span, state: 'partial' }
    return { ...span, state: 'complete', fetchedAt }
  })
  const state = answer.cycleEnd === undefined ? 'provisional' : 'complete'
  const jumped = bucketStart - first > widthMs
  if (jumped) {
    const [gap] = gaps(settled, { from: first, to: end }, (span) => span.to <= bucketStart).slice(-1)
    return overlay(settled, { from: gap?.from ?? first, to: end, state, fetchedAt, lump: true })
  }
  let result: Coverage = settled
  for (const gap of gaps(settled, { from: first, to: bucketStart }, () => true)) {
    result = overlay(result, { ...gap, state: 'complete', fetchedAt })
  }
  const open = result.find((span) => span.from < end && span.to === end)
  return overlay(result, { from: bucketStart, to: end, ...open, state, fetchedAt })
}
