/** How fast a budget is used, and where that leads: from hours of usage in event time. Pure. */
import type { Amount } from '@usage-explorer/core/amount'
import { DateTime } from 'luxon'
import { DAY, HOUR } from '../clock.ts'
import type { Budget } from '../usage/budget.ts'
import type { Window } from '../usage/record.ts'

/** Usage of consecutive hours. */
export interface Hours {
  /** Start of the first one. */
  readonly from: number
  /** Null where nothing is known. */
  readonly amounts: readonly (Amount | null)[]
}

/** By the names of the label `window`. */
export const BURN_WINDOWS: Readonly<Record<string, number>> = {
  '1h': HOUR,
  '6h': 6 * HOUR,
  '24h': DAY,
  '3d': 3 * DAY,
}

/** Days of history that {@link createForecast} looks at. */
export const HISTORY_DAYS = 28

/**
 * Usage of the window that ends where the data does, over what the budget allows in as much time: 1 is on plan.
 * Undefined where the window is not wholly known, or the data is older than the window is long.
 */
export function burnRatio(
  hours: Hours,
  of: { budget: Budget; period: Window; dataEnd: number; windowMs: number; now: number },
): number | undefined {
  const { budget, period, dataEnd, windowMs, now } = of
  if (now - dataEnd > windowMs) return undefined
  const used = sumBetween(hours, { from: dataEnd - windowMs, to: dataEnd })
  if (used === undefined) return undefined
  const allowed = (Number(budget.amount) * windowMs) / (period.to - period.from)
  return Number(used) / allowed
}

/** Undefined where any hour of the window is unknown, or the window begins before the hours do. */
function sumBetween({ from, amounts }: Hours, window: Window): Amount | undefined {
  const first = Math.round((window.from - from) / HOUR)
  if (first < 0) return undefined
  const taken = amounts.slice(first, Math.max(first, Math.round((window.to - from) / HOUR)))
  return taken.reduce<Amount | undefined>(
    (sum, amount) => (sum === undefined || amount === null ? undefined : sum + amount),
    0n,
  )
}

export interface Forecast {
  /** At the end of the period. */
  readonly amount: Amount
  /** When the budget is used up; undefined where it lasts, or already is. */
  readonly runsOutAt: number | undefined
}

/**
 * Forecasts of a budget's period: what is used, and for the rest what is usual. Usual is the median of the same
 * weekdays (for hours and days: of the same hours of the week) in the four weeks before, which one odd day does not
 * move; with fewer than two of those, the mean of all that is known. Undefined with less than a day of history.
 *
 * @param dataEnd the rest begins here
 */
export function createForecast(
  budget: Budget,
  period: Window,
  hoursFrom: number,
  dataEnd: number,
): (used: Amount, hours: Hours) => Forecast | undefined {
  const byHour = budget.period === 'hour' || budget.period === 'day'
  // What is looked up for every value of `each` is worked out once.
  const slots = slotsOf({ from: hoursFrom, to: dataEnd }, budget.zone, byHour)
  const rest = slotsOf({ from: dataEnd, to: period.to }, budget.zone, byHour)
  const slotHours = byHour ? 1n : 24n
  return (used, { amounts }) => {
    const usual = usualOf(slots, amounts, slotHours)
    if (usual === undefined) return undefined
    let amount = used
    let runsOutAt: number | undefined
    rest.forEach(({ same }, index) => {
      amount += usual(same) / slotHours
      if (runsOutAt === undefined && used < budget.amount && amount >= budget.amount) {
        runsOutAt = dataEnd + (index + 1) * HOUR
      }
    })
    return { amount, runsOutAt }
  }
}

interface Slot {
  /** Slots of the same weekday, or hour of the week, share it. */
  readonly same: number
  /** The day, or the hour itself. */
  readonly own: string
}

/** For each hour the slot that it falls in. */
function slotsOf({ from, to }: Window, zone: string, byHour: boolean): Slot[] {
  return Array.from({ length: Math.max(0, Math.round((to - from) / HOUR)) }, (_, index) => {
    const at = DateTime.fromMillis(from + index * HOUR, { zone })
    return byHour
      ? { same: at.weekday * 24 + at.hour, own: String(index) }
      : { same: at.weekday, own: at.toISODate() ?? '' }
  })
}

const FEWEST = 2
const LEAST_HOURS = 24

function usualOf(
  slots: readonly Slot[],
  amounts: readonly (Amount | null)[],
  slotHours: bigint,
): ((same: number) => Amount) | undefined {
  const sums = new Map<string, { same: number; amount: Amount; hours: bigint }>()
  let known = 0
  let total = 0n
  slots.forEach(({ same, own }, index) => {
    const amount = amounts[index] ?? null
    if (amount === null) return
    known++
    total += amount
    const sum = sums.get(own) ?? { same, amount: 0n, hours: 0n }
    sums.set(own, { same, amount: sum.amount + amount, hours: sum.hours + 1n })
  })
  if (known < LEAST_HOURS) return undefined
  const mean = (total * slotHours) / BigInt(known)
  const whole = new Map<number, Amount[]>()
  for (const { same, amount, hours } of sums.values()) {
    // A day of a clock change has 23 or 25 hours; parts of a day say too little.
    if (hours * 24n < slotHours * 23n) continue
    whole.set(same, [...(whole.get(same) ?? []), amount])
  }
  const medians = new Map([...whole].map(([same, some]) => [same, median(some)]))
  return (same) => medians.get(same) ?? mean
}

function median(amounts: readonly Amount[]): Amount | undefined {
  if (amounts.length < FEWEST) return undefined
  const sorted = [...amounts].sort((a, b) => (a < b ? -1 : Number(a > b)))
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? 0n) + (sorted[Math.floor(middle)] ?? 0n)) / 2n
}
