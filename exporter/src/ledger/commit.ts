/** Takes one answer in: replaces what it covers, moves coverage, books the differences (design §4.3, §4.5). */
import type { DuckDBValue } from '@duckdb/node-api'
import { formatAmount, type Amount } from '@usage-explorer/core/amount'
import { answerWatermark, gaps, overlay, watermark, within, type Coverage } from '../usage/coverage.ts'
import type { Answer, Window } from '../usage/record.ts'
import { inTurns } from '../turns.ts'
import { assignSeries, book, bookable, moveExposures, type Begun, type Delta } from './booking.ts'
import type { Transaction } from './database.ts'
import type { CommitOutcome, CutState } from './ledger.ts'
import { bookRestatements } from './restatement.ts'
import { amountOf, append, decimal, integer } from './rows.ts'
import type { Work } from './work.ts'

/** A row to be in the ledger after the commit. */
export interface StagedRow {
  readonly seriesId: number
  readonly bucketStart: number
  readonly amount: Amount
  readonly raw: string
}

/** Buckets that start before this are beyond retention. */
export function retentionStart(now: number, retentionMs: number, widthMs: number): number {
  return Math.floor((now - retentionMs) / widthMs) * widthMs
}

/** Commits one answer inside `transaction`. The caller saves and adopts the work. */
export async function commitAnswer(
  transaction: Transaction,
  work: Work,
  answer: Answer,
  retentionMs: number,
): Promise<CommitOutcome> {
  const { widthMs, fetchedAt } = answer
  const horizon = retentionStart(work.context.now, retentionMs, widthMs)
  const kept = { from: Math.max(answer.window.from, horizon), to: answer.window.to }
  const refusedRows = answer.records.filter((record) => record.bucketStart < horizon).length
  const cut = work.cut(answer.cut, widthMs)
  // Of two answers for a bucket the later fetch stands, whichever was committed last. What a clock that ran ahead has
  // stamped with the future would stand for ever.
  const { now } = work.context
  const windows = gaps(cut.coverage, kept, (span) => span.fetchedAt > fetchedAt && span.fetchedAt <= now)
  if (windows.length === 0) return { changedRows: 0, refusedRows, restatedRows: 0 }

  const staged = await stage(work, cut, answer, windows)
  await writeStaged(transaction, staged)
  await findChanges(transaction, cut.id, windows, answer.completeness)
  let coverage = cut.coverage
  for (const window of windows) coverage = cover(coverage, window, answer, work.source.spec.lagMs)
  const outcome = await applyChanges(transaction, work, { cut, coverage, windows, staged })
  return { ...outcome, refusedRows }
}

/**
 * Books and stores what the temporary table `changed` holds, and gives the cut its new coverage.
 * Shared by answers, which replace, and readings, which add.
 */
export async function applyChanges(
  transaction: Transaction,
  work: Work,
  change: { cut: CutState; coverage: Coverage; windows: readonly Window[]; staged: readonly StagedRow[] },
): Promise<Omit<CommitOutcome, 'refusedRows'>> {
  const { cut, coverage, windows, staged } = change
  const before = watermark(cut.coverage)
  work.replaceCut({ ...cut, coverage })
  if ((watermark(coverage) ?? 0) > (before ?? 0)) work.source = { ...work.source, movedAt: work.context.now }

  await beginExposures(transaction, work, moveExposures(work))
  const touched = new Set(staged.map((row) => row.seriesId))
  for (const role of new Set(
    work.source.exposures.filter(({ cutId }) => cutId === cut.id).map(({ role }) => role),
  )) {
    const unassigned = work
      .seriesOf(cut.id)
      .filter((series) => touched.has(series.id) && work.assignments(series.id, role).length === 0)
    assignSeries(work, role, unassigned)
  }
  for (const window of windows) {
    for (const { exposure, part } of bookable(work, cut.id, window)) {
      const deltas = await transaction.rows(
        `SELECT series_id, bucket_start, coalesce(new, 0) - coalesce(old, 0) AS delta
         FROM changed WHERE ${inside(part)}`,
      )
      book(work, exposure, cut.widthMs, deltas.map(toDelta))
    }
  }
  const restatedRows = await bookRestatements(transaction, work, cut)
  const [counted] = await transaction.rows('SELECT count(*) AS n FROM changed')
  // The bounds let DuckDB skip every block of rows outside the windows.
  const from = Math.min(...windows.map((window) => window.from))
  const to = Math.max(...windows.map((window) => window.to))
  if (windows.length > 0) {
    await transaction.run(
      `DELETE FROM fact USING changed
       WHERE fact.cut_id = ${cut.id} AND fact.bucket_start >= ${from} AND fact.bucket_start < ${to}
         AND fact.series_id = changed.series_id AND fact.bucket_start = changed.bucket_start`,
    )
    await transaction.run(
      `INSERT INTO fact SELECT ${cut.id}, series_id, bucket_start, new, raw FROM changed WHERE new IS NOT NULL`,
    )
  }
  return { changedRows: integer(counted ?? {}, 'n'), restatedRows }
}

/** Gives a newly exposed cut its counters, and books the rows that it already holds from its start on. */
export async function beginExposures(
  transaction: Transaction,
  work: Work,
  begun: readonly Begun[],
): Promise<void> {
  for (const { exposure, cut } of begun) {
    assignSeries(work, exposure.role, work.seriesOf(cut.id))
    const rows = await transaction.rows(
      `SELECT series_id, bucket_start, amount AS delta FROM fact
       WHERE cut_id = ${cut.id} AND bucket_start >= ${exposure.from}`,
    )
    book(work, exposure, cut.widthMs, rows.map(toDelta))
  }
}

/** Puts rows into the temporary table `staged`. */
export async function writeStaged(transaction: Transaction, rows: readonly StagedRow[]): Promise<void> {
  await transaction.run(
    `CREATE OR REPLACE TEMP TABLE staged
       (series_id INTEGER, bucket_start BIGINT, amount DECIMAL(38,18), raw VARCHAR)`,
  )
  const values: DuckDBValue[][] = []
  await inTurns(rows, ({ seriesId, bucketStart, amount, raw }) => {
    const plain = formatAmount(amount)
    values.push([seriesId, BigInt(bucketStart), decimal(amount), raw === plain ? null : raw])
  })
  await append(transaction, 'temp.staged', values)
}

async function stage(
  work: Work,
  cut: CutState,
  answer: Answer,
  windows: readonly Window[],
): Promise<StagedRow[]> {
  const rows = new Map<string, StagedRow>()
  await inTurns(answer.records, (record) => {
    const { bucketStart, amount, raw } = record
    const inWindow = windows.some((window) => bucketStart >= window.from && bucketStart < window.to)
    // Inside coverage no row means 0, so zeros need no row.
    if (amount === 0n || !inWindow) return
    const seriesId = work.series(cut.id, record.stated, record.measure, record.currency, record.rawUnit)
    rows.set(`${seriesId}/${bucketStart}`, { seriesId, bucketStart, amount, raw })
  })
  return [...rows.values()]
}

/** Fills the temporary table `changed` with rows that differ from what is stored. */
async function findChanges(
  transaction: Transaction,
  cutId: number,
  windows: readonly Window[],
  completeness: Answer['completeness'],
): Promise<void> {
  const stored = `SELECT series_id, bucket_start, amount FROM fact
    WHERE cut_id = ${cutId} AND (${windows.map(inside).join(' OR ')})`
  // A truncated answer gives lower bounds: it only raises cells, and says nothing of those it lacks.
  const [join, differs] =
    completeness === 'complete'
      ? ['FULL', 'staged.amount IS DISTINCT FROM stored.amount']
      : ['LEFT', '(stored.amount IS NULL OR staged.amount > stored.amount)']
  await transaction.run(
    `CREATE OR REPLACE TEMP TABLE changed AS
     SELECT series_id, bucket_start, stored.amount AS old, staged.amount AS new, staged.raw
     FROM staged ${join} JOIN (${stored}) stored USING (series_id, bucket_start)
     WHERE ${differs}`,
  )
}

function cover(coverage: Coverage, window: Window, answer: Answer, lagMs: number): Coverage {
  const { fetchedAt } = answer
  const mark = answerWatermark(window, fetchedAt, lagMs, answer.widthMs)
  const settled = { from: window.from, to: mark }
  const open = overlay(coverage, { from: mark, to: window.to, state: 'provisional', fetchedAt })
  if (answer.completeness === 'complete') return overlay(open, { ...settled, state: 'complete', fetchedAt })
  let result = open
  for (const gap of gaps(coverage, settled, (span) => span.state === 'complete')) {
    result = overlay(result, { ...gap, state: 'partial', fetchedAt })
  }
  for (const span of within(coverage, settled)) {
    if (span.state === 'complete') result = overlay(result, { ...span, newerTruncated: true })
  }
  return result
}

function inside(window: Window): string {
  return `bucket_start >= ${window.from} AND bucket_start < ${window.to}`
}

function toDelta(row: Record<string, DuckDBValue>): Delta {
  return {
    seriesId: integer(row, 'series_id'),
    bucketStart: integer(row, 'bucket_start'),
    amount: amountOf(row, 'delta'),
  }
}
