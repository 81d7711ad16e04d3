/** Puts a backup in the place of the ledger while no service runs. */
import { link, mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { UsageExplorerError } from '../errors.ts'
import { backupFailure, copyWithLog, exists, removeWithLog } from './backup.ts'
import { Database, type Row } from './database.ts'
import { openMigrated } from './schema.ts'

export interface RestoreOutcome {
  /** Where the ledger that was there is kept; undefined where there was none. */
  readonly kept: string | undefined
  /** Counters that go on from what the ledger before had published. */
  readonly counters: number
}

/**
 * Replaces `<dataDir>/ledger.duckdb` by a copy of `from`; the ledger that was there stays beside it. One rename decides,
 * so that an end in the middle leaves the one or the other.
 *
 * Counters never fall: those of the ledger that was there keep what they had published, and the restored sums catch up
 * as the look-back is read again (their difference is in the `…_held` metric until then).
 *
 * @param options.now ms since the epoch, for the name of what is kept
 * @throws UsageExplorerError LEDGER_LOCKED while a service runs, LEDGER_TOO_NEW, BACKUP_FAILED
 */
export async function restoreLedger(options: {
  readonly dataDir: string
  readonly from: string
  readonly now: number
}): Promise<RestoreOutcome> {
  const { dataDir, from, now } = options
  if (!(await exists(from))) throw new UsageExplorerError('BACKUP_FAILED', `there is nothing at ${from}`)
  await mkdir(dataDir, { recursive: true })
  const path = join(dataDir, 'ledger.duckdb')
  const unfinished = `${path}.restoring`
  try {
    // Opening it shows that no service holds it; closing it takes its log in.
    const present = (await exists(path)) ? await Database.open(path) : undefined
    const published = present && (await publishedCounters(present).finally(() => present.close()))
    await copyWithLog(from, unfinished)
    const restored = await openMigrated(unfinished)
    await carryOver(restored, published ?? []).finally(() => restored.close())
    const kept =
      published === undefined ? undefined : join(dataDir, `ledger-before-restore-${stamp(now)}.duckdb`)
    if (kept !== undefined) await link(path, kept)
    await rename(unfinished, path)
    return { kept, counters: published?.length ?? 0 }
  } catch (thrown) {
    await removeWithLog(unfinished)
    if (thrown instanceof UsageExplorerError && ['LEDGER_LOCKED', 'LEDGER_TOO_NEW'].includes(thrown.code)) {
      throw thrown
    }
    throw backupFailure(thrown)
  }
}

const COLUMNS = 'family, labels, published, born_at'

async function publishedCounters(database: Database): Promise<Row[]> {
  return database.read(`SELECT ${COLUMNS} FROM counter WHERE shown`)
}

/** A counter that the backup does not know yet begins with an empty sum behind what it has published. */
async function carryOver(restored: Database, published: readonly Row[]): Promise<void> {
  await restored.transaction(published.length, async (transaction) => {
    for (const { family = null, labels = null, published: value = null, born_at = null } of published) {
      const key = { family, labels }
      const [known] = await transaction.rows(
        'SELECT 1 FROM counter WHERE family = $family AND labels = $labels',
        key,
      )
      if (known === undefined) {
        await transaction.run(
          `INSERT INTO counter SELECT coalesce(max(id), 0) + 1, $family, $labels, 0, $value, $born_at, $born_at, true
           FROM counter`,
          { ...key, value, born_at },
        )
      } else {
        await transaction.run(
          `UPDATE counter SET published = greatest(published, $value), shown = true
           WHERE family = $family AND labels = $labels`,
          { ...key, value },
        )
      }
    }
  })
}

/** 20261121T081500Z */
function stamp(instantMs: number): string {
  return new Date(instantMs).toISOString().replace(/[-:]|\.\d+/g, '')
}
