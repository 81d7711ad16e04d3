/** `GET /v1/usage`, the call of the provider's own documentation, answered by a running process to the last digit. */
import { isLosslessNumber, parse } from 'lossless-json'
import { expect, it } from 'vitest'
import { parseAmount, formatAmount } from '@usage-explorer/core/amount'
import { DAY } from '../../exporter/src/clock.ts'
import { codeOf } from '../support/http-service.ts'
import { byKey, byModel, costOfDay, dateOf, type GroupOf } from '../support/truth.ts'
import { useReadService } from './read-service.ts'

const running = useReadService()

interface Row {
  readonly date: string
  readonly cost: unknown
  readonly [field: string]: unknown
}
interface Answer {
  readonly usage: readonly Row[]
  readonly total_cost: unknown
  readonly partial?: true
}

const literal = (value: unknown): string | null => (isLosslessNumber(value) ? value.value : null)

/** As the snippet of the provider's own documentation asks, with the numbers as they are written. */
async function usage(parameters: Readonly<Record<string, string>>): Promise<Answer> {
  const response = await fetch(`${running().url}/v1/usage?${new URLSearchParams(parameters).toString()}`)
  const text = await response.text()
  expect(response.status, text).toBe(200)
  expect(response.headers.get('content-type')).toContain('application/json')
  // Any reader of JSON must do.
  expect(JSON.parse(text)).toHaveProperty('total_cost')
  return parse(text) as Answer
}

function total(days: readonly string[]): string {
  const costs = days.flatMap((day) => [...costOfDay(running().simulator.model, day).values()])
  return formatAmount(costs.reduce((sum, cost) => sum + (parseAmount(cost)?.amount ?? 0n), 0n))
}

const month = (): readonly string[] => running().settled.slice(-31)
const dates = (days: readonly string[]): { start_date: string; end_date: string } => ({
  start_date: days[0] ?? '',
  end_date: days.at(-1) ?? '',
})

it('answers a month by model with the exact numbers of the provider, both dates included', async () => {
  const days = month()
  const { usage: rows, total_cost, ...rest } = await usage({ ...dates(days), group_by: 'model' })
  const between = datesBetween(days)
  // Days that still await a correction lie between settled ones; they are answered as well.
  expect([...new Set(rows.map(({ date }) => date))]).toEqual(between)
  for (const day of days) expectDay(rows, day, 'model', byModel)
  if (between.length === days.length) expect(literal(total_cost)).toBe(total(days))
  expect(rest).toEqual({})
})

const teams: GroupOf = ({ key: { name } }) =>
  name.startsWith('search-') ? 'search' : name.startsWith('support-bot-') ? 'support' : 'unassigned'
const groups: readonly (readonly [string, GroupOf])[] = [
  ['api_key', byKey],
  ['model', byModel],
  ['team', teams],
  // xAI tells none.
  ['endpoint', () => 'not_split'],
]

it.each(groups)('splits by %s', async (group, of) => {
  const days = running().settled.slice(0, 5)
  const { usage: rows } = await usage({ ...dates(days), group_by: group })
  for (const day of days) expectDay(rows, day, group, of)
})

it('splits by day unless asked otherwise', async () => {
  const days = running().settled.slice(0, 3)
  expect(datesBetween(days)).toEqual(days)
  const answer = await usage(dates(days))
  expect(answer).toEqual(await usage({ ...dates(days), group_by: 'day' }))
  expect(answer.usage.map(({ date, cost }) => [date, literal(cost)])).toEqual(
    days.map((day) => [day, costOfDay(running().simulator.model, day).get('') ?? '0']),
  )
  expect(literal(answer.total_cost)).toBe(total(days))
  expect(answer).not.toHaveProperty('partial')
})

it('gives api keys their names and counts no requests that xAI does not tell', async () => {
  const { usage: rows } = await usage({ ...dates(running().settled.slice(0, 1)), group_by: 'api_key' })
  expect(rows.map(({ name }) => name)).toContain('search-prod')
  expect(rows.every(({ requests }) => requests === null)).toBe(true)
})

it('days that are not in, or never were, make it partial, and the total is what is known', async () => {
  const today = dateOf(Date.now())
  const tomorrow = dateOf(Date.now() + DAY)
  const last = await usage({ start_date: today, end_date: tomorrow })
  expect(last.partial).toBe(true)
  expect(last.usage.map(({ date }) => date)).toEqual([today, tomorrow])
  expect(last.usage[1]).toMatchObject({ cost: null, total_tokens: null })

  const first = running().settled[0] ?? ''
  const longAgo = dateOf(Date.parse(first) - 10 * DAY)
  const early = await usage({ start_date: longAgo, end_date: first })
  expect(early.partial).toBe(true)
  expect(early.usage).toHaveLength(11)
  expect(early.usage[0]).toMatchObject({ date: longAgo, cost: null })
  const known = early.usage.flatMap(({ cost }) => literal(cost) ?? [])
  const sum = known.reduce((all, cost) => all + (parseAmount(cost)?.amount ?? 0n), 0n)
  expect(literal(early.total_cost)).toBe(formatAmount(sum))
  expect(literal(early.usage.at(-1)?.cost)).toBe(costOfDay(running().simulator.model, first).get(''))

  const never = await usage({ start_date: '2020-01-01', end_date: '2020-01-02', group_by: 'model' })
  expect(never).toMatchObject({ partial: true, total_cost: null, usage: [{ cost: null }, { cost: null }] })
})

it('narrows to accounts, and refuses one that there is not', async () => {
  const days = running().settled.slice(0, 2)
  expect(await usage({ ...dates(days), account: 'main' })).toEqual(await usage(dates(days)))
  const parameters = new URLSearchParams({ ...dates(days), account: 'other' }).toString()
  const refused = await running().service.get(`/v1/usage?${parameters}`)
  expect(refused.status).toBe(400)
  expect(await refused.text()).toContain('account: ')
})

it.each([
  'start_date=2026-01-01',
  'start_date=2026-01-02&end_date=2026-01-01',
  'start_date=2026-02-30&end_date=2026-03-01',
  'start_date=2026-01-01&end_date=2026-01-31&group_by=week',
  'start_date=2026-01-01&end_date=2026-01-31&group_by=model&group_by=day',
  'start_date=2020-01-01&end_date=2026-01-31',
  'start_date=2026-01-01&end_date=2026-01-31&groupby=model',
])('refuses %s', async (parameters) => {
  const response = await running().service.get(`/v1/usage?${parameters}`)
  expect([response.status, await codeOf(response)]).toEqual([400, 'QUERY_INVALID'])
})

function expectDay(rows: readonly Row[], day: string, group: string, of: GroupOf): void {
  const told = rows.filter(({ date }) => date === day).map((row) => [row[group], literal(row.cost)] as const)
  expect(new Map(told), `${day} by ${group}`).toEqual(costOfDay(running().simulator.model, day, of))
  expect(told).toHaveLength(new Set(told.map(([name]) => name)).size)
}

function datesBetween(days: readonly string[]): string[] {
  const [from, to] = [Date.parse(days[0] ?? ''), Date.parse(days.at(-1) ?? '')]
  return Array.from({ length: (to - from) / DAY + 1 }, (_, at) => dateOf(from + at * DAY))
}
