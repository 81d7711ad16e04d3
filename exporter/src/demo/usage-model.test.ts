import { divide, formatAmount, fromInteger, multiply, type Amount } from '@usage-explorer/core/amount'
import { describe, expect, it } from 'vitest'
import { DAY, HOUR, MINUTE } from '../clock.ts'
import { correctionOf, LATEST_ARRIVAL, settledAt } from './arrival.ts'
import { keysAt } from './organisation.ts'
import { PRODUCTS } from './products.ts'
import { TIME_UNITS } from './time-units.ts'
import { createUsageModel, type GroupBy, type UsageAnswer, type UsageQuestion } from './usage-model.ts'
import { runawayFactor } from './workload.ts'

const NOW = Date.UTC(2026, 10, 20, 12, 34, 56)
const TODAY = Date.UTC(2026, 10, 20)
const WEEK = { from: TODAY - 6 * DAY, to: TODAY + DAY, now: NOW } as const
const EVERYTHING: readonly GroupBy[] = ['api_key_id', 'description', 'unit_type']
const SUBSETS: readonly (readonly GroupBy[])[] = [
  [],
  ['description'],
  ['api_key_id'],
  ['unit_type'],
  ['description', 'api_key_id'],
  ['api_key_id', 'unit_type'],
  ['unit_type', 'description'],
  EVERYTHING,
]

const model = createUsageModel()

function ask(question: Partial<UsageQuestion>): UsageAnswer {
  return model.answer({ ...WEEK, timeUnit: 'TIME_UNIT_HOUR', groupBy: EVERYTHING, ...question })
}

function total(answer: UsageAnswer): Amount {
  return answer.series.flatMap(({ costs }) => costs).reduce((sum, cost) => sum + cost, 0n)
}

function costOfDay(dayStart: number, key?: string): Amount {
  return hoursOf(dayStart)
    .flatMap((hour) => model.usageAt(hour))
    .filter((cell) => key === undefined || cell.key.name === key)
    .reduce((sum, cell) => sum + cell.cost, 0n)
}

function hoursOf(dayStart: number): number[] {
  return Array.from({ length: 24 }, (_, n) => dayStart + n * HOUR)
}

/** The first day at or after `from` for which the condition holds. */
function dayWhere(condition: (dayStart: number) => boolean, from = TODAY - 60 * DAY): number {
  let day = from
  while (!condition(day)) day += DAY
  return day
}

describe('usage as a pure function of seed and hour', () => {
  it('gives a fresh model the same answer at the same moment, and another seed another answer', () => {
    const question: UsageQuestion = { ...WEEK, timeUnit: 'TIME_UNIT_HOUR', groupBy: EVERYTHING }
    expect(createUsageModel().answer(question)).toEqual(model.answer(question))
    expect(createUsageModel({ seed: 2 }).answer(question)).not.toEqual(model.answer(question))
  })

  it('keeps its exact figures, so that a restart after an upgrade restates nothing', () => {
    const cells = model.usageAt(Date.UTC(2026, 10, 18, 14))
    const stated = cells.find(
      ({ key, unitType }) => key.name === 'support-bot-prod' && unitType.startsWith('Reasoning'),
    )
    expect(stated?.units).toBe(55_812)
    expect(formatAmount(cells.reduce((sum, { cost }) => sum + cost, 0n))).toBe('18.74030506')
  })

  it('answers the same after more hours than it caches have been asked for', () => {
    const before = model.usageAt(TODAY)
    for (let n = 1; n <= 24 * 140; n++) model.usageAt(TODAY - n * HOUR)
    expect(model.usageAt(TODAY)).toEqual(before)
  })

  it('costs units times the list price to the last digit', () => {
    const prices = new Map(
      Object.values(PRODUCTS).flatMap(({ description, units }) =>
        units.map(({ unitType, ticks }) => [`${description} ${unitType}`, ticks] as const),
      ),
    )
    const cells = hoursOf(TODAY - 3 * DAY).flatMap((hour) => model.usageAt(hour))
    expect(cells.length).toBeGreaterThan(500)
    for (const { description, unitType, units, cost } of cells) {
      expect(Number.isInteger(units)).toBe(true)
      const ticks = fromInteger(prices.get(`${description} ${unitType}`) ?? 0)
      const perUnit = divide(ticks, fromInteger(10_000_000_000))
      expect(cost).toBe(multiply(fromInteger(units), perUnit))
    }
  })
})

describe('the shape of the demo', () => {
  const monday = dayWhere((day) => new Date(day).getUTCDay() === 1)

  it('is busy in office hours and nearly idle at the weekend', () => {
    const saturday = costOfDay(monday + 5 * DAY, 'code-review-prod')
    expect(costOfDay(monday, 'code-review-prod')).toBeGreaterThan(5n * saturday)
    const at = (hour: number): number =>
      model.usageAt(monday + hour * HOUR).filter(({ key }) => key.name === 'code-review-prod').length
    expect([at(3), at(10)]).toEqual([0, 8])
  })

  it('grows over ninety days', () => {
    const spent = (daysBack: number): Amount =>
      Array.from({ length: 7 }, (_, n) => costOfDay(monday - (daysBack - n) * DAY, 'search-prod')).reduce(
        (sum, cost) => sum + cost,
      )
    expect(10n * spent(0)).toBeGreaterThan(11n * spent(90))
  })

  it('has a key that runs away: its spend doubles daily for six days, then stops', () => {
    const start = dayWhere((day) => runawayFactor(day) === 1 && runawayFactor(day + DAY - 1) > 1.9)
    const calm = costOfDay(start - DAY, 'research-agent-dev')
    for (const day of [1, 2, 3, 4, 5]) {
      const before = costOfDay(start + (day - 1) * DAY, 'research-agent-dev')
      expect(10n * costOfDay(start + day * DAY, 'research-agent-dev')).toBeGreaterThan(16n * before)
    }
    expect(costOfDay(start + 5 * DAY, 'research-agent-dev')).toBeGreaterThan(25n * calm)
    expect(costOfDay(start + 6 * DAY, 'research-agent-dev')).toBeLessThan(2n * calm)
  })

  it('has a young key whose usage starts with it, disabled predecessors, and a key that is never used', () => {
    const keys = keysAt(NOW, 90 * DAY)
    expect(keys.length).toBeGreaterThanOrEqual(12)
    const young = keys.at(-1)
    const previous = keys.at(-2)
    if (young === undefined || previous === undefined) throw new Error('no labs keys')
    expect(NOW - young.createdAt).toBeLessThan(30 * DAY)
    expect(previous.disabledAt).toBe(young.createdAt)
    const users = (hour: number): string[] => model.usageAt(hour).map(({ key }) => key.id)
    expect(users(young.createdAt)).toContain(young.id)
    expect(users(young.createdAt)).not.toContain(previous.id)
    expect(users(young.createdAt - HOUR)).toContain(previous.id)
    expect(users(young.createdAt - HOUR)).not.toContain(young.id)

    const used = new Set(
      ask({ from: NOW - 90 * DAY, timeUnit: 'TIME_UNIT_NONE' }).series.map((s) => s.group[0]),
    )
    expect(keys.filter(({ id }) => !used.has(id)).map(({ name }) => name)).toEqual(['disaster-recovery'])
  })
})

describe('an answer', () => {
  it('has the same exact total for every group-by and every time unit', () => {
    const totals = SUBSETS.flatMap((groupBy) =>
      TIME_UNITS.map((timeUnit) => formatAmount(total(ask({ groupBy, timeUnit })))),
    )
    expect(new Set(totals).size).toBe(1)
    expect(totals[0]).not.toBe('0')
  })

  it('agrees cell by cell with the hours that it covers', () => {
    const answer = ask({})
    for (const [bucket, hour] of answer.bucketStarts.entries()) {
      const stated = answer.series.filter(({ costs }) => costs[bucket] !== 0n)
      const cells = model.visibleAt(hour, NOW)
      expect(new Map(stated.map(({ group, costs }) => [group.join(), costs[bucket]]))).toEqual(
        new Map(cells.map((cell) => [[cell.key.id, cell.description, cell.unitType].join(), cell.cost])),
      )
    }
  })

  it('lists groups in the order asked, with the key name and its redacted form as label', () => {
    const [series] = ask({ groupBy: ['unit_type', 'api_key_id'] }).series
    const key = keysAt(NOW, 90 * DAY).find(({ id }) => id === series?.group[1])
    expect(series?.group[0]).toBe('Prompt text tokens')
    expect(series?.labels[1]).toBe(`search-prod (${key?.redacted ?? ''})`)
  })

  it('excludes the hour that starts at its end and includes the one that starts at its beginning', () => {
    const hour = TODAY - DAY + 10 * HOUR
    const cost = (from: number, to: number): Amount => total(ask({ from, to }))
    expect(cost(hour, hour + HOUR)).toBe(
      model.visibleAt(hour, NOW).reduce((sum, cell) => sum + cell.cost, 0n),
    )
    expect(cost(hour - HOUR, hour) + cost(hour, hour + HOUR)).toBe(cost(hour - HOUR, hour + HOUR))
  })

  it('is dense: zeros stand for every bucket, also for hours that are not in yet', () => {
    const { bucketStarts, series } = ask({ groupBy: [] })
    expect(bucketStarts).toHaveLength(7 * 24)
    expect(series[0]?.costs).toHaveLength(7 * 24)
    expect(series[0]?.costs.at(-1)).toBe(0n)
  })

  it('begins with the UTC day in which the history begins and is empty before', () => {
    const historyStart = TODAY - 90 * DAY
    expect(ask({ from: historyStart - DAY, to: historyStart, groupBy: [] })).toEqual({
      bucketStarts: [],
      series: [],
    })
    const first = ask({ from: historyStart - DAY, to: historyStart + DAY, groupBy: [] })
    expect(first.bucketStarts[0]).toBe(historyStart)
    expect(first.series).toHaveLength(1)
  })
})

describe('arrival', () => {
  it('changes only hours that are late or corrected between two moments', () => {
    const from = TODAY - 30 * DAY
    const window = { from, to: TODAY + 2 * DAY }
    const later = NOW + 90 * MINUTE
    const [before, after] = [ask({ ...window }), ask({ ...window, now: later })]
    const costsAt = (answer: UsageAnswer, bucket: number): [string, Amount | undefined][] =>
      answer.series
        .map(({ group, costs }): [string, Amount | undefined] => [group.join(), costs[bucket]])
        .filter(([, cost]) => cost !== 0n)
        .sort()
    const changed = before.bucketStarts.filter(
      (_, bucket) =>
        JSON.stringify(costsAt(before, bucket).map(String)) !==
        JSON.stringify(costsAt(after, bucket).map(String)),
    )
    expect(changed.length).toBeGreaterThan(2)
    for (const hour of changed) {
      expect(settledAt(hour)).toBeGreaterThan(NOW)
      expect(hour).toBeLessThan(later)
    }
  })

  it('brings a right hour in completely six hours after its end and never lowers it on the way', () => {
    const day = dayWhere((start) => correctionOf(start) === undefined)
    for (const hour of hoursOf(day)) {
      const shown = (now: number): Amount =>
        model.visibleAt(hour, now).reduce((sum, cell) => sum + cell.cost, 0n)
      let last = 0n
      for (let now = hour; now <= hour + 8 * HOUR; now += 5 * MINUTE) {
        const cost = shown(now)
        expect(cost).toBeGreaterThanOrEqual(last)
        last = cost
      }
      expect(shown(hour)).toBe(0n)
      expect(shown(hour + HOUR + LATEST_ARRIVAL)).toBe(last)
      expect(model.visibleAt(hour, hour + HOUR + LATEST_ARRIVAL)).toEqual(model.usageAt(hour))
    }
  })

  it('holds a lump of some hours back for at least an hour', () => {
    const day = dayWhere((start) => correctionOf(start) === undefined)
    const late = hoursOf(day).filter((hour) => {
      const shown = (now: number): string =>
        JSON.stringify(model.visibleAt(hour, now).map(({ units }) => units))
      return shown(hour + 2 * HOUR - 1) !== shown(hour + HOUR + LATEST_ARRIVAL)
    })
    expect(late.length).toBeGreaterThan(12)
  })

  it('corrects one day in ten, nine days and five hours after it began, lowering some keys and raising others', () => {
    const faulty = dayWhere((start) => correctionOf(start) !== undefined)
    expect(correctionOf(faulty + DAY)).toBeUndefined()
    const corrected = faulty + 9 * DAY + 5 * HOUR
    expect(correctionOf(faulty)).toBe(corrected)
    const costOf = (now: number, key: string): Amount =>
      hoursOf(faulty)
        .flatMap((hour) => model.visibleAt(hour, now))
        .filter((cell) => cell.key.name === key)
        .reduce((sum, cell) => sum + cell.cost, 0n)
    for (const key of ['search-prod', 'data-pipeline-prod']) {
      expect(costOf(corrected - 1, key)).toBe(costOf(faulty + 2 * DAY, key))
      expect(costOf(corrected, key)).toBe(costOfDay(faulty, key))
    }
    expect(costOf(corrected, 'search-prod')).toBeLessThan(costOf(corrected - 1, 'search-prod'))
    expect(costOf(corrected, 'search-staging')).toBeGreaterThan(costOf(corrected - 1, 'search-staging'))
  })
})
