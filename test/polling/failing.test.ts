/** What polling does when a vendor, the network, the disk or our own code fails, over simulated days. */
import { describe, expect, it } from 'vitest'
import { DAY, HOUR, MINUTE } from '../../exporter/src/clock.ts'
import { UsageExplorerError, type ErrorCode } from '../../exporter/src/errors.ts'
import { BILLING, BY_KEY, type Request } from './vendor.ts'
import { billed, World } from './world.ts'

const HISTORY = { from: Date.UTC(2026, 10, 10, 11), to: Date.UTC(2026, 10, 20, 8) }

const failure = (code: ErrorCode, retryAfterMs?: number): UsageExplorerError =>
  new UsageExplorerError(code, `The vendor says ${code}.`, retryAfterMs === undefined ? {} : { retryAfterMs })

const always = (code: ErrorCode) => (): never => {
  throw failure(code)
}

const whenAsked =
  (reader: string, fail: () => void) =>
  (request: Request): void => {
    if (request.reader === reader) fail()
  }

describe('failures that do not pass', () => {
  const permanent: ErrorCode[] = [
    'UPSTREAM_UNAUTHORIZED',
    'UPSTREAM_FORBIDDEN',
    'UPSTREAM_OUT_OF_CREDIT',
    'UPSTREAM_NOT_FOUND',
    'UPSTREAM_REJECTED',
  ]
  it.each(permanent)('%s is shown as blocked and tried every quarter of an hour', async (code) => {
    const world = await World.create()
    world.vendor.respond = always(code)
    await world.start()
    await world.advance(2 * DAY)
    expect(world.vendor.count('identify')).toBe(world.vendor.requests.length)
    expect(world.vendor.requests.length).toBeGreaterThan(2 * 24 * 3)
    expect(world.vendor.requests.length).toBeLessThanOrEqual(2 * 24 * 4 + 1)
    expect(world.status()).toMatchObject({ state: 'blocked', problems: [{ reader: 'identify', code }] })
    // Told once, not at every try.
    expect(world.lines.filter(({ level }) => level === 'warn')).toHaveLength(1)
  })

  it.each<ErrorCode>([
    'UPSTREAM_UNAUTHORIZED',
    'UPSTREAM_NOT_FOUND',
    'UPSTREAM_RATE_LIMITED',
    'UPSTREAM_FAILED',
    'UPSTREAM_UNREACHABLE',
    'UPSTREAM_TIMEOUT',
    'UPSTREAM_UNREADABLE',
    'LEDGER_FAILED',
    'INTERNAL',
  ])('%s of every reader is never a tight loop', async (code) => {
    const world = await World.create()
    world.vendor.respond = (request) => {
      if (request.reader !== 'identify') throw failure(code)
    }
    await world.start()
    await world.advance(2 * DAY)
    for (const reader of ['test.keys', 'test.balance', BILLING.id]) {
      expect(world.vendor.count(reader)).toBeGreaterThan(100)
      expect(world.vendor.count(reader)).toBeLessThan(500)
    }
    expect(world.vendor.count('identify')).toBeLessThan(600)
  })

  it('one refused endpoint stops nothing else', async () => {
    const world = await World.create()
    world.vendor.respond = whenAsked('test.balance', () => {
      throw failure('UPSTREAM_FORBIDDEN')
    })
    await world.start()
    await world.advance(MINUTE)
    expect(world.status()).toMatchObject({ state: 'ok', backfilled: 1 })
    expect(world.status().problems).toMatchObject([{ reader: 'test.balance', code: 'UPSTREAM_FORBIDDEN' }])
    expect(world.ledger.facts().names).toHaveLength(1)
  })

  it('facts that take longer than their interval hold up neither the last hours nor the history', async () => {
    const world = await World.create()
    const { vendor } = world
    vendor.respond = ({ window }) => {
      if (window === undefined) world.clock.skip(70 * MINUTE)
    }
    await world.start()
    await world.until(() => vendor.requests.length > 60)
    expect(vendor.windows().filter(({ to }) => to > HISTORY.to).length).toBeGreaterThan(10)
    expect(world.status().backfilled).toBe(1)
  })

  it('one bad day in the history holds up neither the other days nor the last hours', async () => {
    const world = await World.create()
    const bad = Date.UTC(2026, 10, 18, 12)
    world.vendor.respond = ({ window }) => {
      if (window !== undefined && window.from <= bad && bad < window.to) throw failure('UPSTREAM_FAILED')
    }
    await world.start()
    await world.advance(2.5 * HOUR)
    const { backfilled, state, problems } = world.status()
    expect(backfilled).toBeGreaterThan(0.85)
    expect(backfilled).toBeLessThan(1)
    expect(state).toBe('retrying')
    expect(problems).toMatchObject([{ reader: BILLING.id, code: 'UPSTREAM_FAILED' }])
    const tries = world.vendor.windows().filter(({ from, to }) => from <= bad && bad < to)
    expect(tries.length).toBeLessThan(100)
    const oldest = world.vendor.windows().filter(({ from }) => from < HISTORY.from + DAY / 2)
    expect(oldest.length).toBeGreaterThanOrEqual(2)

    world.vendor.respond = () => undefined
    await world.advance(HOUR)
    expect(world.status()).toMatchObject({ state: 'ok', backfilled: 1, problems: [] })
    expect(await world.sum(BY_KEY, HISTORY)).toBeGreaterThan(0n)
  })
})

describe('failures that pass', () => {
  it('are shown while they last, and what was missed is read', async () => {
    const world = await World.create()
    await world.start()
    await world.advance(MINUTE)
    world.vendor.respond = always('UPSTREAM_UNREACHABLE')
    await world.advance(30 * HOUR)
    expect(world.status()).toMatchObject({ state: 'retrying', identity: { project: 'project-1' } })
    expect(world.status().problems[0]?.since).toBeLessThan(world.clock.now() - 29 * HOUR)
    world.vendor.respond = () => undefined
    await world.advance(HOUR)
    expect(world.status()).toMatchObject({ state: 'ok', problems: [], backfilled: 1 })
    const missed = { from: HISTORY.to, to: HISTORY.to + 30 * HOUR }
    expect(await world.sum(BY_KEY, missed)).toBe(billed(world.vendor, missed))
  })

  it('a provider that names a time is not asked before it, in the last hours or the history', async () => {
    const world = await World.create()
    await world.start()
    await world.advance(MINUTE)
    const limitedAt = world.clock.now()
    let limited = true
    world.vendor.respond = whenAsked(BILLING.id, () => {
      if (limited) throw failure('UPSTREAM_RATE_LIMITED', 37 * MINUTE)
    })
    await world.advance(12 * MINUTE)
    const [refused] = world.vendor.requests.filter(({ at, window }) => at > limitedAt && window !== undefined)
    limited = false
    await world.advance(2 * HOUR)
    const later = world.vendor.requests.filter(
      ({ at, window }) => window !== undefined && at > (refused?.at ?? 0),
    )
    expect((later[0]?.at ?? 0) - (refused?.at ?? 0)).toBeGreaterThanOrEqual(37 * MINUTE)
    expect((later[0]?.at ?? 0) - (refused?.at ?? 0)).toBeLessThanOrEqual(38 * MINUTE)
  })

  it('a limit met in the backfill also holds the last hours', async () => {
    const world = await World.create()
    let limitedAt: number | undefined
    world.vendor.respond = ({ window, at }) => {
      if (window === undefined || window.to > at) return
      limitedAt = at
      throw failure('UPSTREAM_RATE_LIMITED', 50 * MINUTE)
    }
    await world.start()
    await world.advance(49 * MINUTE)
    expect(limitedAt).toBeDefined()
    expect(world.vendor.windows()).toHaveLength(2)
  })

  it('an address that is not known makes it ask again who it is, and a new answer is used at once', async () => {
    const world = await World.create()
    const { vendor } = world
    await world.start()
    await world.advance(MINUTE)
    vendor.respond = whenAsked(BILLING.id, () => {
      if (vendor.project !== 'project-2' || world.status().identity?.project !== 'project-2') {
        vendor.project = 'project-2'
        throw failure('UPSTREAM_NOT_FOUND')
      }
    })
    await world.advance(12 * MINUTE)
    expect(world.status()).toMatchObject({ state: 'ok', identity: { project: 'project-2' }, problems: [] })
  })
})

describe('a vendor that hangs', () => {
  it('does not delay another account, and does not hold up the end', async () => {
    const world = await World.create('main', 'stuck')
    const [main, stuck] = world.vendors
    if (main === undefined || stuck === undefined) throw new Error('two vendors were made')
    stuck.respond = () => new Promise(() => undefined)
    await world.start()
    await world.advance(2 * HOUR, 1)
    expect(world.status('stuck')).toMatchObject({ state: 'starting', identity: undefined })
    expect(world.status('main')).toMatchObject({ state: 'ok', backfilled: 1 })
    const recent = main.windows().filter(({ to }) => to > HISTORY.to + 2 * HOUR)
    expect(recent.length).toBeGreaterThanOrEqual(11)
    await world.polling.stop()
    expect(stuck.requests).toHaveLength(1)
  })

  it.each(['identify', 'test.keys', BILLING.id])('is given up on after its time at %s', async (reader) => {
    const world = await World.create()
    world.config = { timeoutMs: 5 }
    world.vendor.respond = (request) =>
      request.reader === reader ? new Promise<void>(() => undefined) : undefined
    await world.start()
    await world.advance(MINUTE)
    const { problems } = world.status()
    expect(problems).toMatchObject([{ reader, code: 'UPSTREAM_TIMEOUT' }])
    expect(world.vendor.count(reader)).toBeLessThan(8)
    world.vendor.respond = () => undefined
    await world.advance(30 * MINUTE)
    expect(world.status()).toMatchObject({ state: 'ok', problems: [] })
  })
})

describe('a full disk', () => {
  it('pauses every reader, and polling goes on by itself with nothing lost', async () => {
    const world = await World.create()
    await world.start()
    await world.advance(MINUTE)
    const before = world.vendor.requests.length
    world.diskFull = () => {
      throw failure('LEDGER_DISK_FULL')
    }
    await world.advance(10 * HOUR)
    expect(world.status()).toMatchObject({
      state: 'paused',
      problems: [{ reader: 'ledger', code: 'LEDGER_DISK_FULL' }],
    })
    // One read every minute or so, to see whether there is room again.
    expect(world.vendor.requests.length - before).toBeLessThan(10 * 60 * 1.5)
    expect(await world.sum(BY_KEY, HISTORY)).toBe(billed(world.vendor, HISTORY))

    world.diskFull = undefined
    await world.advance(5 * MINUTE)
    expect(world.status()).toMatchObject({ state: 'ok', problems: [], backfilled: 1 })
    const missed = { from: HISTORY.to, to: HISTORY.to + 10 * HOUR }
    expect(await world.sum(BY_KEY, missed)).toBe(billed(world.vendor, missed))
    const told = world.lines.filter(({ level }) => level === 'warn')
    expect(told).toHaveLength(2)
  })
})

describe('a defect', () => {
  it('is told as INTERNAL and stops nothing for good', async () => {
    const world = await World.create()
    world.vendor.respond = whenAsked(BILLING.id, () => {
      throw new TypeError('undefined is not a function')
    })
    await world.start()
    await world.advance(MINUTE)
    expect(world.status().problems).toMatchObject([{ reader: BILLING.id, code: 'INTERNAL' }])
    expect(world.lines.find(({ level }) => level === 'error')).toMatchObject({
      err: { code: 'INTERNAL', type: 'UsageExplorerError' },
    })
    expect(world.polled.at(-1)).toMatchObject({ code: 'INTERNAL' })
    world.vendor.respond = () => undefined
    await world.advance(30 * MINUTE)
    expect(world.status()).toMatchObject({ state: 'ok', problems: [] })
  })
})
