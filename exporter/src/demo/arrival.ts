/** When usage becomes visible: the running hour in steps, a part of it late, and one day in ten corrected afterwards. */
import { DAY, HOUR, MINUTE } from '../clock.ts'
import { noise } from './noise.ts'
import { LINES } from './workload.ts'

/** No part of an hour is later than this after the hour's end. */
export const LATEST_ARRIVAL: number = 6 * HOUR

const STEP = 15 * MINUTE
const STEP_DELAY = 5 * MINUTE

const FAULTY_EVERY = 10 * DAY
const FAULTY_DAY = 1
const CORRECTED_AFTER: number = 9 * DAY + 5 * HOUR

/**
 * When a day's figures are corrected, or undefined for a day that is right from the start. One day in ten is faulty:
 * half of its keys are first stated 15 % too high, the others 10 % too low.
 *
 * @param instant any instant of the day
 */
export function correctionOf(instant: number): number | undefined {
  const dayStart = Math.floor(instant / DAY) * DAY
  return (dayStart % FAULTY_EVERY) / DAY === FAULTY_DAY ? dayStart + CORRECTED_AFTER : undefined
}

/** From this instant on nothing changes an hour's figures any more. */
export function settledAt(hourStart: number): number {
  return correctionOf(hourStart) ?? hourStart + HOUR + LATEST_ARRIVAL
}

/**
 * What the provider shows at `now` of an hour's units. A pure function of its arguments.
 *
 * @param settled the hour's settled units by line
 * @returns units by line, at most what is settled unless the day awaits its correction
 */
export function visibleUnits(
  seed: number,
  hourStart: number,
  now: number,
  settled: Float64Array,
): Float64Array {
  const age = now - hourStart
  const steps = Math.min(Math.max(0, Math.floor((age - STEP_DELAY) / STEP)), HOUR / STEP)
  if (steps === 0) return new Float64Array(settled.length)
  const hour = hourStart / HOUR
  const faulty = now < (correctionOf(hourStart) ?? now)
  return settled.map((units, line) => {
    const stated = faulty ? misstate(units, line) : units
    const late = Math.floor(stated * lateShare(seed, hour, line))
    const arrived = age >= HOUR + lateBy(seed, hour, line) ? late : 0
    return Math.floor(((stated - late) * steps) / (HOUR / STEP)) + arrived
  })
}

function misstate(units: number, line: number): number {
  return keyNumbers[line] === 0 ? Math.floor((units * 115) / 100) : Math.floor((units * 90) / 100)
}

/** Alternates from key to key, so that a correction lowers some and raises others. */
const keyNumbers = LINES.map(({ place }) => [...new Set(LINES.map((line) => line.place))].indexOf(place) % 2)
const productNumbers = LINES.map(({ product }) =>
  [...new Set(LINES.map((line) => line.product))].indexOf(product),
)

// Lateness strikes a product as a whole, because what lags is a region or a queue, not a customer's key.
function lateShare(seed: number, hour: number, line: number): number {
  const product = productNumbers[line] ?? 0
  return noise(seed, hour, product, 1) < 0.4 ? 0.2 + 0.4 * noise(seed, hour, product, 2) : 0
}

function lateBy(seed: number, hour: number, line: number): number {
  return (1 + Math.floor(6 * noise(seed, hour, productNumbers[line] ?? 0, 3))) * HOUR
}
