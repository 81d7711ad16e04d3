/** `GET /v1/usage`: days of xAI usage in the form that a short script expects, with money as exact JSON numbers. */
import { parseAmount, formatAmount, type Amount } from '@usage-explorer/core/amount'
import { LosslessNumber, stringify } from 'lossless-json'
import { DAY } from '../clock.ts'
import { UNALLOCATED, NOT_SPLIT, type QuestionDimension } from '../usage/dimensions.ts'
import { parseMoment, resolveMoment, type Moment } from '../usage/moment.ts'
import { answerQuery } from './answer.ts'
import { accountsOf, type QuestionContext } from './context.ts'
import { ParameterReader, type Parameters, type ParameterTable } from './parameters.ts'
import type { AnsweredSeries, QueryAnswer } from './present.ts'
import { oneOf, type Filter } from '../usage/filters.ts'
import type { AskedMeasure } from './measures.ts'
import type { Query } from './query.ts'

const PROVIDER = 'xai'
const GROUPS = ['day', 'api_key', 'model', 'endpoint', 'team'] as const
const MOST_DAYS = 1000

/** Of `GET /v1/usage`. */
export const USAGE_V1_PARAMETERS: ParameterTable = {
  start_date: { doc: 'First day, in UTC: 2026-11-01.', required: true },
  end_date: { doc: `Last day, included. At most ${MOST_DAYS} days in all.`, required: true },
  group_by: { doc: 'What the days are split by. Default: day, which is not split.', choice: GROUPS },
  account: { doc: 'Only these accounts. Default: every xAI account.', many: true },
}
const INPUT_TYPES: readonly string[] = ['input', 'cache_read', 'cache_write', 'input_unsplit']
const OUTPUT_TYPES: readonly string[] = ['output', 'reasoning', 'output_unsplit']

interface Tokens {
  readonly input: Amount | null
  readonly output: Amount | null
  readonly total: Amount | null
}

/**
 * Answers `start_date`, `end_date` (UTC days, both inclusive), `group_by` (day, api_key, model, endpoint or team) and
 * `account` (repeated, narrows) with JSON text: `{"usage": [{"date", <group>, "name", "input_tokens",
 * "output_tokens", "total_tokens", "requests", "cost"}], "total_cost"}` in USD. Input counts cached tokens, output
 * reasoning; null is unknown. Days of which nothing is known have one row with `cost: null`. `partial: true` is added
 * unless every day is known completely, and `total_cost` is then the sum of what is known.
 *
 * @throws UsageExplorerError QUERY_INVALID
 */
export async function answerUsageV1(context: QuestionContext, parameters: Parameters): Promise<string> {
  const reader = new ParameterReader(parameters, USAGE_V1_PARAMETERS)
  const from = readDate(reader, 'start_date')
  const to = readDate(reader, 'end_date')
  const group = reader.word('group_by', GROUPS) ?? 'day'
  const accounts = reader.all('account')
  const [start, end] = [from, to].map((date) => date && resolveMoment(date, 'from', 0, 'UTC'))
  if (start !== undefined && end !== undefined && start > end) {
    reader.problem('end_date', 'must not be before start_date')
  }
  if (start !== undefined && end !== undefined && (end - start) / DAY >= MOST_DAYS) {
    reader.problem('end_date', `must be within ${MOST_DAYS} days from start_date`)
  }
  const known = accountsOf(context).flatMap(({ provider, account }) => (provider === PROVIDER ? account : []))
  if (accounts.some((account) => !known.includes(account))) {
    reader.problem('account', `must be one of ${known.join(', ')}`)
  }
  reader.check()
  if (from === undefined || to === undefined) throw new Error('missing dates are a problem that was checked')
  const dimensions: QuestionDimension[] = group === 'day' ? [] : [group]
  const where: Filter[] = [
    oneOf('provider', [PROVIDER]),
    ...(accounts.length === 0 ? [] : [oneOf('account', accounts)]),
  ]
  const ask = (
    measure: AskedMeasure,
    groupBy: readonly QuestionDimension[],
    more: Filter[],
  ): Promise<QueryAnswer> => {
    const query: Query = {
      from,
      to,
      zone: 'UTC',
      granularity: 'day',
      measures: [measure],
      groupBy,
      where,
      top: Infinity,
      compare: undefined,
    }
    return answerQuery(context, { ...query, where: [...where, ...more] })
  }
  const cost = await ask('cost', dimensions, [oneOf('currency', ['USD'])])
  const tokens = await ask('tokens', [...dimensions, 'type'], [])
  const requests = await ask('requests', dimensions, [])
  const days = cost.totals[0]?.points ?? []
  const usage = days.flatMap(({ start: at, amount }, day) => {
    const date = at.slice(0, 10)
    const row = (id: string | null, name: string | null, money: string | null): Record<string, unknown> => {
      const counted = tokensOf(tokens, group, id, day)
      return {
        date,
        ...(group === 'day' ? {} : { [group]: id, name }),
        input_tokens: numberOf(counted.input),
        output_tokens: numberOf(counted.output),
        total_tokens: numberOf(counted.total),
        requests: numberOf(sumOf(requests, group, id, day)),
        cost: money === null ? null : new LosslessNumber(money),
      }
    }
    if (amount === null || group === 'day') return [row(null, null, amount)]
    const spending = usedOn(day, cost, group)
    const rows = spending.map(([id, { names, points }]) =>
      row(id, names[group] ?? null, points[day]?.amount ?? null),
    )
    // What cost nothing, or what nobody knows the cost of, was used all the same.
    const others = new Map([...usedOn(day, tokens, group), ...usedOn(day, requests, group)])
    for (const id of [NOT_SPLIT, UNALLOCATED, ...spending.map(([spent]) => spent)]) others.delete(id)
    for (const [id, { names }] of others) {
      const money = sumOf(cost, group, id, day)
      rows.push(row(id, names[group] ?? null, money === null ? null : formatAmount(money)))
    }
    return rows
  })
  const total = cost.totals[0]?.amount ?? null
  return (
    stringify({
      usage,
      total_cost: total === null ? null : new LosslessNumber(total),
      ...(days.every(({ state }) => state === 'complete') ? {} : { partial: true }),
    }) ?? '{}'
  )
}

function readDate(reader: ParameterReader, name: 'start_date' | 'end_date'): Moment | undefined {
  const text = reader.one(name)
  const moment = text === undefined ? undefined : parseMoment(text)
  if (moment?.kind === 'date') return moment
  reader.problem(name, 'must be a date such as 2026-11-01')
  return undefined
}

/** Ids of groups that have something on this day, with a series of each. */
function usedOn(day: number, { series }: QueryAnswer, group: string): (readonly [string, AnsweredSeries])[] {
  return series
    .filter(({ points }) => (points[day]?.amount ?? '0') !== '0')
    .map((one) => [one.dimensions[group] ?? '', one] as const)
}

/** Series of one group; all of them by the day. */
function seriesOf({ series }: QueryAnswer, group: string, id: string | null): readonly AnsweredSeries[] {
  return group === 'day' ? series : series.filter(({ dimensions }) => dimensions[group] === id)
}

/** Where the day is known but not split by the group, a group's share of it is unknown. */
function isKnown(answer: QueryAnswer, group: string, id: string | null, day: number): boolean {
  const known = answer.totals.some(({ points }) => (points[day]?.amount ?? null) !== null)
  const lost = answer.series.some(
    ({ dimensions, points }) =>
      (dimensions[group] === NOT_SPLIT || dimensions[group] === UNALLOCATED) && points[day]?.amount !== '0',
  )
  return known && (group === 'day' || (id !== null && (!lost || seriesOf(answer, group, id).length > 0)))
}

function sumOf(answer: QueryAnswer, group: string, id: string | null, day: number): Amount | null {
  if (!isKnown(answer, group, id, day)) return null
  const stated = seriesOf(answer, group, id).flatMap(({ points }) => points[day]?.amount ?? [])
  // Past the watermark, no figure is no 0.
  if (stated.length === 0 && answer.totals.every(({ points }) => points[day]?.state === 'provisional'))
    return null
  return stated.reduce((sum, amount) => sum + amountOf(amount), 0n)
}

function tokensOf(answer: QueryAnswer, group: string, id: string | null, day: number): Tokens {
  const total = sumOf(answer, group, id, day)
  if (total === null) return { input: null, output: null, total }
  const series = seriesOf(answer, group, id)
  const sumTypes = (types: readonly string[]): Amount =>
    series
      .filter(({ dimensions }) => types.includes(dimensions['type'] ?? ''))
      .reduce((sum, { points }) => sum + amountOf(points[day]?.amount), 0n)
  const [input, output] = [sumTypes(INPUT_TYPES), sumTypes(OUTPUT_TYPES)]
  // What is in neither could be in either.
  return input + output === total ? { input, output, total } : { input: null, output: null, total }
}

function amountOf(text: string | null | undefined): Amount {
  return parseAmount(text ?? '0')?.amount ?? 0n
}

function numberOf(amount: Amount | null): LosslessNumber | null {
  return amount === null ? null : new LosslessNumber(formatAmount(amount))
}
