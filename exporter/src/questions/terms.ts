/** Reads what formulas are made of: each measure once for each account, and of it the rows that a term counts. */
import type { Amount } from '@usage-explorer/core/amount'
import { NOT_SPLIT, UNALLOCATED } from '../usage/dimensions.ts'
import type { Buckets, Calendar } from './calendar.ts'
import type { QuestionContext } from './context.ts'
import type { Contribution } from './folding.ts'
import { MEASURE_TABLE, termsOf, type AskedMeasure, type Term } from './measures.ts'
import type { Notice } from './notices.ts'
import type { Query } from './query.ts'
import { read, type Reading } from './reading.ts'
import { subjectsOf, type Subject } from './subjects.ts'
import type { Line } from './sums.ts'

/** What one asked measure reads, of whom. */
export interface Plan {
  readonly asked: AskedMeasure
  readonly terms: readonly Term[]
  /** Rows are needed by type. */
  readonly typed: boolean
  /** Accounts with the sources that tell all terms. */
  readonly subjects: readonly Subject[]
}

export interface ReadOrder {
  readonly query: Query
  readonly granularity: Buckets
  readonly zone: string
}

export async function planOf(
  context: QuestionContext,
  query: Query,
): Promise<{ plans: Plan[]; notices: Notice[] }> {
  const plans: Plan[] = []
  const notices: Notice[] = []
  for (const asked of query.measures) {
    const terms = termsOf(MEASURE_TABLE[asked].formula)
    const subjects = await subjectsOf(context, query.where, {
      asked,
      measures: [...new Set(terms.map(({ measure }) => measure))],
    })
    notices.push(...subjects.flatMap((subject) => subject.notices))
    plans.push({ asked, terms, typed: terms.some(({ types }) => types !== undefined), subjects })
  }
  return { plans, notices }
}

/** Reads terms in one calendar; what several terms share is read once. */
export class TermReader {
  readonly #readings = new Map<string, Promise<Reading>>()
  readonly #context: QuestionContext
  readonly #order: ReadOrder
  readonly calendar: Calendar

  constructor(context: QuestionContext, order: ReadOrder, calendar: Calendar) {
    this.#context = context
    this.#order = order
    this.calendar = calendar
  }

  /** For each account that can tell the plan's measure, the whole of what it reads. */
  async readings(plan: Plan, { measure }: Term): Promise<Reading[]> {
    const readings: Reading[] = []
    for (const subject of plan.subjects) {
      if (subject.sources.length > 0) readings.push(await this.#reading(plan, subject, measure))
    }
    return readings
  }

  /** For each account, the rows that the term counts. */
  async contributions(plan: Plan, term: Term): Promise<Contribution[]> {
    const readings = await this.readings(plan, term)
    return plan.typed
      ? readings.map((reading) => ({ ...reading, lines: select(reading.lines, term) }))
      : readings
  }

  #reading(plan: Plan, { account, sources }: Subject, measure: Reading['measure']): Promise<Reading> {
    const { query, granularity, zone } = this.#order
    const { groupBy, where } = query
    // Both sides of a ratio are ranked alike, so that they come from the same source at every time.
    const rankAs = plan.terms[0]?.measure ?? measure
    const names = sources.map(({ spec }) => spec.id)
    const key = JSON.stringify([account, names, measure, rankAs, plan.typed])
    const known = this.#readings.get(key)
    if (known !== undefined) return known
    const reading = read(this.#context, account, sources, {
      measure,
      rankAs,
      groupBy: plan.typed ? [...groupBy, 'type'] : groupBy,
      where,
      calendar: this.calendar,
      buckets: granularity,
      zone,
    })
    this.#readings.set(key, reading)
    return reading
  }
}

/**
 * The lines of a term, out of lines whose last group-by is the type. Every group stays, so that one that has no row of
 * the term is a known 0. Pure.
 */
function select(lines: readonly Line[], { types, unclear = [] }: Term): Line[] {
  const groups = new Map<string, Line & { amounts: Map<number, Amount>; unclear: Set<number> }>()
  for (const line of lines) {
    const values = line.values.slice(0, -1)
    const type = line.values.at(-1) ?? ''
    const key = JSON.stringify([values, line.currency])
    const group = groups.get(key) ?? {
      ...line,
      values,
      amounts: new Map<number, Amount>(),
      unclear: new Set<number>(),
    }
    groups.set(key, group)
    for (const bucket of line.unclear ?? []) group.unclear.add(bucket)
    const counts = types === undefined || types.includes(type)
    const hides = !counts && (unclear.includes(type) || type === NOT_SPLIT || type === UNALLOCATED)
    for (const [bucket, amount] of line.amounts) {
      if (counts) group.amounts.set(bucket, (group.amounts.get(bucket) ?? 0n) + amount)
      if (hides && amount !== 0n) group.unclear.add(bucket)
    }
  }
  return [...groups.values()]
}
