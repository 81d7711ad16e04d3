import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { Database } from './database.ts'

async function open(): Promise<Database> {
  const directory = await mkdtemp(join(tmpdir(), 'database-'))
  const database = await Database.open(join(directory, 'test.duckdb'))
  onTestFinished(async () => {
    await database.close()
    await rm(directory, { recursive: true })
  })
  return database
}

test('after a fatal error the file is opened again once, however many ask at the same time', async () => {
  const database = await open()
  await database.transaction(0, (transaction) => transaction.run('CREATE TABLE t AS SELECT 1 AS n'))
  const before = database.generation
  await expect(database.read(`SELECT error('FATAL')`)).rejects.toMatchObject({ code: 'LEDGER_FAILED' })
  const answers = await Promise.all([
    database.read('SELECT n FROM t'),
    database.read('SELECT n FROM t'),
    database.transaction(0, (transaction) => transaction.rows('SELECT n FROM t')),
  ])
  expect(answers).toEqual([[{ n: 1 }], [{ n: 1 }], [{ n: 1 }]])
  expect(database.generation).toBe(before + 1)
})

test('a read under way ends before the file is closed, and whatever comes later does not open it again', async () => {
  const database = await open()
  const reading = database.read('SELECT count(*) AS n FROM range(3000000)')
  await database.close()
  expect(await reading).toEqual([{ n: 3_000_000n }])
  await expect(database.read('SELECT 1')).rejects.toMatchObject({ code: 'LEDGER_FAILED' })
  const late = database.transaction(0, (transaction) => transaction.run('SELECT 1'))
  await expect(late).rejects.toMatchObject({ code: 'LEDGER_FAILED' })
})
