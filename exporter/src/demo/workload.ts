/** How much each key uses in each hour: patterns of the day and the week, growth, one key that runs away. */
import { DAY, HOUR } from '../clock.ts'
import { noise } from './noise.ts'
import type { KeyPlace } from './organisation.ts'
import { PRODUCTS, type BilledUnit, type Product, type ProductName } from './products.ts'

/** One line of a bill: who, what, in which unit. */
export interface Line {
  readonly place: KeyPlace
  readonly product: Product
  readonly unit: BilledUnit
}

interface Pattern {
  /** Share of the peak for each hour of the UTC day. */
  readonly hours: readonly number[]
  /** Share that is left on Saturdays and Sundays. */
  readonly weekend: number
}

interface Workload {
  readonly place: KeyPlace
  readonly product: ProductName
  readonly callsAtPeak: number
  readonly pattern: Pattern
}

const CONSUMER: Pattern = {
  hours: [2, 1, 1, 1, 1, 2, 3, 4, 6, 7, 8, 8, 8, 8, 8, 8, 8, 9, 10, 10, 9, 8, 6, 3].map((n) => n / 10),
  weekend: 0.8,
}
const OFFICE: Pattern = {
  hours: [0, 0, 0, 0, 0, 0, 1, 4, 8, 10, 10, 9, 6, 9, 10, 10, 8, 5, 2, 1, 0, 0, 0, 0].map((n) => n / 10),
  weekend: 0.1,
}
const NIGHTLY: Pattern = {
  hours: [0, 1, 1, 0.8, 0.3, ...Array<number>(19).fill(0)],
  weekend: 1,
}
const STEADY: Pattern = { hours: Array<number>(24).fill(1), weekend: 1 }

const RUNAWAY_PLACE: KeyPlace = 'research-agent-dev'

const WORKLOADS: readonly Workload[] = [
  { place: 'search-prod', product: 'fast', callsAtPeak: 4000, pattern: CONSUMER },
  { place: 'search-prod', product: 'search', callsAtPeak: 40, pattern: CONSUMER },
  { place: 'search-staging', product: 'fast', callsAtPeak: 150, pattern: OFFICE },
  { place: 'search-staging', product: 'search', callsAtPeak: 3, pattern: OFFICE },
  { place: 'support-bot-prod', product: 'reasoning', callsAtPeak: 90, pattern: CONSUMER },
  { place: 'support-bot-prod', product: 'fastReasoning', callsAtPeak: 900, pattern: CONSUMER },
  { place: 'support-bot-staging', product: 'fastReasoning', callsAtPeak: 60, pattern: OFFICE },
  { place: 'code-review-prod', product: 'code', callsAtPeak: 350, pattern: OFFICE },
  { place: 'code-review-prod', product: 'reasoning', callsAtPeak: 20, pattern: OFFICE },
  { place: 'code-review-dev', product: 'code', callsAtPeak: 40, pattern: OFFICE },
  { place: 'data-pipeline-prod', product: 'fast', callsAtPeak: 25_000, pattern: NIGHTLY },
  { place: 'marketing-copy-prod', product: 'fastReasoning', callsAtPeak: 300, pattern: OFFICE },
  { place: 'marketing-images-prod', product: 'image', callsAtPeak: 18, pattern: OFFICE },
  { place: 'marketing-images-prod', product: 'video', callsAtPeak: 4, pattern: OFFICE },
  { place: RUNAWAY_PLACE, product: 'reasoning', callsAtPeak: 5, pattern: STEADY },
  { place: RUNAWAY_PLACE, product: 'search', callsAtPeak: 3, pattern: STEADY },
  { place: 'scratch', product: 'fast', callsAtPeak: 12, pattern: OFFICE },
  { place: 'labs', product: 'fastReasoning', callsAtPeak: 150, pattern: OFFICE },
  { place: 'labs', product: 'code', callsAtPeak: 30, pattern: STEADY },
]

const bound = WORKLOADS.map((workload) => ({ ...workload, units: PRODUCTS[workload.product].units }))

/** Every line that can occur on a bill, in a fixed order. Units of an hour are kept as an array in this order. */
export const LINES: readonly Line[] = bound.flatMap(({ place, product, units }) =>
  units.map((unit) => ({ place, product: PRODUCTS[product], unit })),
)

/**
 * Units of one hour by line, whole numbers. A pure function of seed and hour.
 *
 * @param hourStart ms, a whole hour
 */
export function computeHour(seed: number, hourStart: number): Float64Array {
  const hour = hourStart / HOUR
  const day = Math.floor(hour / 24)
  // 1970-01-01, day 0, was a Thursday; with this shift Saturday is 0 and Sunday 1.
  const weekend = (day + 5) % 7 < 2
  const growth = growthAt(hourStart)
  const units = new Float64Array(LINES.length)
  let line = 0
  for (const [i, { place, callsAtPeak, pattern, units: billed }] of bound.entries()) {
    const shape = (pattern.hours[hour - day * 24] ?? 0) * (weekend ? pattern.weekend : 1)
    const surge = place === RUNAWAY_PLACE ? runawayFactor(hourStart) : 1
    const calls = callsAtPeak * shape * growth * surge * (0.8 + 0.4 * noise(seed, hour, i))
    for (const { perCall } of billed) {
      units[line] = Math.floor(calls * perCall * (0.9 + 0.2 * noise(seed, hour, i, line)))
      line += 1
    }
  }
  return units
}

const GROWTH_FROM = Date.UTC(2026, 0, 1)
const GROWTH_PERIOD = 30 * DAY
const GROWTH_PER_PERIOD = 0.06
// After five years the organisation has grown up; without a bound the amounts would become absurd.
const MOST_GROWTH_PERIODS = 60

function growthAt(instant: number): number {
  const periods = Math.min(Math.max(0, (instant - GROWTH_FROM) / GROWTH_PERIOD), MOST_GROWTH_PERIODS)
  let factor = 1
  for (let n = 1; n <= periods; n++) factor *= 1 + GROWTH_PER_PERIOD
  return factor * (1 + GROWTH_PER_PERIOD * (periods - Math.floor(periods)))
}

const RUNAWAY_PERIOD = 10 * DAY
const RUNAWAY_CALM = 4 * DAY

/**
 * A loop in the agent goes unnoticed: from the fifth day of every ten on, spend doubles daily up to 64-fold, until
 * someone stops it. It recurs because usage knows no `now`; whenever one looks, the newest case is at most days old.
 */
export function runawayFactor(instant: number): number {
  const daysAway = ((instant % RUNAWAY_PERIOD) - RUNAWAY_CALM) / DAY
  if (daysAway < 0) return 1
  const doublings = Math.floor(daysAway)
  return (1 << doublings) * (1 + daysAway - doublings)
}
