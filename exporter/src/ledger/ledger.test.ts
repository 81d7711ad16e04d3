import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatAmount } from '@usage-explorer/core/amount'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DAY, HOUR, MINUTE } from '../clock.ts'
import { Database } from './database.ts'
import type { Ledger } from './ledger.ts'
import { openLedger } from './open.ts'
import { openMigrated } from './schema.ts'
import { answer, keyOf, BILLED, METERED, options, readings, T0 } from './testing/answers.ts'

const HOUR0 = Date.UTC(2026, 9, 1, 10)

let dataDir: string
let now: number
let ledger: Ledger

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'ledger-'))
  now = T0
  ledger = await openLedger(options(dataDir, () => now))
})

afterEach(async () => {
  await ledger.close()
  await rm(dataDir, { recursive: true })
})

async function reopen(): Promise<void> {
  await ledger.close()
  ledger = await openLedger(options(dataDir, () => now))
}

function counter(family: string, labels: Record<string, string>): { published: string; ledger: string } {
  const found = ledger
    .counters()
    .find((one) => one.family === family && JSON.stringify(one.labels) === JSON.stringify(labels))
  if (found === undefined) return { published: 'none', ledger: 'none' }
  return { published: formatAmount(found.published), ledger: formatAmount(found.ledger) }
}

async function total(spec: typeof BILLED, from: number, to: number): Promise<string> {
  const cut = ledger.sources().find((source) => source.spec.id === spec.id)?.cuts[0]
  if (cut === undefined) return 'none'
  const groups = new Map(ledger.series(cut.id).map((series) => [series.id, 0]))
  const rows = await ledger.sums({ cutId: cut.id, window: { from, to }, groups, bucketStarts: [from] })
  return formatAmount(rows[0]?.amount ?? 0n)
}

function coverage(spec: typeof BILLED): string[] {
  const cut = ledger.sources().find((source) => source.spec.id === spec.id)?.cuts[0]
  return (cut?.coverage ?? []).map(
    ({ from, to, state, lump }) =>
      `${(from - HOUR0) / HOUR}..${(to - HOUR0) / HOUR} ${state}${lump === true ? ' lump' : ''}`,
  )
}

describe('counters', () => {
  test('a backfill before the epoch gives counters that stand at 0', async () => {
    await ledger.commit(answer(HOUR0 - 5 * HOUR, 5, now, [[0, 'k', '12.5']]))
    now += 10 * MINUTE
    await ledger.release()
    expect(counter('cost', { key: 'k' })).toEqual({ published: '0', ledger: '0' })
  })

  test('a new counter shows 0 for two scrape intervals and its whole value after', async () => {
    await ledger.commit(answer(HOUR0, 1, now, []))
    now = HOUR0 + HOUR + 30 * MINUTE
    await ledger.commit(answer(HOUR0 + HOUR, 1, now, [[0, 'k', '3']]))
    now += 2 * MINUTE - 1
    await ledger.release()
    expect(counter('cost', { key: 'k' })).toEqual({ published: '0', ledger: '3' })
    now += 1
    await ledger.release()
    expect(counter('cost', { key: 'k' })).toEqual({ published: '3', ledger: '3' })
  })

  test('a restatement down is held until new usage passes it, over a restart too', async () => {
    await ledger.commit(answer(HOUR0, 1, now, []))
    const bucket = HOUR0 + HOUR
    now = bucket + 30 * MINUTE
    await ledger.commit(answer(bucket, 1, now, [[0, 'k', '10']]))
    now += 5 * MINUTE
    await ledger.release()
    await ledger.commit(answer(bucket, 1, now, [[0, 'k', '4']]))
    await reopen()
    expect(counter('cost', { key: 'k' })).toEqual({ published: '10', ledger: '4' })
    now += HOUR
    await ledger.commit(
      answer(bucket, 2, now, [
        [0, 'k', '4'],
        [1, 'k', '7.5'],
      ]),
    )
    expect(counter('cost', { key: 'k' })).toEqual({ published: '11.5', ledger: '11.5' })
  })

  test('a change inside complete coverage counts as restated, by direction', async () => {
    const bucket = HOUR0 - 5 * HOUR
    await ledger.commit(
      answer(bucket, 3, now, [
        [0, 'k', '10'],
        [1, 'k', '2'],
      ]),
    )
    now += MINUTE
    const outcome = await ledger.commit(
      answer(bucket, 3, now, [
        [0, 'k', '11'],
        [2, 'j', '1'],
      ]),
    )
    expect(outcome).toEqual({ changedRows: 3, refusedRows: 0, restatedRows: 3 })
    expect(counter('restated_cost', { currency: 'USD', direction: 'up' }).ledger).toBe('2')
    expect(counter('restated_cost', { currency: 'USD', direction: 'down' }).ledger).toBe('2')
  })

  test('retention drops rows and refuses writes to them, but no counter changes', async () => {
    now = HOUR0 + 30 * MINUTE
    await ledger.commit(answer(HOUR0 - HOUR, 2, now, []))
    await ledger.commit(answer(HOUR0 + HOUR, 1, now + HOUR, [[0, 'k', '5']]))
    now = HOUR0 + 91 * DAY
    await ledger.prune()
    const outcome = await ledger.commit(answer(HOUR0 + HOUR, 1, now, [[0, 'k', '9']]))
    expect(outcome).toEqual({ changedRows: 0, refusedRows: 1, restatedRows: 0 })
    expect(await total(BILLED, 0, now)).toBe('0')
    expect(counter('cost', { key: 'k' }).ledger).toBe('5')
    expect((await ledger.stats()).refusedRows).toBe(1)
  })

  test('a bucket exactly at the edge of retention is still taken', async () => {
    await ledger.commit(answer(HOUR0 - 90 * DAY, 1, now, [[0, 'k', '5']]))
    expect(await total(BILLED, 0, now)).toBe('5')
  })
})

describe('of two answers for the same hours', () => {
  const FROM = HOUR0 - 5 * HOUR
  const asked = async (at: number, dollars: string): Promise<string> => {
    await ledger.commit(answer(FROM, 1, at, [[0, 'k', dollars]]))
    return total(BILLED, FROM, FROM + HOUR)
  }

  test('the one that was asked for later stands, whichever comes last', async () => {
    expect(await asked(now - MINUTE, '2')).toBe('2')
    expect(await asked(now - 2 * MINUTE, '1')).toBe('2')
  })

  test('one stamped by a clock that was ahead gives way once the clock is right', async () => {
    expect(await asked(now + 365 * DAY, '1')).toBe('1')
    expect(await asked(now, '2')).toBe('2')
  })
})

describe('cumulative readings', () => {
  const CYCLE = Date.UTC(2026, 9, 1)

  test('the first one of a known cycle counts whole, but only as one lump', async () => {
    await ledger.commitReadings(readings(CYCLE, now, { m: '1000' }))
    expect(await total(METERED, CYCLE, now)).toBe('1000')
    expect(coverage(METERED)).toEqual(['-10..1 provisional lump'])
    expect(counter('tokens', { key: 'm' }).ledger).toBe('0')
  })

  test('later differences add up in the bucket where they end and reach counters', async () => {
    await ledger.commitReadings(readings(CYCLE, now, { m: '1000' }))
    now = HOUR0 + HOUR + 5 * MINUTE
    await ledger.commitReadings(readings(CYCLE, now, { m: '1100' }))
    now += 5 * MINUTE
    await ledger.commitReadings(readings(CYCLE, now, { m: '1150', n: '7' }))
    expect(await total(METERED, HOUR0 + HOUR, HOUR0 + 2 * HOUR)).toBe('157')
    expect(coverage(METERED)).toEqual(['-10..1 complete lump', '1..2 provisional'])
    expect(counter('tokens', { key: 'm' }).ledger).toBe('150')
    expect(counter('tokens', { key: 'n' }).ledger).toBe('7')
  })

  test('a jump over whole hours is known only as one lump', async () => {
    await ledger.commitReadings(readings(CYCLE, now, { m: '1000' }))
    now = HOUR0 + 5 * HOUR + 5 * MINUTE
    await ledger.commitReadings(readings(CYCLE, now, { m: '1500' }))
    expect(coverage(METERED)).toEqual(['-10..1 complete lump', '1..6 provisional lump'])
  })

  test('a new cycle is not a fall, and its invoice closes the old one', async () => {
    await ledger.commitReadings(readings(CYCLE, now, { m: '1000' }))
    const next = Date.UTC(2026, 10, 1)
    now = next - 20 * MINUTE
    await ledger.commitReadings(readings(CYCLE, now, { m: '5000' }))
    now = next + 10 * MINUTE
    await ledger.commitReadings(readings(next, now, { m: '30' }))
    expect(await total(METERED, CYCLE, next)).toBe('5000')
    // What came after the last reading of the old cycle is in none of the new one.
    const end = (next - HOUR0) / HOUR
    expect(coverage(METERED)).toEqual([
      '-10..1 complete lump',
      `1..${end} partial lump`,
      `${end}..${end + 1} provisional`,
    ])
    await ledger.commitReadings(readings(CYCLE, now + MINUTE, { m: '5010' }, next))
    expect(coverage(METERED)[1]).toBe(`1..${end} complete lump`)
    expect(await total(METERED, CYCLE, next)).toBe('5010')
    expect(await total(METERED, next, now)).toBe('30')
  })

  test('a cycle that closed beyond retention is refused and counted', async () => {
    const closed = (cycleEnd: number) => readings(cycleEnd - 30 * DAY, now, { m: '5' }, cycleEnd)
    const horizon = HOUR0 - 90 * DAY
    expect(await ledger.commitReadings(closed(horizon))).toMatchObject({ changedRows: 0, refusedRows: 1 })
    expect(ledger.sources()[0]?.cuts ?? []).toEqual([])
    expect((await ledger.stats()).refusedRows).toBe(1)
    expect(await ledger.commitReadings(closed(horizon + HOUR))).toMatchObject({
      changedRows: 1,
      refusedRows: 0,
    })
  })

  test('without a known cycle the first reading is only a baseline', async () => {
    await ledger.commitReadings(readings(undefined, now, { m: '1000' }))
    now += 5 * MINUTE
    await ledger.commitReadings(readings(undefined, now, { m: '1010' }))
    expect(await total(METERED, HOUR0, now)).toBe('10')
  })
})

describe('facts', () => {
  test('names stay known when the provider no longer lists them, and keep when they were first seen', async () => {
    const name = (id: string, text: string) => ({
      kind: 'api_key' as const,
      id,
      name: text,
      redacted: null,
      userId: null,
      disabled: false,
      createdAt: null,
      expiresAt: null,
      aliases: [],
    })
    const at = { provider: 'test', account: 'a' }
    await ledger.commitFacts({
      ...at,
      fetchedAt: now,
      names: [name('1', 'one'), name('2', 'it\'s "two"\n🚀')],
    })
    await ledger.commitFacts({ ...at, fetchedAt: now + HOUR, names: [name('1', 'uno')] })
    await reopen()
    expect(ledger.facts().names.map(({ name, listed, firstSeenAt }) => [name, listed, firstSeenAt])).toEqual([
      ['uno', true, now],
      ['it\'s "two"\n🚀', false, now],
    ])
  })

  test('prices keep their history and levels replace their kind', async () => {
    const at = { provider: 'test', account: 'a' }
    const price = { model: 'm', type: 'input', tier: 'standard', currency: 'USD' }
    const level = { family: 'rate_limit' as const, kind: 'rpm', currency: '' }
    await ledger.commitFacts({
      ...at,
      fetchedAt: now,
      prices: [{ ...price, perUnit: 2n }],
      levels: [
        { ...level, model: 'm', amount: 1n },
        { ...level, model: 'n', amount: 2n },
      ],
    })
    await ledger.commitFacts({
      ...at,
      fetchedAt: now + 1,
      prices: [{ ...price, perUnit: 3n }],
      levels: [{ ...level, model: 'm', amount: 5n }],
    })
    expect(ledger.facts().prices.map((one) => one.perUnit)).toEqual([3n])
    expect(ledger.facts().levels.map((one) => one.amount)).toEqual([5n])
  })

  test('what a reader remembers is there after a restart', async () => {
    await ledger.remember(keyOf(BILLED), { groupBys: [['api_key_id']] })
    await reopen()
    expect(ledger.recall(keyOf(BILLED))).toEqual({ groupBys: [['api_key_id']] })
  })
})

describe('the file', () => {
  test('a second ledger on the same file is refused with a code', async () => {
    // Within one process DuckDB shares the file; the lock is between processes, so another one tries.
    const { execFile } = await import('node:child_process')
    const { promisify } = await import('node:util')
    const script = `import('@duckdb/node-api').then(({ DuckDBInstance }) =>
      DuckDBInstance.create(${JSON.stringify(join(dataDir, 'ledger.duckdb'))}).catch((e) => console.log(e.message)))`
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', script])
    expect(stdout).toContain('Could not set lock')
  })

  test('each later migration leaves a copy of the file as it was', async () => {
    const path = join(dataDir, 'old.duckdb')
    const first = await openMigrated(path, ['CREATE TABLE a (n INTEGER); INSERT INTO a VALUES (7)'])
    await first.close()
    const second = await openMigrated(path, ['', 'ALTER TABLE a ADD COLUMN m INTEGER'])
    expect(await second.read('SELECT * FROM a')).toEqual([{ n: 7, m: null }])
    await second.close()
    expect(await readdir(dataDir)).toContain('old.duckdb.before-2')
    const copy = await Database.open(`${path}.before-2`)
    expect(await copy.read('SELECT * FROM a')).toEqual([{ n: 7 }])
    await copy.close()
  })

  test('a file of a newer release is refused with a code', async () => {
    const path = join(dataDir, 'new.duckdb')
    const newer = await openMigrated(
      path,
      ['', ''].map((_, at) => `CREATE TABLE t${at} (n INTEGER)`),
    )
    await newer.close()
    await expect(openMigrated(path, ['CREATE TABLE t (n INTEGER)'])).rejects.toMatchObject({
      code: 'LEDGER_TOO_NEW',
    })
  })
})
