import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { pino } from 'pino'
import { DAY, HOUR } from '../clock.ts'
import { parseBudget } from '../config/budgets.ts'
import { answerQuery } from '../questions/answer.ts'
import { parseQuery } from '../questions/query.ts'
import { BILLED, World } from '../questions/testing.ts'
import { answerBudgets } from './answer.ts'
import { createBudgets, type Budgets } from './budgets.ts'
import type { Crossing } from './crossings.ts'
import { budgetGauges } from './gauges.ts'
import { answerGuard } from './guard.ts'

const SEARCH = { api_key: 'search' }
const SUPPORT = { api_key: 'support' }
const keys = [
  { match: 'search', team: 'search' },
  { match: 'support', team: 'support' },
]

let world: World
let budgets: Budgets
let told: Crossing[]

/** Budgets as the file has them; any zone, also one that it would refuse. */
async function open(...written: Record<string, string | string[]>[]): Promise<void> {
  const list = written.map(({ where = [], ...texts }) => ({
    ...parseBudget(
      { where: [where].flat(), texts: { name: 'b', amount: '100', ...texts, zone: 'UTC' } },
      'UTC',
    ),
    zone: typeof texts['zone'] === 'string' ? texts['zone'] : 'UTC',
  }))
  const context = { ...world.context, config: { ...world.context.config, budgets: list } }
  told = []
  budgets = await createBudgets({
    context,
    log: pino({ enabled: false }),
    crossed: (crossing) => told.push(crossing),
  })
}

/** Ten days of November, each with so much of both keys in its hour 12. */
async function bill(search: string, support = '1'): Promise<void> {
  const days = Array.from({ length: 10 }, (_, day) => day * 24 + 12)
  await world.tell({
    source: BILLED,
    from: '2026-11-01T00:00Z',
    to: '2026-11-11T00:00Z',
    rows: days.flatMap(
      (hour) =>
        [
          [hour, SEARCH, search],
          [hour, SUPPORT, support],
        ] as const,
    ),
  })
}

beforeEach(async () => {
  world = await World.open({
    now: '2026-11-11T01:00Z',
    mappings: { keys, users: [], projects: [], teams: {} },
  })
})
afterEach(async () => {
  await budgets.stop()
  await world.close()
})

describe('the state of a budget', () => {
  test('is what the same question answers, to the last digit', async () => {
    await bill('3.333333333333333333')
    await open({ where: ['team=search'], unit: 'USD' })
    const [state] = await budgets.states()
    const asked = await answerQuery(
      world.context,
      parseQuery({ from: '2026-11-01', to: 'now', where: 'team=search', granularity: 'total' }),
    )
    const [told] = (await answerBudgets(budgets, undefined, world.now)).budgets
    expect(told).toMatchObject({ used: asked.totals[0]?.amount, remaining: '66.66666666666666667' })
    expect(told?.used).toBe('33.33333333333333333')
    expect(state).toMatchObject({ team: 'search', ratio: 0.3333333333333333 })
    expect(state?.burn['24h']).toBeCloseTo(1, 10)
    expect(Number(state?.forecast?.amount) / 1e18).toBeCloseTo(100, 10)
  })

  test('of each team has the amount for each', async () => {
    await bill('5', '1')
    await world.tell({
      source: BILLED,
      account: 'second',
      from: '2026-11-01T00:00Z',
      to: '2026-11-02T00:00Z',
      rows: [[0, { api_key: 'nobody' }, '900']],
    })
    await open({ each: 'team', amount: '40' })
    expect((await budgets.states()).map(({ label, team, ratio }) => [label, team, ratio])).toEqual([
      ['b/search', 'search', 1.25],
      ['b/support', 'support', 0.25],
    ])
  })

  test('that cannot be told leaves the others as they are', async () => {
    await bill('1')
    await open({ name: 'odd', zone: 'Asia/Kolkata' }, { name: 'even' })
    expect((await budgets.states()).map(({ label }) => label)).toEqual(['even'])
  })

  test('counts one currency, and lists the others', async () => {
    await bill('1')
    const rows = [[0, SEARCH, '7']] as const
    await world.tell({
      source: BILLED,
      account: 'second',
      from: '2026-11-01T00:00Z',
      to: '2026-11-02T00:00Z',
      currency: 'EUR',
      rows,
    })
    await open({})
    expect(await budgets.states()).toMatchObject([{ used: 20n * 10n ** 18n, otherCurrencies: ['EUR'] }])
  })

  test('of which nothing is known is unknown, not 0', async () => {
    await open({})
    const [state] = await budgets.states()
    expect(state).toMatchObject({ used: null, ratio: null, forecast: undefined, burn: {} })
    const families = await budgetGauges(budgets)(world.now)
    expect(families.filter(({ samples }) => samples.length > 0).map(({ name }) => name)).toEqual([
      'llm_budget_info',
      'llm_budget_limit',
      'llm_budget_threshold_ratio',
    ])
  })

  test('begins anew with each period', async () => {
    await bill('20')
    await open({ period: 'day', amount: '21' })
    const gauge = async (name: string) =>
      (await budgetGauges(budgets)(world.now)).find((family) => family.name === name)?.samples
    world.now = Date.parse('2026-11-10T23:00Z')
    expect(await gauge('llm_budget_used')).toMatchObject([
      { labels: { period_start: '2026-11-10T00:00:00.000Z', unit: 'USD' }, value: 21 },
    ])
    world.now = Date.parse('2026-11-11T01:00Z')
    expect(await gauge('llm_budget_used')).toEqual([])
    expect(await gauge('llm_budget_limit')).toMatchObject([
      { labels: { period_start: '2026-11-11T00:00:00.000Z' } },
    ])
  })
})

describe('a crossing', () => {
  test('is told once in each period, with the hour in which it was crossed, also after a restart', async () => {
    await bill('5')
    await open({})
    await budgets.states()
    expect(told.map(({ threshold, crossed_at }) => [threshold, crossed_at])).toEqual([
      [50, '2026-11-09T13:00:00.000Z'],
    ])
    await open({})
    world.now += HOUR
    await budgets.states()
    expect(told).toEqual([])
    expect(await budgets.crossings(0)).toMatchObject([
      { budget: 'b', used: '60', amount: '100', unit: 'USD' },
    ])
  })

  test('is moved to an earlier hour when more of the past is read, and not told again', async () => {
    const days = Array.from({ length: 3 }, (_, day) => [day * 24 + 12, SEARCH, '20'] as const)
    await world.tell({ source: BILLED, from: '2026-11-08T00:00Z', to: '2026-11-11T00:00Z', rows: days })
    await open({})
    await budgets.states()
    expect(told).toMatchObject([{ threshold: 50, crossed_at: '2026-11-10T13:00:00.000Z' }])
    await world.tell({ source: BILLED, from: '2026-11-01T00:00Z', to: '2026-11-04T00:00Z', rows: days })
    world.now += 60_000
    await budgets.states()
    expect(told.map(({ threshold }) => threshold)).toEqual([50, 80, 100])
    const crossings = await budgets.crossings(0)
    expect(crossings.find(({ threshold }) => threshold === 50)?.crossed_at).toBe('2026-11-03T13:00:00.000Z')
    expect(crossings).toHaveLength(3)
  })

  test('of several thresholds at once is told for each', async () => {
    await bill('15')
    await open({ where: 'team=search' })
    await budgets.states()
    expect(told.map(({ threshold, team }) => [threshold, team])).toEqual([
      [50, 'search'],
      [80, 'search'],
      [100, 'search'],
    ])
  })
})

describe('budgets over HTTP', () => {
  test('are kept, changed and removed', async () => {
    await bill('5')
    await open()
    await budgets.set({ where: ['team=search'], texts: { name: 'made', amount: '100' } })
    expect(await budgets.states()).toMatchObject([{ label: 'made', ratio: 0.5 }])
    await budgets.set({ where: ['team=search'], texts: { name: 'made', amount: '200' } })
    expect(await budgets.states()).toMatchObject([{ label: 'made', ratio: 0.25 }])
    await open()
    expect(await budgets.states()).toMatchObject([{ label: 'made', ratio: 0.25 }])
    await budgets.remove('made')
    expect(await budgets.states()).toEqual([])
    await open()
    expect(await budgets.states()).toEqual([])
  })

  test('never touch those of the file', async () => {
    await open({})
    await expect(budgets.set({ where: [], texts: { name: 'b', amount: '1' } })).rejects.toMatchObject({
      code: 'BUDGET_IN_FILE',
    })
    await expect(budgets.remove('b')).rejects.toMatchObject({ code: 'BUDGET_IN_FILE' })
    await expect(budgets.remove('c')).rejects.toMatchObject({ code: 'BUDGET_UNKNOWN' })
    await expect(budgets.set({ where: [], texts: { name: 'c' } })).rejects.toMatchObject({
      code: 'BODY_INVALID',
    })
  })

  test('show a team what is its own, and tell guards what they can look for', async () => {
    await bill('15')
    await open(
      { name: 'all' },
      { name: 'teams', each: 'team', action: 'block' },
      { name: 'not-search', where: 'team!=search' },
    )
    const { budgets: seen, crossings } = await answerBudgets(budgets, ['search'], world.now)
    expect(seen.map(({ label }) => label)).toEqual(['teams/search'])
    expect(new Set(crossings.map(({ budget }) => budget))).toEqual(new Set(['teams/search']))
    expect(await answerGuard(budgets, world.context, undefined)).toEqual({
      budgets: [
        { name: 'all', exceeded: true, action: 'notify', selector: {} },
        { name: 'teams/search', exceeded: true, action: 'block', selector: { team: ['search'] } },
        { name: 'teams/support', exceeded: false, action: 'block', selector: { team: ['support'] } },
      ],
    })
  })

  test('that block everybody are told to the guards of each team, without their amounts', async () => {
    await bill('15')
    await open(
      { name: 'all', action: 'block' },
      { name: 'all-told', action: 'notify' },
      { name: 'model', where: ['model=grok-4'], action: 'block' },
      { name: 'support', where: ['team=support'], action: 'block' },
      { name: 'user', where: ['user=ann'], action: 'block' },
    )
    const { budgets: told } = await answerGuard(budgets, world.context, ['search'])
    expect(told).toEqual([
      { name: 'all', exceeded: true, action: 'block', selector: {} },
      { name: 'model', exceeded: false, action: 'block', selector: { model: ['grok-4'] } },
    ])
    expect((await answerBudgets(budgets, ['search'], world.now)).budgets).toEqual([])
  })
})

test('states are looked at again when the ledger changes, after a moment', async () => {
  await bill('1')
  await open({})
  const before = await budgets.states()
  expect(await budgets.states()).toBe(before)
  await bill('2')
  world.now += DAY / 1440
  expect((await budgets.states())[0]?.used).toBe(30n * 10n ** 18n)
})
