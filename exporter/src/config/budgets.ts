/** Budgets as they are written: in the file's list `budgets`, and in the same words over HTTP. */
import { formatAmount, parseAmount, type Amount } from '@usage-explorer/core/amount'
import { isSeq } from 'yaml'
import { UsageExplorerError } from '../errors.ts'
import {
  BUDGET_PERIODS,
  EACH,
  guardSelector,
  unitName,
  type Budget,
  type BudgetUnit,
} from '../usage/budget.ts'
import { FILTER_DOC, readFilters } from '../usage/filters.ts'
import { type Located, readList, readSection, readText } from './document.ts'
import { type DefaultedField, type Field, type Kind, parseDefault } from './field.ts'
import { accountName, integer, oneOf, text, zone } from './kinds.ts'
import { placeText, type Place, type Problems } from './problems.ts'

/** Like most lists, and like this one: a comma-separated text over HTTP, a list or such a text in the file. */
const thresholds: Kind<readonly number[]> = {
  name: 'list of per cents from 1 to 1000',
  schema: { type: ['array', 'string', 'number'], items: { type: 'integer', minimum: 1, maximum: 1000 } },
  parse(given) {
    const values = given.split(',').map((one) => (/^\s*\d{1,4}\s*$/.test(one) ? Number(one) : 0))
    if (values.length > 10 || values.some((value) => value < 1 || value > 1000)) {
      return { problem: 'must be at most ten whole per cents from 1 to 1000, such as 50, 80, 100' }
    }
    return { value: [...new Set(values)].sort((a, b) => a - b) }
  },
}

const amount: Kind<Amount> = {
  name: 'number above 0',
  schema: { type: ['number', 'string'] },
  parse(given) {
    const parsed = /^\d{1,18}(\.\d{1,18})?$/.test(given) ? parseAmount(given)?.amount : undefined
    if (parsed === undefined || parsed === 0n)
      return { problem: 'must be a number above 0, such as 500 or 12.50' }
    return { value: parsed }
  },
}

const unit: Kind<BudgetUnit> = {
  name: 'a currency such as `USD`, `tokens` or `requests`',
  schema: { type: 'string', pattern: '^([A-Z]{3}|tokens|requests)$' },
  parse(given) {
    if (given === 'tokens' || given === 'requests') return { value: given }
    if (/^[A-Z]{3}$/.test(given)) return { value: { currency: given } }
    return { problem: 'must be a currency such as USD, or tokens or requests' }
  },
}

interface BudgetFields {
  readonly name: Field<string>
  readonly amount: Field<Amount>
  readonly unit: DefaultedField<BudgetUnit>
  readonly period: DefaultedField<Budget['period']>
  readonly each: Field<NonNullable<Budget['each']>>
  readonly zone: Field<string>
  readonly start_day: DefaultedField<number>
  readonly thresholds: DefaultedField<readonly number[]>
  readonly action: DefaultedField<Budget['action']>
  readonly owner: Field<string>
}

export const BUDGET_FIELDS: BudgetFields = {
  name: { key: 'name', kind: accountName, required: true, doc: 'The label `budget`; each has its own.' },
  amount: { key: 'amount', kind: amount, required: true, doc: 'What may be used in a period.' },
  unit: {
    key: 'unit',
    kind: unit,
    default: 'USD',
    doc: 'What the amount is of. Cost in other currencies does not count; it is listed.',
  },
  period: { key: 'period', kind: oneOf(...BUDGET_PERIODS), default: 'month', doc: 'How often it is new.' },
  each: {
    key: 'each',
    kind: oneOf(...EACH),
    doc: 'Every value of this dimension has the amount for itself, so that `user` limits each user.',
  },
  zone: { key: 'zone', kind: zone, doc: 'In which periods begin; the configured zone where not given.' },
  start_day: {
    key: 'start_day',
    kind: integer(1, 28),
    default: '1',
    doc: 'Day of the month on which a month or quarter begins; of the week, from Monday = 1 to 7, for weeks.',
  },
  thresholds: {
    key: 'thresholds',
    kind: thresholds,
    default: '50, 80, 100',
    doc: 'Per cents of the amount; crossing one is kept and told.',
  },
  action: {
    key: 'action',
    kind: oneOf('notify', 'block'),
    default: 'notify',
    doc: '`block` has the guard of the instrumentation library refuse calls once it is used up.',
  },
  owner: { key: 'owner', kind: text, doc: 'Who answers for it; shown in alerts.' },
}

/** Beside the fields: a filter, or a list of them. */
export const WHERE_DOC: string =
  'What counts: one filter or a list, as questions take them; all usage where not given. ' + FILTER_DOC

/** What is written of one budget: each value as text, `where` as its filters. */
export interface WrittenBudget {
  readonly where: readonly string[]
  readonly texts: Readonly<Partial<Record<keyof BudgetFields, string>>>
}

type Complain = (field: string, problem: string) => void

/** The file's list. Budgets with a problem are left out, the problem is added. */
export function readBudgets(
  list: Located | undefined,
  configuredZone: string,
  problems: Problems,
): readonly Budget[] {
  const named = new Map<string, Place>()
  return (readList(list, problems) ?? []).flatMap((item) => {
    const section = readSection(item, [...Object.keys(BUDGET_FIELDS), 'where'], problems)
    if (section === undefined) return []
    const placeOf = (key: string): Place => section.entries.get(key)?.place ?? section.place
    const written = (key: string): readonly string[] => readTexts(section.entries.get(key), problems)
    const texts = Object.fromEntries(
      Object.keys(BUDGET_FIELDS).flatMap((key) =>
        section.entries.has(key) ? [[key, written(key).join(',')]] : [],
      ),
    )
    const budget = buildBudget({ where: written('where'), texts }, configuredZone, (field, problem) =>
      problems.add(placeOf(field), problem),
    )
    if (budget === undefined) return []
    const first = named.get(budget.name)
    if (first !== undefined) problems.add(placeOf('name'), `the budget of ${placeText(first)} again`)
    named.set(budget.name, first ?? placeOf('name'))
    return first === undefined ? [budget] : []
  })
}

/** @throws UsageExplorerError BODY_INVALID naming every problem */
export function parseBudget(written: WrittenBudget, configuredZone: string): Budget {
  const problems: string[] = []
  const budget = buildBudget(written, configuredZone, (field, problem) =>
    problems.push(`${field}: ${problem}`),
  )
  if (budget !== undefined) return budget
  throw new UsageExplorerError('BODY_INVALID', problems.join('; '))
}

/** The same as it is written, for keeping and showing. */
export function writeBudget(budget: Budget): WrittenBudget {
  const { where, name, each, period, zone: inZone, startDay, action, owner } = budget
  return {
    where,
    texts: {
      name,
      amount: formatAmount(budget.amount),
      unit: unitName(budget.unit),
      period,
      zone: inZone,
      start_day: String(startDay),
      thresholds: budget.thresholds.join(', '),
      action,
      ...(each === undefined ? {} : { each }),
      ...(owner === undefined ? {} : { owner }),
    },
  }
}

function buildBudget(
  { where, texts }: WrittenBudget,
  configuredZone: string,
  complain: Complain,
): Budget | undefined {
  let problems = 0
  const refuse: Complain = (field, problem) => {
    problems++
    complain(field, problem)
  }
  const given = <T>({ key, kind, required }: Field<T>): T | undefined => {
    const written = (texts as Readonly<Record<string, string>>)[key]
    if (written === undefined) {
      if (required === true) refuse(key, `${key} is missing`)
      return undefined
    }
    const parsed = kind.parse(written.trim())
    if ('value' in parsed) return parsed.value
    refuse(key, parsed.problem)
    return undefined
  }
  const or = <T>(field: DefaultedField<T>): T => given(field) ?? parseDefault(field)
  readFilters(where, (problem) => refuse('where', problem))
  const name = given(BUDGET_FIELDS.name)
  const limit = given(BUDGET_FIELDS.amount)
  const period = or(BUDGET_FIELDS.period)
  const startDay = or(BUDGET_FIELDS.start_day)
  if (startDay > MOST_DAYS[period]) refuse('start_day', START_DAY_RULE)
  const each = given(BUDGET_FIELDS.each)
  const action = or(BUDGET_FIELDS.action)
  if (action === 'block' && guardSelector({ where, each }, '') === undefined) refuse('action', BLOCK_RULE)
  const rest = {
    where,
    each,
    unit: or(BUDGET_FIELDS.unit),
    period,
    zone: given(BUDGET_FIELDS.zone) ?? configuredZone,
    startDay,
    thresholds: or(BUDGET_FIELDS.thresholds),
    action,
    owner: given(BUDGET_FIELDS.owner),
  }
  if (problems > 0 || name === undefined || limit === undefined) return undefined
  return { name, amount: limit, ...rest }
}

const MOST_DAYS: Readonly<Record<Budget['period'], number>> = {
  hour: 1,
  day: 1,
  week: 7,
  month: 28,
  quarter: 28,
}
const BLOCK_RULE =
  'block needs filters that an app can tell before a call: team, user, model and api_key, with = only'
const START_DAY_RULE = 'is 1 for hours and days, at most 7 for weeks'

function readTexts(value: Located | undefined, problems: Problems): readonly string[] {
  if (value === undefined) return []
  const items = isSeq(value.node) ? (readList(value, problems) ?? []) : [value]
  return items.flatMap((item) => readText(item, problems) ?? [])
}
