/** Backups, restores, accounts that go. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatAmount } from '@usage-explorer/core/amount'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { HOUR, MINUTE } from '../clock.ts'
import type { Answer } from '../usage/record.ts'
import { Database } from './database.ts'
import type { Booking, Ledger } from './ledger.ts'
import { openLedger, type LedgerOptions } from './open.ts'
import { restoreLedger } from './restore.ts'
import { answer, options, T0 } from './testing/answers.ts'

const HOUR0 = Date.UTC(2026, 9, 1, 10)

const booking: Booking = {
  admit: () => undefined,
  counterFor: ({ account }, _spec, { stated }) => ({
    family: 'cost',
    labels: { account, key: stated.api_key ?? '' },
  }),
  restatementFor: () => undefined,
}

let dataDir: string
let now: number
let ledger: Ledger

const settings = (): LedgerOptions => ({ ...options(dataDir, () => now), booking })

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'ledger-'))
  now = T0
  ledger = await openLedger(settings())
})

afterEach(async () => {
  await ledger.close()
  await rm(dataDir, { recursive: true })
})

async function reopen(): Promise<void> {
  await ledger.close()
  ledger = await openLedger(settings())
}

function of(account: string, given: Answer): Answer {
  return { ...given, source: { ...given.source, account } }
}

/** Spends in the hour after the epoch, and lets the counter show it. */
async function spend(account: string, hour: number, dollars: string): Promise<void> {
  // The epoch: what comes after it counts.
  if (!ledger.sources().some(({ key }) => key.account === account)) {
    await ledger.commit(of(account, answer(HOUR0, 1, now, [])))
  }
  now = HOUR0 + (hour + 1) * HOUR + 30 * MINUTE
  await ledger.commit(of(account, answer(HOUR0 + hour * HOUR, 1, now, [[0, 'k', dollars]])))
  now += 5 * MINUTE
  await ledger.release()
}

function counters(): string[] {
  return ledger
    .counters()
    .map(
      ({ labels, published, ledger: sum }) =>
        `${labels['account']} ${formatAmount(published)} ${formatAmount(sum)}`,
    )
}

describe('a backup', () => {
  test('holds what was committed, whatever is committed while it is made, and opens as a ledger', async () => {
    await spend('a', 1, '10')
    const path = join(dataDir, 'copy.duckdb')
    const [outcome] = await Promise.all([ledger.backUp(path), spend('a', 2, '5')])
    const copy = await Database.open(path)
    const rows = await copy.read('SELECT count(*) AS n FROM fact')
    expect(rows).toEqual([{ n: BigInt(outcome.facts) }])
    expect(outcome.facts).toBeGreaterThanOrEqual(1)
    await copy.close()
    expect((await readdir(dataDir)).filter((name) => name.includes('unfinished'))).toEqual([])
  })

  test('overwrites nothing', async () => {
    const path = join(dataDir, 'mine')
    await writeFile(path, 'mine')
    await expect(ledger.backUp(path)).rejects.toMatchObject({ code: 'BACKUP_FAILED' })
  })

  test('into a folder that is not there leaves nothing, and the ledger goes on', async () => {
    await expect(ledger.backUp(join(dataDir, 'no', 'copy'))).rejects.toMatchObject({ code: 'BACKUP_FAILED' })
    await spend('a', 1, '10')
    expect(counters()).toEqual(['a 10 10'])
  })
})

describe('a restore', () => {
  const path = (): string => join(dataDir, 'copy.duckdb')

  test('brings back what the backup holds, keeps what was there, and lets no counter fall', async () => {
    await spend('a', 1, '10')
    await ledger.backUp(path())
    await spend('a', 2, '5')
    await spend('later', 4, '7')
    expect(counters()).toEqual(['a 15 15', 'later 7 7'])
    await ledger.close()
    const outcome = await restoreLedger({ dataDir, from: path(), now })
    expect(outcome.counters).toBe(2)
    expect(await readdir(dataDir)).toContain(outcome.kept?.slice(dataDir.length + 1))
    ledger = await openLedger(settings())
    expect(counters()).toEqual(['a 15 10', 'later 7 0'])
    // The look-back reads it again; an account that the backup does not know begins anew behind what it has shown.
    await spend('a', 2, '5')
    await spend('later', 6, '8')
    expect(counters()).toEqual(['a 15 15', 'later 8 8'])
  })

  test('works where the ledger is lost', async () => {
    await spend('a', 1, '10')
    await ledger.backUp(path())
    await ledger.close()
    await rm(join(dataDir, 'ledger.duckdb'))
    expect(await restoreLedger({ dataDir, from: path(), now })).toEqual({ kept: undefined, counters: 0 })
    ledger = await openLedger(settings())
    expect(counters()).toEqual(['a 10 10'])
  })

  test.each([
    ['that is not there', undefined],
    ['that is no ledger', 'rubbish'],
  ])('from a file %s changes nothing', async (_, content) => {
    await spend('a', 1, '10')
    await ledger.close()
    if (content !== undefined) await writeFile(path(), content)
    const before = await readdir(dataDir)
    await expect(restoreLedger({ dataDir, from: path(), now })).rejects.toMatchObject({
      code: 'BACKUP_FAILED',
    })
    expect(await readdir(dataDir)).toEqual(before)
    ledger = await openLedger(settings())
    expect(counters()).toEqual(['a 10 10'])
  })
})

describe('an account that goes', () => {
  test('is hidden until it comes back, over restarts too', async () => {
    await spend('a', 1, '10')
    await ledger.hide('a', true)
    await reopen()
    expect([...ledger.hidden()]).toEqual(['a'])
    await ledger.hide('a', false)
    await reopen()
    expect([...ledger.hidden()]).toEqual([])
    expect(counters()).toEqual(['a 10 10'])
  })

  test('leaves nothing behind when it is purged, and nothing of others is touched', async () => {
    await spend('a', 1, '10')
    await spend('b', 3, '20')
    const facts = { provider: 'test', fetchedAt: now, names: [], prices: [], levels: [] }
    await ledger.commitFacts({ ...facts, account: 'a' })
    await ledger.hide('a', true)
    const before = ledger.revision
    await ledger.purge('a')
    expect(ledger.revision).toBeGreaterThan(before)
    const seen = (): unknown => [
      counters(),
      ledger.sources().map(({ key }) => key.account),
      [...ledger.hidden()],
    ]
    expect(seen()).toEqual([['b 20 20'], ['b'], []])
    const inMemory = seen()
    await reopen()
    expect(seen()).toEqual(inMemory)
    expect((await ledger.stats()).facts).toBe(1)
    // A new life under the same name begins at 0.
    await spend('a', 5, '3')
    expect(counters()).toEqual(['b 20 20', 'a 3 3'])
  })
})

test('of streams only the newest state is kept once there are many rows, and it is the one that stands', async () => {
  const states = (round: number) =>
    Array.from({ length: 100_001 }, (_, at) => ({ id: `stream-${at}`, state: `{"t":${round}}` }))
  for (const round of [1, 2]) await ledger.commitObserved({ parts: [], streams: states(round) })
  const { states: kept } = await ledger.streams()
  expect(kept).toHaveLength(100_001)
  expect(new Set(kept.map(({ state }) => state))).toEqual(new Set(['{"t":2}']))
  await ledger.close()
  const database = await Database.open(join(dataDir, 'ledger.duckdb'))
  const [counted] = await database.read('SELECT count(*) AS n FROM stream')
  await database.close()
  expect(Number(counted?.['n'])).toBe(100_001)
  ledger = await openLedger(settings())
})
