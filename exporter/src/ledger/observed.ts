/** Takes observed increments in: each adds to its bucket and is booked as it is (design §4.3, OTLP). */
import { HOUR, MINUTE } from '../clock.ts'
import type { Amount } from '@usage-explorer/core/amount'
import { inTurns } from '../turns.ts'
import type { Coverage } from '../usage/coverage.ts'
import { OBSERVED_CUT, type ObservedPart, type StreamState } from '../usage/observed.ts'
import type { Window } from '../usage/record.ts'
import { applyChanges, retentionStart, writeStaged, type StagedRow } from './commit.ts'
import type { Row, Transaction } from './database.ts'
import type { CommitOutcome, CutState } from './ledger.ts'
import { append, text } from './rows.ts'
import type { Work } from './work.ts'

/** Buckets are minutes for so long, then hours: nobody asks for a minute of last week. */
const MINUTES_KEPT_MS = 48 * HOUR

/** Commits one source's increments inside `transaction`. The caller saves and adopts the work. */
export async function commitObserved(
  transaction: Transaction,
  work: Work,
  part: ObservedPart,
  retentionMs: number,
): Promise<CommitOutcome> {
  const { now } = work.context
  const cut = work.cut(OBSERVED_CUT, MINUTE)
  const horizon = retentionStart(now, retentionMs, HOUR)
  const kept = part.increments.filter(({ at }) => at >= horizon)
  const staged = await stage(work, cut, { ...part, increments: kept })
  const window = windowOf(staged)
  const newest = Math.min(part.newest, now)
  const coverage = cover(cut.coverage, newest, window?.from ?? newest)
  await writeStaged(transaction, staged)
  await transaction.run(
    `CREATE OR REPLACE TEMP TABLE changed AS
     SELECT series_id, bucket_start, stored.amount AS old,
            staged.amount + coalesce(stored.amount, 0) AS new, NULL::VARCHAR AS raw
     FROM staged LEFT JOIN (SELECT series_id, bucket_start, amount FROM fact WHERE cut_id = ${cut.id}
       AND bucket_start >= ${window?.from ?? 0} AND bucket_start < ${window?.to ?? 0})
       stored USING (series_id, bucket_start)`,
  )
  const windows = window === undefined ? [] : [window]
  const outcome = await applyChanges(transaction, work, { cut, coverage, windows, staged })
  return { ...outcome, refusedRows: part.increments.length - kept.length }
}

/** Sums what falls into the same bucket of the same series, and leaves out what came to nothing. */
async function stage(work: Work, cut: CutState, { increments }: ObservedPart): Promise<StagedRow[]> {
  const thinned = thinnedBefore(work.context.now)
  const sums = new Map<string, { seriesId: number; bucketStart: number; amount: Amount }>()
  await inTurns(increments, ({ at, stated, measure, currency, amount }) => {
    const seriesId = work.series(cut.id, stated, measure, currency, measure)
    const width = at < thinned ? HOUR : MINUTE
    const bucketStart = Math.floor(at / width) * width
    const key = `${seriesId}/${bucketStart}`
    const known = sums.get(key)
    if (known === undefined) sums.set(key, { seriesId, bucketStart, amount })
    else known.amount += amount
  })
  return [...sums.values()].flatMap((row) => (row.amount === 0n ? [] : [{ ...row, raw: '' }]))
}

function windowOf(staged: readonly StagedRow[]): Window | undefined {
  let [from, to] = [Infinity, -Infinity]
  for (const { bucketStart } of staged) {
    from = Math.min(from, bucketStart)
    to = Math.max(to, bucketStart + MINUTE)
  }
  return from < to ? { from, to } : undefined
}

/** One stretch of lower bounds up to the newest point: who did not send is unknown. The minute that runs is provisional. */
function cover(coverage: Coverage, newest: number, from: number): Coverage {
  const mark = Math.floor(newest / MINUTE) * MINUTE
  const to = Math.max(mark, ...coverage.map((span) => (span.state === 'partial' ? span.to : 0)))
  const start = Math.min(from, mark, ...coverage.map((span) => span.from))
  const settled = { from: start, to, state: 'partial', fetchedAt: to } as const
  const open = { from: to, to: to + MINUTE, state: 'provisional', fetchedAt: to } as const
  return start < to ? [settled, open] : [open]
}

/** Joins the minutes of long ago to hours. Sums stay, and counters have nothing to do with it. */
export async function thinObserved(transaction: Transaction, cut: CutState, now: number): Promise<void> {
  const old = `cut_id = ${cut.id} AND bucket_start < ${thinnedBefore(now)}`
  const hour = `bucket_start // ${HOUR} * ${HOUR}`
  await transaction.run(
    `CREATE OR REPLACE TEMP TABLE thinned AS
     SELECT series_id, ${hour} AS bucket_start, sum(amount)::DECIMAL(38,18) AS amount FROM fact
     WHERE ${old} AND ${hour} IN (SELECT DISTINCT ${hour} FROM fact WHERE ${old} AND bucket_start % ${HOUR} <> 0)
     GROUP BY ALL`,
  )
  await transaction.run(
    `DELETE FROM fact WHERE ${old} AND ${hour} IN (SELECT DISTINCT bucket_start FROM thinned)`,
  )
  await transaction.run(
    `INSERT INTO fact SELECT ${cut.id}, series_id, bucket_start, amount, NULL FROM thinned WHERE amount <> 0`,
  )
}

/** Streams are appended, the newest state of each stands; now and then the others are taken out. */
export async function saveStreams(
  transaction: Transaction,
  streams: readonly StreamState[],
  now: number,
): Promise<void> {
  const rows = streams.map(({ id, state }) => [id, BigInt(now), state])
  await append(transaction, 'stream', rows)
}

/** The newest state of each stream that was seen since `since`. */
export async function loadStreams(
  read: (sql: string) => Promise<Row[]>,
  since: number,
): Promise<StreamState[]> {
  const rows = await read(
    `SELECT id, arg_max(state, (seen_at, rowid)) AS state FROM stream WHERE seen_at >= ${since} GROUP BY id`,
  )
  return rows.map((row) => ({ id: text(row, 'id'), state: text(row, 'state') }))
}

/** Keeps the newest state of each stream that was seen since `since`. */
export async function pruneStreams(transaction: Transaction, since: number): Promise<void> {
  await transaction.run(
    `DELETE FROM stream WHERE seen_at < ${since} OR rowid NOT IN
       (SELECT arg_max(rowid, (seen_at, rowid)) FROM stream GROUP BY id)`,
  )
}

function thinnedBefore(now: number): number {
  return Math.floor((now - MINUTES_KEPT_MS) / HOUR) * HOUR
}
