/** Long loops that leave the event loop its turns, so that a scrape or a poll never waits for a big answer. */
import { setImmediate } from 'node:timers/promises'
import PQueue from 'p-queue'

/** As many items are looked at between two turns: a few milliseconds of decimal arithmetic. */
const TURN_ITEMS = 2048

/** Longest stretch of work between two turns. */
const TURN_MS = 8

/** For loops whose steps differ in length: gives the event loop a turn whenever the last one is long enough ago. */
export function createTurns(): () => Promise<void> {
  let last = performance.now()
  return async () => {
    if (performance.now() - last < TURN_MS) return
    await setImmediate()
    last = performance.now()
  }
}

/** Looks at each item in order. */
export async function inTurns<T>(items: readonly T[], look: (item: T) => void): Promise<void> {
  for (let at = 0; at < items.length; at += TURN_ITEMS) {
    if (at > 0) await setImmediate()
    for (const item of items.slice(at, at + TURN_ITEMS)) look(item)
  }
}

/** Runs what is given one after the other, with a turn of the event loop before each: many at once hold nobody up. */
export function createLine(): <T>(work: () => T | Promise<T>) => Promise<T> {
  const queue = new PQueue({ concurrency: 1 })
  return async (work) =>
    queue.add(async () => {
      await setImmediate()
      return work()
    })
}
