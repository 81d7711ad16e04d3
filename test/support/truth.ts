/** What the simulated provider itself holds for true, in the words of the service's answers. */
import { formatAmount, type Amount } from '@usage-explorer/core/amount'
import { partitionUnitType } from '@usage-explorer/core/xai'
import { DAY, HOUR } from '../../exporter/src/clock.ts'
import { settledAt } from '../../exporter/src/demo/arrival.ts'
import { PRODUCTS } from '../../exporter/src/demo/products.ts'
import type { UsageCell, UsageModel } from '../../exporter/src/demo/usage-model.ts'

/** How a cell is named when an answer is grouped; '' puts all of them together. */
export type GroupOf = (cell: UsageCell) => string

export const byKey: GroupOf = ({ key }) => key.id
export const byModel: GroupOf = ({ description }) => {
  const product = Object.values(PRODUCTS).find((one) => one.description === description)
  return product === undefined || product.model === '' ? description : product.model
}
export const byType: GroupOf = ({ unitType }) => partitionUnitType(unitType).cost

/** Exact USD of a UTC day by group, as settled; groups without cost are left out. */
export function costOfDay(
  model: UsageModel,
  date: string,
  group: GroupOf = () => '',
): ReadonlyMap<string, string> {
  const sums = new Map<string, Amount>()
  const start = Date.parse(date)
  for (let hour = start; hour < start + DAY; hour += HOUR) {
    for (const cell of model.usageAt(hour)) {
      const name = group(cell)
      sums.set(name, (sums.get(name) ?? 0n) + cell.cost)
    }
  }
  return new Map([...sums].filter(([, sum]) => sum !== 0n).map(([name, sum]) => [name, formatAmount(sum)]))
}

/**
 * UTC days, oldest first, that lie whole in the last `days` days and of which nothing changed any more at `now`: what
 * was read after that is the provider's last word.
 */
export function settledDays(now: number, days = 89): string[] {
  const found: string[] = []
  const today = Math.floor(now / DAY) * DAY
  for (let start = today - days * DAY + DAY; start < today; start += DAY) {
    const hours = Array.from({ length: 24 }, (_, at) => start + at * HOUR)
    if (hours.every((hour) => settledAt(hour) <= now)) found.push(dateOf(start))
  }
  return found
}

export function dateOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}
