/** Copies of the ledger's file that are whole, and what opens them to see that they are. */
import { execFile } from 'node:child_process'
import { access, constants, copyFile, open, rename, rm, stat } from 'node:fs/promises'
import { promisify } from 'node:util'
import { UsageExplorerError } from '../errors.ts'
import { Database } from './database.ts'
import type { BackupOutcome } from './ledger.ts'
import { integer } from './rows.ts'

/**
 * Copies file and log while nothing is written, then opens the copy, which takes the log in and shows that it can be
 * read. Throws BACKUP_FAILED.
 */
export async function backUpFile(database: Database, path: string, to: string): Promise<BackupOutcome> {
  if (await exists(to)) throw new UsageExplorerError('BACKUP_FAILED', `there is something at ${to} already`)
  const unfinished = `${to}.unfinished`
  try {
    const expected = await database.undisturbed(async () => {
      await copyElsewhere(path, unfinished)
      return countFacts(database)
    })
    const facts = await takeInLog(unfinished)
    if (facts !== expected) {
      throw new UsageExplorerError('BACKUP_FAILED', `the copy holds ${facts} of ${expected} rows`)
    }
    await rename(unfinished, to)
    return { facts, bytes: (await stat(to)).size }
  } catch (thrown) {
    await removeWithLog(unfinished)
    throw backupFailure(thrown)
  }
}

const COPY = `const { copyFileSync, constants } = require('node:fs')
for (let at = 1; at < process.argv.length; at += 2)
  copyFileSync(process.argv[at], process.argv[at + 1], constants.COPYFILE_FICLONE)`

/**
 * Copies from a process of its own: where this one opened and closed the file, all its locks on it would be gone, as
 * POSIX has it (https://pubs.opengroup.org/onlinepubs/9799919799/functions/fcntl.html), and another service could
 * open the ledger beside it.
 */
async function copyElsewhere(from: string, to: string): Promise<void> {
  await removeWithLog(to)
  const pairs = [from, to, ...((await exists(`${from}.wal`)) ? [`${from}.wal`, `${to}.wal`] : [])]
  await promisify(execFile)(process.execPath, ['-e', COPY, ...pairs], { env: {}, windowsHide: true })
}

/** Copies a ledger's file, and the log beside it if there is one. */
export async function copyWithLog(from: string, to: string): Promise<void> {
  await removeWithLog(to)
  await copyFile(from, to, constants.COPYFILE_FICLONE)
  if (await exists(`${from}.wal`)) await copyFile(`${from}.wal`, `${to}.wal`, constants.COPYFILE_FICLONE)
}

export async function removeWithLog(path: string): Promise<void> {
  for (const name of [path, `${path}.wal`]) await rm(name, { force: true })
}

/** Any failure as BACKUP_FAILED with the system's own reason, which holds paths and no secrets. */
export function backupFailure(thrown: unknown): UsageExplorerError {
  if (thrown instanceof UsageExplorerError && thrown.code === 'BACKUP_FAILED') return thrown
  const reason = thrown instanceof Error ? thrown.message : String(thrown)
  return new UsageExplorerError('BACKUP_FAILED', reason, { cause: thrown })
}

/** Closing writes the log into the file. The file is on the disk when this resolves. */
async function takeInLog(path: string): Promise<number> {
  const copy = await Database.open(path)
  const facts = await countFacts(copy).finally(() => copy.close())
  const file = await open(path, 'r+')
  await file.sync().finally(() => file.close())
  return facts
}

async function countFacts(database: Database): Promise<number> {
  const [row] = await database.read('SELECT count(*) AS n FROM fact')
  return integer(row ?? {}, 'n')
}

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
