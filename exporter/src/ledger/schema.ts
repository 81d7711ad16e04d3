/** The ledger's tables, as numbered migrations. A migration is never edited once released; a new one is added. */
import { copyFile, rename } from 'node:fs/promises'
import { UsageExplorerError } from '../errors.ts'
import { Database } from './database.ts'

/** Instants are milliseconds since 1970 in BIGINT: DuckDB's time zone functions are never needed on rows. */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE source (
    id INTEGER, provider VARCHAR, account VARCHAR, source VARCHAR,
    epoch BIGINT, moved_at BIGINT, reader_state VARCHAR
  );
  CREATE TABLE cut (id INTEGER, source_id INTEGER, dimensions VARCHAR, live BOOLEAN, width_ms BIGINT);
  CREATE TABLE coverage (
    cut_id INTEGER, from_at BIGINT, to_at BIGINT, state VARCHAR, fetched_at BIGINT,
    lump BOOLEAN, newer_truncated BOOLEAN
  );
  CREATE TABLE exposure (
    source_id INTEGER, role VARCHAR, cut_id INTEGER, from_bucket BIGINT, until_bucket BIGINT, booked_until BIGINT
  );
  CREATE TABLE series (
    id INTEGER, cut_id INTEGER, stated VARCHAR, measure VARCHAR, currency VARCHAR, raw_unit VARCHAR
  );
  -- No primary key: it costs six times the disk and slows every write. The writer keeps rows unique.
  -- raw: the provider's literal where it is not the amount's own plain decimal.
  CREATE TABLE fact (
    cut_id INTEGER, series_id INTEGER, bucket_start BIGINT, amount DECIMAL(38,18), raw VARCHAR
  );
  CREATE TABLE reading (series_id INTEGER, cycle_start BIGINT, read_at BIGINT, total DECIMAL(38,18));
  CREATE TABLE counter (
    id INTEGER, family VARCHAR, labels VARCHAR,
    ledger DECIMAL(38,18), published DECIMAL(38,18), born_at BIGINT, visible_at BIGINT, shown BOOLEAN
  );
  CREATE TABLE assignment (series_id INTEGER, role VARCHAR, from_bucket BIGINT, counter_id INTEGER);
  CREATE TABLE name (
    provider VARCHAR, account VARCHAR, kind VARCHAR, id VARCHAR, listed BOOLEAN, first_seen_at BIGINT, entry VARCHAR
  );
  CREATE TABLE price (
    provider VARCHAR, account VARCHAR, model VARCHAR, type VARCHAR, tier VARCHAR, currency VARCHAR,
    per_unit DECIMAL(38,18), since BIGINT, seen_at BIGINT, listed BOOLEAN
  );
  CREATE TABLE level (
    provider VARCHAR, account VARCHAR, family VARCHAR, kind VARCHAR, model VARCHAR, currency VARCHAR,
    amount DECIMAL(38,18), seen_at BIGINT
  );
  CREATE TABLE document (
    provider VARCHAR, account VARCHAR, kind VARCHAR, id VARCHAR, cycle_start BIGINT, seen_at BIGINT, body VARCHAR
  );
  `,
  `
  -- Accounts that are no longer configured and were taken out of what is published.
  CREATE TABLE removed (account VARCHAR);
  `,
  `
  -- How far each stream of observed points was counted; the newest row of an id stands.
  CREATE TABLE stream (id VARCHAR, seen_at BIGINT, state VARCHAR);
  -- From when on apps could send: what a stream counted before that is not ours to count.
  CREATE TABLE receiver (since BIGINT);
  CREATE TABLE call (
    id VARCHAR, ended_at BIGINT, provider VARCHAR, account VARCHAR, cost DECIMAL(38,18), currency VARCHAR, body VARCHAR
  );
  `,
  `
  -- Budgets made over HTTP, what crossed them, alerts that came in.
  CREATE TABLE note (kind VARCHAR, id VARCHAR, happened_at BIGINT, body VARCHAR);
  `,
]

/**
 * Opens the ledger's file and brings its tables up to date, after copying the file to `<path>.before-<version>`.
 * Throws LEDGER_TOO_NEW for a file that a newer release has written.
 */
export async function openMigrated(
  path: string,
  migrations: readonly string[] = MIGRATIONS,
): Promise<Database> {
  let database = await Database.open(path)
  await database.transaction(0, (transaction) =>
    transaction.run('CREATE TABLE IF NOT EXISTS migration (version INTEGER, applied_at TIMESTAMP)'),
  )
  const [row] = await database.read('SELECT coalesce(max(version), 0) AS version FROM migration')
  const found = Number(row?.['version'])
  if (found > migrations.length) {
    await database.close()
    throw new UsageExplorerError(
      'LEDGER_TOO_NEW',
      `${path} has format ${found}, this release knows up to ${migrations.length}`,
    )
  }
  for (let version = found + 1; version <= migrations.length; version++) {
    if (found > 0) database = await backUp(database, path, version)
    await database.transaction(0, async (transaction) => {
      await transaction.run(migrations[version - 1] ?? '')
      await transaction.run(`INSERT INTO migration VALUES (${version}, now()::TIMESTAMP)`)
    })
  }
  return database
}

async function backUp(database: Database, path: string, version: number): Promise<Database> {
  // Closing writes the log into the file, so that the copy is whole.
  await database.close()
  const copy = `${path}.before-${version}`
  await copyFile(path, `${copy}.part`)
  await rename(`${copy}.part`, copy)
  return Database.open(path)
}
