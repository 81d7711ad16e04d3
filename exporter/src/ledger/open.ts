/** Opens the ledger. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Database } from './database.ts'
import { DuckLedger, type LedgerOptions } from './duck-ledger.ts'
import type { Ledger } from './ledger.ts'
import { loadMemory } from './memory.ts'
import { integer } from './rows.ts'
import { openMigrated } from './schema.ts'

export type { LedgerOptions } from './duck-ledger.ts'

/** Opens `<dataDir>/ledger.duckdb`. Throws LEDGER_LOCKED, LEDGER_TOO_NEW, LEDGER_DISK_FULL or LEDGER_FAILED. */
export async function openLedger(options: LedgerOptions): Promise<Ledger> {
  await mkdir(options.dataDir, { recursive: true })
  const path = join(options.dataDir, 'ledger.duckdb')
  const database = await openMigrated(path)
  const memory = await loadMemory(database, options.sources)
  options.booking.admit([...memory.counters.values()])
  const ledger = new DuckLedger(
    database,
    memory,
    await receivingSince(database, options.now()),
    path,
    options,
  )
  options.onOpen?.(ledger)
  await ledger.reassign()
  return ledger
}

/** When this ledger was first opened by a release that takes observed usage. */
async function receivingSince(database: Database, now: number): Promise<number> {
  const [known] = await database.read('SELECT since FROM receiver')
  if (known !== undefined) return integer(known, 'since')
  await database.transaction(1, (transaction) => transaction.run(`INSERT INTO receiver VALUES (${now})`))
  return now
}
