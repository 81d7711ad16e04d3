/** The ledger on a disk that runs full, for real: a small tmpfs, which only root may mount. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatAmount } from '@usage-explorer/core/amount'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createToken, listTokens, tokenFinder } from '../../exporter/src/access/tokens.ts'
import { DAY, HOUR, MINUTE } from '../../exporter/src/clock.ts'
import { Database } from '../../exporter/src/ledger/database.ts'
import type { Ledger } from '../../exporter/src/ledger/ledger.ts'
import { openLedger } from '../../exporter/src/ledger/open.ts'
import { answer, options, T0 } from '../../exporter/src/ledger/testing/answers.ts'

const HOUR0 = Math.floor(T0 / HOUR) * HOUR
const isRoot = process.getuid?.() === 0
const mounted = isRoot && canMount()

let dataDir: string

function canMount(): boolean {
  const probe = mkdtempSync(join(tmpdir(), 'probe-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', probe], { stdio: 'ignore' })
    execFileSync('umount', [probe])
    return true
  } catch {
    return false
  } finally {
    rmSync(probe, { recursive: true })
  }
}

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'small-disk-'))
  if (mounted) execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', dataDir])
})

afterEach(() => {
  if (mounted) execFileSync('umount', ['-l', dataDir])
  rmSync(dataDir, { recursive: true })
})

async function sum(ledger: Ledger): Promise<string> {
  const [cut] = ledger.sources()[0]?.cuts ?? []
  if (cut === undefined) return '0'
  const rows = await ledger.sums({
    cutId: cut.id,
    window: { from: 0, to: T0 + DAY },
    groups: new Map(ledger.series(cut.id).map((series) => [series.id, 0])),
    bucketStarts: [0],
  })
  return formatAmount(rows[0]?.amount ?? 0n)
}

/** Fills the disk but for `leave` bytes, and returns what frees it again. */
function fill(leave: number): () => void {
  const free = Number(
    execFileSync('df', ['--output=avail', '-B1', dataDir]).toString().trim().split('\n').at(-1),
  )
  const filler = join(dataDir, 'filler')
  writeFileSync(filler, Buffer.alloc(Math.max(0, free - leave), 1))
  return () => rmSync(filler)
}

/** An answer of `rows` cells of one dollar each, with digits that do not compress. */
function big(day: number, rows: number): Parameters<Ledger['commit']>[0] {
  const cells = Array.from({ length: rows }, (_, at) => {
    const noise = Math.sin(at + day)
      .toString()
      .slice(3, 15)
      .replace(/\D/g, '7')
    return [at % 24, `key-${Math.floor(at / 24)}-${noise}`, `1.${noise}`] as const
  })
  return answer(HOUR0 - (day + 1) * DAY, 24, T0, cells)
}

const unavailable = mounted ? '' : ' (skipped: needs root to mount a small disk)'

test.skipIf(!mounted)(
  `a disk that is nearly full refuses writes with a code, and takes them again once there is room${unavailable}`,
  async () => {
    const ledger = await openLedger(options(dataDir, () => T0))
    await ledger.commit(big(0, 100))
    const before = await sum(ledger)
    const free = fill(8 * 1024 * 1024)
    await expect(ledger.commit(big(1, 100))).rejects.toMatchObject({ code: 'LEDGER_DISK_FULL' })
    expect(await sum(ledger)).toBe(before)
    free()
    await ledger.commit(big(1, 100))
    expect(await sum(ledger)).not.toBe(before)
    await ledger.close()
  },
)

test.skipIf(!mounted)(
  `a transaction that itself fills the disk is undone, also where DuckDB gives the whole instance up${unavailable}`,
  async () => {
    const database = await Database.open(join(dataDir, 'one.duckdb'))
    await database.transaction(0, async (transaction) => {
      await transaction.run('CREATE TABLE kept AS SELECT range AS n FROM range(1000)')
      await transaction.run('CREATE TABLE noise (a UUID, b UUID)')
    })
    const free = fill(20 * 1024 * 1024)
    const attempt = database.transaction(0, async (transaction) => {
      await transaction.run('INSERT INTO noise SELECT uuid(), uuid() FROM range(3_000_000)')
    })
    await expect(attempt).rejects.toMatchObject({ code: 'LEDGER_DISK_FULL' })
    await database.read('FORCE CHECKPOINT').catch((thrown: unknown) => {
      expect(thrown).toMatchObject({ code: 'LEDGER_DISK_FULL' })
    })
    expect(await database.read('SELECT count(*) AS n FROM kept')).toEqual([{ n: 1000n }])
    expect(await database.read('SELECT count(*) AS n FROM noise')).toEqual([{ n: 0n }])
    free()
    await database.transaction(0, (transaction) => transaction.run('INSERT INTO kept VALUES (1)'))
    expect(await database.read('SELECT count(*) AS n FROM kept')).toEqual([{ n: 1001n }])
    await database.close()
  },
)

test.skipIf(!mounted)(
  `a disk that runs full in the middle of a write loses that write only, and the ledger goes on by itself${unavailable}`,
  async () => {
    let now = T0
    let ledger = await openLedger(options(dataDir, () => now))
    await ledger.commit(big(0, 100))
    let acknowledged = await sum(ledger)
    const free = fill(16.5 * 1024 * 1024)
    let refused = 0
    for (let day = 1; day <= 60 && refused === 0; day++) {
      await ledger.commit(big(day, 20_000)).then(
        async () => (acknowledged = await sum(ledger)),
        (thrown: unknown) => {
          expect(thrown).toMatchObject({ code: 'LEDGER_DISK_FULL' })
          refused++
        },
      )
    }
    expect(refused).toBe(1)
    expect(await sum(ledger)).toBe(acknowledged)
    free()
    now += MINUTE
    await ledger.commit({ ...big(70, 10), fetchedAt: now })
    const after = await sum(ledger)
    expect(after).not.toBe(acknowledged)
    await ledger.close()
    ledger = await openLedger(options(dataDir, () => now))
    expect(await sum(ledger)).toBe(after)
    await ledger.close()
  },
)

test.skipIf(!mounted)(
  `a backup that does not fit leaves nothing, and the ledger as it was and locked${unavailable}`,
  async () => {
    const ledger = await openLedger(options(dataDir, () => T0))
    await ledger.commit(big(0, 20_000))
    const before = await sum(ledger)
    const free = fill(64 * 1024)
    await expect(ledger.backUp(join(dataDir, 'copy'))).rejects.toMatchObject({ code: 'BACKUP_FAILED' })
    expect(readdirSync(dataDir).filter((name) => name.startsWith('copy'))).toEqual([])
    expect(await sum(ledger)).toBe(before)
    free()
    await ledger.commit(big(1, 100))
    const { facts } = await ledger.backUp(join(dataDir, 'copy'))
    expect(facts).toBe((await ledger.stats()).facts)
    await ledger.close()
  },
)

test.skipIf(!mounted)(
  `a token that cannot be written whole is not made, and those that there are go on${unavailable}`,
  () => {
    const order = { scope: 'read', teams: undefined, name: undefined, now: T0 } as const
    const { text } = createToken(dataDir, order)
    const free = fill(0)
    expect(() => createToken(dataDir, { ...order, name: 'x'.repeat(100_000) })).toThrow('ENOSPC')
    expect(tokenFinder(dataDir)(text)).toBeDefined()
    expect(listTokens(dataDir)).toHaveLength(1)
    expect(readdirSync(join(dataDir, 'tokens'))).toHaveLength(1)
    free()
    createToken(dataDir, order)
    expect(listTokens(dataDir)).toHaveLength(2)
  },
)
