/** What polling reads when, shown with a scripted vendor and a real ledger over simulated hours. */
import { expect, it } from 'vitest'
import { DAY, HOUR, MINUTE } from '../../exporter/src/clock.ts'
import { BILLING, BY_BOTH, BY_KEY, BY_MODEL } from './vendor.ts'
import { billed, START, World } from './world.ts'

const HISTORY_FROM = Date.UTC(2026, 10, 10, 11)
const RECENT_FROM = Date.UTC(2026, 10, 20, 4)
const MARK = Date.UTC(2026, 10, 20, 8)

it('asks who it is, then names, then the last hours, then the history from new to old', async () => {
  const world = await World.create()
  await world.start()
  expect(world.status()).toMatchObject({ state: 'starting', backfilled: 0, problems: [] })
  await world.advance(MINUTE)

  const { requests } = world.vendor
  expect(requests.slice(0, 4).map(({ reader }) => reader)).toEqual([
    'identify',
    'test.keys',
    'test.balance',
    BILLING.id,
  ])
  const [recent, ...history] = world.vendor.windows()
  expect(recent).toEqual({ from: RECENT_FROM, to: Date.UTC(2026, 10, 20, 11) })
  expect(history).toHaveLength(11)
  expect(history[0]?.to).toBe(RECENT_FROM)
  expect(history.at(-1)?.from).toBe(HISTORY_FROM)
  expect(history.map(({ to }) => to)).toEqual(history.map(({ to }) => to).toSorted((a, b) => b - a))

  expect(world.status()).toMatchObject({
    state: 'ok',
    backfilled: 1,
    identity: { project: 'project-1' },
    lastSuccessAt: START,
  })
  const all = { from: HISTORY_FROM, to: MARK }
  expect(await world.sum(BY_KEY, all)).toBe(billed(world.vendor, all))
})

it('tells the progress of a backfill from its start to its end', async () => {
  const world = await World.create()
  await world.start()
  await world.advance(MINUTE)
  expect(world.progress).toHaveLength(12)
  expect(world.progress[0]).toMatchObject({ account: 'main', source: BILLING.id, doneMs: 0 })
  const last = world.progress.at(-1)
  expect(last?.doneMs).toBe(last?.totalMs)
  expect(world.polled.filter(({ code }) => code !== undefined)).toEqual([])
})

it('reads only the gaps after it was stopped in mid-backfill', async () => {
  const world = await World.create()
  const { vendor } = world
  vendor.respond = () => (vendor.windows().length > 5 ? new Promise(() => undefined) : undefined)
  await world.start()
  await world.until(() => vendor.windows().length === 6)
  await world.stop()
  const read = vendor.windows().slice(1, 5)

  const before = vendor.requests.length
  vendor.respond = () => undefined
  world.clock.skip(10 * MINUTE)
  await world.start()
  expect(world.status().backfilled).toBeGreaterThan(0.3)
  await world.advance(MINUTE)
  const [, ...resumed] = vendor.windows(before)
  expect(resumed).toHaveLength(7)
  expect(resumed[0]?.to).toBe(read.at(-1)?.from)
  expect(world.status()).toMatchObject({ state: 'ok', backfilled: 1 })
  const all = { from: HISTORY_FROM, to: MARK }
  expect(await world.sum(BY_KEY, all)).toBe(billed(vendor, all))
})

it('reads what it missed while it was down', async () => {
  const world = await World.create()
  await world.start()
  await world.advance(MINUTE)
  await world.stop()
  world.clock.skip(2 * DAY)
  const before = world.vendor.requests.length
  await world.start()
  await world.advance(MINUTE)
  const [, ...windows] = world.vendor.windows(before)
  // The three windows since the old watermark come first, then the look-back that fell due.
  expect(windows[0]?.to).toBe(RECENT_FROM + 2 * DAY)
  expect(windows[2]?.from).toBe(MARK)
  const all = { from: HISTORY_FROM + 2 * DAY, to: MARK + 2 * DAY }
  expect(await world.sum(BY_KEY, all)).toBe(billed(world.vendor, all))
})

it('reads the last hours at every interval and everything once an hour', async () => {
  const world = await World.create()
  await world.start()
  await world.advance(55 * MINUTE)
  const before = world.vendor.requests.length
  await world.advance(6 * HOUR)
  const windows = world.vendor.windows(before)
  const recent = windows.filter(({ to }) => to > START)
  expect(recent.length).toBeGreaterThanOrEqual(32)
  expect(recent.length).toBeLessThanOrEqual(36)
  const oldest = windows.filter(({ from }) => from < HISTORY_FROM + DAY / 2)
  expect(oldest).toHaveLength(6)
  expect(windows.length - recent.length).toBeLessThanOrEqual(6 * 12)
})

it('takes over what the vendor restated far back at the next look-back', async () => {
  const world = await World.create()
  const { vendor } = world
  await world.start()
  await world.advance(MINUTE)
  const day = { from: Date.UTC(2026, 10, 12), to: Date.UTC(2026, 10, 13) }
  const first = billed(vendor, day)
  vendor.bill = () => 7n
  await world.advance(50 * MINUTE)
  expect(await world.sum(BY_KEY, day)).toBe(first)
  await world.advance(20 * MINUTE)
  expect(await world.sum(BY_KEY, day)).toBe(7n * 24n)
})

it('keeps polling the last hours while a long backfill goes on', async () => {
  const world = await World.create()
  world.vendor.maxWindowMs = 2 * HOUR
  world.config = { lookbackEveryMs: DAY }
  world.vendor.respond = ({ window }) => (window === undefined ? undefined : world.clock.sleep(MINUTE / 2))
  await world.start()
  await world.advance(50 * MINUTE)
  expect(world.status().state).toBe('backfilling')
  const recent = world.vendor.requests.filter(({ window }) => window !== undefined && window.to > START)
  const gapsBetween = recent.slice(1).map(({ at }, index) => at - (recent[index]?.at ?? 0))
  expect(recent.length).toBeGreaterThanOrEqual(4)
  expect(Math.max(...gapsBetween)).toBeLessThanOrEqual(14 * MINUTE)
})

it('reads the history again in the successor of a cut that the vendor no longer gives', async () => {
  const world = await World.create()
  const { vendor } = world
  await world.start()
  await world.advance(MINUTE)
  const before = vendor.requests.length
  vendor.cuts = [BY_MODEL]
  vendor.retiring = [BY_KEY]
  await world.advance(12 * MINUTE)
  expect(world.cut(BY_KEY)?.live).toBe(false)
  expect(vendor.windows(before)).toHaveLength(12)
  const all = { from: HISTORY_FROM, to: MARK }
  expect(await world.sum(BY_MODEL, all)).toBe(billed(vendor, all))
  expect(await world.sum(BY_KEY, all)).toBe(billed(vendor, all))
})

it('does not ask in a loop for what the vendor leaves out for ever', async () => {
  const world = await World.create()
  await world.start()
  await world.advance(MINUTE)
  // A second cut that only ever comes for the last hours has gaps in all of the history.
  world.vendor.cuts = [BY_KEY, BY_MODEL]
  await world.advance(11 * MINUTE)
  await world.stop()
  world.vendor.cuts = [BY_KEY]
  const before = world.vendor.requests.length
  await world.start()
  await world.advance(50 * MINUTE)
  expect(world.vendor.windows(before).length).toBeLessThanOrEqual(12 + 12)
  expect(world.status()).toMatchObject({ state: 'ok', backfilled: 1 })
})

it('reads no history again for a cut that only stood in for one bucket of a finer one', async () => {
  const world = await World.create()
  const { vendor } = world
  vendor.cuts = [BY_BOTH]
  await world.start()
  await world.advance(MINUTE)
  const source = { provider: 'test', account: 'main', source: BILLING.id }
  const window = { from: MARK - DAY, to: MARK - DAY + HOUR }
  const bucket = { source, window, widthMs: HOUR, fetchedAt: world.clock.now(), records: [] }
  await world.ledger.commit({ ...bucket, cut: BY_BOTH, completeness: 'truncated' })
  await world.ledger.commit({ ...bucket, cut: BY_MODEL, completeness: 'complete' })
  await world.stop()
  const before = vendor.requests.length
  await world.start()
  expect(world.status().backfilled).toBe(1)
  await world.advance(MINUTE)
  expect(vendor.windows(before)).toHaveLength(1)
})

it('learns within an hour that a key was renamed', async () => {
  const world = await World.create()
  await world.start()
  await world.advance(MINUTE)
  expect(world.ledger.facts().names[0]?.name).toBe('first')
  world.vendor.keyName = 'second'
  await world.advance(70 * MINUTE)
  expect(world.ledger.facts().names[0]?.name).toBe('second')
})
