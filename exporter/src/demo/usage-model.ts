/** The simulated usage as the provider would answer it: exact, grouped as asked, as visible at a given moment. */
import type { Amount } from '@usage-explorer/core/amount'
import { DAY, HOUR } from '../clock.ts'
import { settledAt, visibleUnits } from './arrival.ts'
import { keyAt, labsGeneration, type DemoKey } from './organisation.ts'
import { bucketStarts, type TimeUnit } from './time-units.ts'
import { computeHour, LINES, type Line } from './workload.ts'

export const GROUP_BYS = ['description', 'api_key_id', 'unit_type'] as const
export type GroupBy = (typeof GROUP_BYS)[number]

export interface UsageCell {
  readonly key: DemoKey
  readonly description: string
  readonly unitType: string
  readonly units: number
  /** USD: units times the list price. */
  readonly cost: Amount
}

export interface UsageQuestion {
  /** ms, inclusive. An hour belongs to the window when it starts in it. */
  readonly from: number
  /** ms, exclusive. */
  readonly to: number
  readonly now: number
  readonly timeUnit: TimeUnit
  readonly groupBy: readonly GroupBy[]
}

export interface UsageSeries {
  /** One value for each dimension asked for, in the order asked. */
  readonly group: readonly string[]
  readonly labels: readonly string[]
  /** USD for each bucket of the answer, zeros included. */
  readonly costs: readonly Amount[]
}

export interface UsageAnswer {
  /** ms, ascending. */
  readonly bucketStarts: readonly number[]
  /** Only groups with some usage in the window. */
  readonly series: readonly UsageSeries[]
}

/** A line of an invoice: all keys together. */
export interface BilledLine {
  readonly description: string
  readonly unitType: string
  readonly ticksPerUnit: number
  readonly units: number
}

export interface UsageModel {
  readonly historyMs: number
  /** Settled cells of one hour, those without usage left out. `hourStart` is a whole hour in ms. */
  usageAt(hourStart: number): readonly UsageCell[]
  /** The same as the provider shows it at `now`. */
  visibleAt(hourStart: number, now: number): readonly UsageCell[]
  /** What the usage endpoint answers; nothing before the start of the UTC day in which the history begins. */
  answer(question: UsageQuestion): UsageAnswer
  /** Units of all hours that start in [from, to), as visible at `now`, in no stated order. */
  billedLines(from: number, to: number, now: number): readonly BilledLine[]
}

/** Hours kept: the history, and the closed months that invoices look at. About 0.5 kB each. */
const CACHED_HOURS = 24 * 130

/** The same seed gives the same usage, always. */
export function createUsageModel(options: { seed?: number; historyMs?: number } = {}): UsageModel {
  const { seed = 1, historyMs = 90 * DAY } = options
  const settledHours = new Map<number, Float64Array>()

  function settled(hourStart: number): Float64Array {
    const known = settledHours.get(hourStart)
    if (known !== undefined) return known
    const units = computeHour(seed, hourStart)
    const [oldest] = settledHours.keys()
    if (settledHours.size >= CACHED_HOURS && oldest !== undefined) settledHours.delete(oldest)
    settledHours.set(hourStart, units)
    return units
  }

  function visible(hourStart: number, now: number): Float64Array {
    const units = settled(hourStart)
    return now >= settledAt(hourStart) ? units : visibleUnits(seed, hourStart, now, units)
  }

  return {
    historyMs,
    usageAt: (hourStart) => toCells(settled(hourStart), hourStart),
    visibleAt: (hourStart, now) => toCells(visible(hourStart, now), hourStart),
    answer(question) {
      const { to, now, groupBy } = question
      const from = Math.max(question.from, Math.floor((now - historyMs) / DAY) * DAY)
      const starts = bucketStarts(from, to, question.timeUnit)
      const groups = new Map<string, Group>()
      let generation = NaN
      let groupOfLine: Group[] = []
      let bucket = 0
      for (const hour of hoursOf(from, to)) {
        while ((starts[bucket + 1] ?? Infinity) <= hour) bucket += 1
        if (generation !== labsGeneration(hour)) {
          generation = labsGeneration(hour)
          groupOfLine = LINES.map((line) => groupFor(groups, line, generation, groupBy, starts.length))
        }
        for (const [i, units] of visible(hour, now).entries()) {
          const line = LINES[i]
          const costs = groupOfLine[i]?.costs
          if (units === 0 || line === undefined || costs === undefined) continue
          costs[bucket] = (costs[bucket] ?? 0n) + costOf(units, line)
        }
      }
      const series = [...groups.values()].filter(({ costs }) => costs.some((cost) => cost !== 0n))
      return { bucketStarts: starts, series }
    },
    billedLines(from, to, now) {
      const lines = new Map<string, BilledLine & { units: number }>()
      for (const hour of hoursOf(from, to)) {
        for (const [i, units] of visible(hour, now).entries()) {
          const line = LINES[i]
          if (units === 0 || line === undefined) continue
          const id = `${line.product.description}|${line.unit.unitType}`
          const known = lines.get(id)
          if (known !== undefined) known.units += units
          else lines.set(id, { ...billed(line), units })
        }
      }
      return [...lines.values()]
    },
  }
}

function toCells(units: Float64Array, hourStart: number): UsageCell[] {
  return LINES.flatMap((line, i) => {
    const used = units[i] ?? 0
    if (used === 0) return []
    const { description } = line.product
    const key = keyAt(line.place, labsGeneration(hourStart))
    return [{ key, description, unitType: line.unit.unitType, units: used, cost: costOf(used, line) }]
  })
}

function billed(line: Line): Omit<BilledLine, 'units'> {
  const { unitType, ticks } = line.unit
  return { description: line.product.description, unitType, ticksPerUnit: ticks }
}

/** A tick is 10^-10 USD. An hour's ticks of one line stay far below 2^53, so the product of numbers is exact. */
function costOf(units: number, line: Line): Amount {
  return BigInt(units * line.unit.ticks) * 10n ** 8n
}

interface Group extends UsageSeries {
  readonly costs: Amount[]
}

function groupFor(
  groups: Map<string, Group>,
  { place, product, unit }: Line,
  generation: number,
  groupBy: readonly GroupBy[],
  buckets: number,
): Group {
  const key = keyAt(place, generation)
  const names = {
    description: { value: product.description, label: product.description },
    unit_type: { value: unit.unitType, label: unit.unitType },
    api_key_id: { value: key.id, label: `${key.name} (${key.redacted})` },
  }
  const group = groupBy.map((dimension) => names[dimension].value)
  const labels = groupBy.map((dimension) => names[dimension].label)
  const known = groups.get(group.join('|'))
  if (known !== undefined) return known
  const created = { group, labels, costs: Array<Amount>(buckets).fill(0n) }
  groups.set(group.join('|'), created)
  return created
}

function* hoursOf(from: number, to: number): Generator<number> {
  for (let hour = Math.ceil(from / HOUR) * HOUR; hour < to; hour += HOUR) yield hour
}
