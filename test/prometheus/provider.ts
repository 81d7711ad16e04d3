/** What the simulated provider says and has said, summed here without any of the service's own arithmetic. */
import type { Amount } from '@usage-explorer/core/amount'
import { DAY, HOUR } from '../../exporter/src/clock.ts'
import { correctionOf, settledAt } from '../../exporter/src/demo/arrival.ts'
import type { UsageCell, UsageModel } from '../../exporter/src/demo/usage-model.ts'
import { byKey, byModel, byType, type GroupOf } from '../support/truth.ts'

/** Exact USD by group; groups without cost are left out. */
export type Costs = ReadonlyMap<string, Amount>

export interface Stretch {
  readonly from: number
  readonly to: number
}

/** As the counters split it. */
export const byCounter: GroupOf = (cell) => `${byKey(cell)} ${byModel(cell)} ${byType(cell)}`

/** A description is the words before a model and the model, or something without one. */
export function modelOf(description: string): string {
  return /(?:^|\s)(grok-\S+)$/.exec(description)?.[1] ?? description
}

/** The float64 next to an amount: number literals are read with correct rounding. */
export function nearest(amount: Amount): number {
  return Number(`${amount}e-18`)
}

/** Cost of the hours that start in a stretch, as the provider shows it at `now`. */
export function costIn(model: UsageModel, { from, to }: Stretch, now: number, group: GroupOf): Costs {
  const hours = Array.from({ length: Math.ceil((to - from) / HOUR) }, (_, at) => from + at * HOUR)
  return sumCells(
    hours.flatMap((hour) => model.visibleAt(hour, now)),
    group,
  )
}

/** What the usage endpoint answers for a period, by key and model as the gauges split it. */
export function answerFor(model: UsageModel, { from, to }: Stretch, now: number): Costs {
  const { series } = model.answer({
    from,
    to,
    now,
    timeUnit: 'TIME_UNIT_NONE',
    groupBy: ['api_key_id', 'description'],
  })
  const sums = new Map<string, Amount>()
  for (const { group, costs } of series) {
    const [key = '', description = ''] = group
    const name = `${key} ${modelOf(description)}`
    sums.set(
      name,
      costs.reduce((a, b) => a + b, sums.get(name) ?? 0n),
    )
  }
  return sums
}

/** By how much hours of a stretch that stood complete fell from one moment to a later one. */
export function loweredIn(model: UsageModel, { from, to }: Stretch, before: number, after: number): Amount {
  let lowered = 0n
  for (let hour = from; hour < to; hour += HOUR) {
    const now = sumCells(model.visibleAt(hour, after), byCounter)
    for (const [group, cost] of sumCells(model.visibleAt(hour, before), byCounter)) {
      const fall = cost - (now.get(group) ?? 0n)
      if (fall > 0n) lowered += fall
    }
  }
  return lowered
}

/** Calendar periods of UTC around `now`, and the one before each. */
export function periodsAt(now: number): ReadonlyMap<string, Stretch> {
  const hour = Math.floor(now / HOUR) * HOUR
  const day = Math.floor(now / DAY) * DAY
  // 1970-01-01 was a Thursday, three days after a Monday.
  const week = day - ((day / DAY + 3) % 7) * DAY
  const month = (back: number): number => {
    const date = new Date(now)
    return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - back)
  }
  return new Map([
    ['hour', { from: hour, to: hour + HOUR }],
    ['previous_hour', { from: hour - HOUR, to: hour }],
    ['day', { from: day, to: day + DAY }],
    ['previous_day', { from: day - DAY, to: day }],
    ['week', { from: week, to: week + 7 * DAY }],
    ['previous_week', { from: week - 7 * DAY, to: week }],
    ['month', { from: month(0), to: month(-1) }],
    ['previous_month', { from: month(1), to: month(0) }],
  ])
}

/** Bounds of what counters could show at any moment, whenever in between they were told. */
export class Releases {
  readonly #model: UsageModel
  readonly #since: number
  readonly #settled = new Map<number, Costs>()
  readonly #known = new Map<string, Costs>()

  /** @param since start of the first hour that is counted */
  constructor(model: UsageModel, since: number) {
    this.#model = model
    this.#since = since
  }

  /** The most that can have been read by `now`: of each hour the highest figure that was ever shown. */
  most(now: number): Costs {
    return this.#remember('most', now, (hour, at) => {
      const correction = correctionOf(hour)
      const shown = this.#hour(hour, at)
      if (correction === undefined || at < correction) return shown
      return highest(this.#hour(hour, correction - 1), shown)
    })
  }

  /** What must have been read by `now` by whoever read it all: a figure that was taken back since does not count. */
  least(now: number): Costs {
    return this.#remember('least', now, (hour, at) => {
      const shown = this.#hour(hour, at)
      return correctionOf(hour) === undefined ? shown : lowest(shown, this.#hour(hour, settledAt(hour)))
    })
  }

  #remember(which: string, now: number, ofHour: (hour: number, at: number) => Costs): Costs {
    // Figures change on multiples of five minutes only (see arrival.ts).
    const at = Math.floor(now / (HOUR / 12)) * (HOUR / 12)
    const known = this.#known.get(`${which} ${at}`)
    if (known !== undefined) return known
    const sums = new Map<string, Amount>()
    for (let hour = this.#since; hour <= at; hour += HOUR) {
      for (const [group, cost] of ofHour(hour, at)) sums.set(group, (sums.get(group) ?? 0n) + cost)
    }
    this.#known.set(`${which} ${at}`, sums)
    return sums
  }

  #hour(hour: number, at: number): Costs {
    if (at < settledAt(hour)) return sumCells(this.#model.visibleAt(hour, at), byCounter)
    const settled = this.#settled.get(hour) ?? sumCells(this.#model.usageAt(hour), byCounter)
    this.#settled.set(hour, settled)
    return settled
  }
}

function sumCells(cells: readonly UsageCell[], group: GroupOf): Costs {
  const sums = new Map<string, Amount>()
  for (const cell of cells) {
    const name = group(cell)
    sums.set(name, (sums.get(name) ?? 0n) + cell.cost)
  }
  return new Map([...sums].filter(([, cost]) => cost !== 0n))
}

function highest(a: Costs, b: Costs): Costs {
  const groups = new Set([...a.keys(), ...b.keys()])
  return new Map([...groups].map((group) => [group, max(a.get(group) ?? 0n, b.get(group) ?? 0n)]))
}

function lowest(a: Costs, b: Costs): Costs {
  return new Map([...a].map(([group, cost]) => [group, -max(-cost, -(b.get(group) ?? 0n))]))
}

function max(a: Amount, b: Amount): Amount {
  return a > b ? a : b
}
