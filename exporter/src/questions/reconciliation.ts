/** What was billed or metered against what apps observed of it: two tellings of the same calls, compared and never added. */
import { divide, toNumber, type Amount } from '@usage-explorer/core/amount'
import { DAY } from '../clock.ts'
import { UNMATCHED } from '../identity/observed-key.ts'
import type { SourceState } from '../ledger/ledger.ts'
import { watermark } from '../usage/coverage.ts'
import { UNASSIGNED, type QuestionDimension } from '../usage/dimensions.ts'
import type { Measure } from '../usage/measures.ts'
import type { Window } from '../usage/record.ts'
import type { SourceKind } from '../usage/source.ts'
import { zoneCalendar } from './calendar.ts'
import { accountsOf, type Account, type QuestionContext } from './context.ts'
import { read, type Reading } from './reading.ts'

/** What is compared with what is observed. */
const REFERENCES = { cost: 'billed', tokens: 'metered' } as const
export type ReconciledMeasure = keyof typeof REFERENCES

export interface Comparison extends Account {
  readonly measure: ReconciledMeasure
  readonly currency: string
  /** Value of the dimension that was asked for; '' where none was. */
  readonly group: string
  /** Start of the UTC day; undefined for all days together. */
  readonly day: number | undefined
  /** Billed cost or metered tokens. */
  readonly reference: Amount
  readonly observed: Amount
}

export interface AccountReconciliation extends Account {
  readonly measure: ReconciledMeasure
  /** Whole UTC days that both sides have settled; undefined where there are none, with the reason. */
  readonly window: Window | undefined
  readonly reason: string | undefined
  readonly comparisons: readonly Comparison[]
  readonly causes: readonly Cause[]
  /** Observed keys that no listed key matches, with what they cost or used. */
  readonly unmatchedKeys: readonly {
    readonly key: string
    readonly amount: Amount
    readonly currency: string
  }[]
}

export interface Cause {
  readonly code: 'key_never_observed' | 'aborted_streams' | 'price_drift' | 'late_data' | 'unassigned_traffic'
  readonly message: string
}

/**
 * Compares day by day in UTC, only where both sides have settled: what is not in yet would look like a gap.
 *
 * @param by splits the comparison; the reference may not be able to (`not_split`)
 */
export async function reconcile(
  context: QuestionContext,
  asked: Window & { readonly by: 'api_key' | 'model' | 'team' | undefined },
): Promise<AccountReconciliation[]> {
  const results: AccountReconciliation[] = []
  for (const account of accountsOf(context)) {
    const sources = context.ledger
      .sources()
      .filter(({ key }) => key.provider === account.provider && key.account === account.account)
    for (const measure of ['cost', 'tokens'] as const) {
      results.push(await reconcileOne(context, account, sources, measure, asked))
    }
  }
  return results
}

/** Observed over reference; undefined where there is nothing to cover. */
export function coverageOf({
  reference,
  observed,
}: Pick<Comparison, 'reference' | 'observed'>): number | undefined {
  return reference === 0n ? undefined : toNumber(divide(observed, reference))
}

async function reconcileOne(
  context: QuestionContext,
  account: Account,
  all: readonly SourceState[],
  measure: ReconciledMeasure,
  asked: Window & { readonly by: 'api_key' | 'model' | 'team' | undefined },
): Promise<AccountReconciliation> {
  const nothing = (reason: string): AccountReconciliation => {
    return { ...account, measure, window: undefined, reason, comparisons: [], causes: [], unmatchedKeys: [] }
  }
  const of = (kind: SourceKind, what: Measure = measure): SourceState[] =>
    all.filter(({ spec, cuts }) => spec.kind === kind && spec.measures.includes(what) && cuts.length > 0)
  const kind = REFERENCES[measure]
  const [references, observers] = [of(kind), of('observed')]
  if (references.length === 0) return nothing(`no source of this account tells ${kind} ${measure}`)
  if (observers.length === 0) return nothing('no instrumented app has told anything of this account yet')
  const window = settledDays([references, observers], asked)
  if (window === undefined) return nothing('there is no whole day yet that both sides have settled')

  const ask = async (
    sources: readonly SourceState[],
    groupBy: readonly QuestionDimension[],
    what: Measure = measure,
  ) =>
    read(context, account, sources, {
      measure: what,
      rankAs: what,
      groupBy,
      where: [],
      calendar: zoneCalendar(window, 'day', 'UTC'),
      buckets: 'day',
      zone: 'UTC',
    })
  const groupBy: readonly QuestionDimension[] = asked.by === undefined ? [] : [asked.by]
  const [reference, observed] = [await ask(references, groupBy), await ask(observers, groupBy)]
  const days = zoneCalendar(window, 'day', 'UTC').starts
  const settled = days.flatMap((start, at) =>
    isSettled(reference, at) && isSettled(observed, at) ? [{ start, at }] : [],
  )
  if (settled.length === 0) return nothing('there is no whole day yet that both sides have settled')
  const comparisons = compare(account, measure, reference, observed, settled)
  const keys = await ask(observers, ['api_key'])
  const unmatchedKeys = keys.lines.flatMap(({ values: [key = ''], currency, amounts }) =>
    key.startsWith(UNMATCHED)
      ? [{ key, currency, amount: sum(settled.map(({ at }) => amounts.get(at) ?? 0n)) }]
      : [],
  )
  const errors = await ask(observers, ['type'], 'errors')
  const causes = causesOf(context, account, { measure, comparisons, by: asked.by, errors, days: settled })
  return { ...account, measure, window, reason: undefined, comparisons, causes, unmatchedKeys }
}

/** Whole UTC days in the asked window that both sides cover; what is past either's watermark is not settled. */
function settledDays(sides: readonly (readonly SourceState[])[], asked: Window): Window | undefined {
  const spans = sides.map((sources) => {
    const coverage = sources.flatMap(({ cuts }) => cuts.flatMap((cut) => cut.coverage))
    const marks = sources.flatMap(({ cuts }) => cuts.map((cut) => watermark(cut.coverage) ?? -Infinity))
    return { from: Math.min(...coverage.map((span) => span.from)), to: Math.max(...marks) }
  })
  const from = Math.ceil(Math.max(asked.from, ...spans.map((span) => span.from)) / DAY) * DAY
  const to = Math.floor(Math.min(asked.to, ...spans.map((span) => span.to)) / DAY) * DAY
  return from < to ? { from, to } : undefined
}

function isSettled({ statuses }: Reading, day: number): boolean {
  const state = statuses[day]?.state
  return state === 'complete' || state === 'partial'
}

function compare(
  account: Account,
  measure: ReconciledMeasure,
  reference: Reading,
  observed: Reading,
  days: readonly { start: number; at: number }[],
): Comparison[] {
  const sides = new Map<
    string,
    { currency: string; group: string; days: { reference: Amount; observed: Amount }[] }
  >()
  const take = ({ lines }: Reading, side: 'reference' | 'observed'): void => {
    for (const {
      values: [group = ''],
      currency,
      amounts,
    } of lines) {
      const key = JSON.stringify([currency, group])
      const known = sides.get(key) ?? {
        currency,
        group,
        days: days.map(() => ({ reference: 0n, observed: 0n })),
      }
      sides.set(key, known)
      days.forEach(({ at }, index) => {
        const day = known.days[index]
        if (day !== undefined) day[side] += amounts.get(at) ?? 0n
      })
    }
  }
  take(reference, 'reference')
  take(observed, 'observed')
  return [...sides.values()].flatMap(({ currency, group, days: amounts }): Comparison[] => {
    const shared = { ...account, measure, currency, group }
    const whole = {
      ...shared,
      day: undefined,
      reference: sum(amounts.map((day) => day.reference)),
      observed: sum(amounts.map((day) => day.observed)),
    }
    if (whole.reference === 0n && whole.observed === 0n) return []
    return [whole, ...amounts.map((day, index) => ({ ...shared, ...day, day: days[index]?.start }))]
  })
}

function causesOf(
  context: QuestionContext,
  { provider, account }: Account,
  found: {
    readonly measure: ReconciledMeasure
    readonly comparisons: readonly Comparison[]
    readonly by: 'api_key' | 'model' | 'team' | undefined
    readonly errors: Reading
    readonly days: readonly { at: number }[]
  },
): Cause[] {
  const causes: Cause[] = []
  const { measure, comparisons, by, errors, days } = found
  const whole = comparisons.filter(({ day }) => day === undefined)
  const never =
    by === 'api_key' ? whole.filter(({ observed, reference }) => observed === 0n && reference > 0n) : []
  if (never.length > 0) {
    const names = never.map(
      ({ group }) => context.identity.displayName('api_key', { provider, account, id: group }) ?? group,
    )
    causes.push({
      code: 'key_never_observed',
      message: `No instrumented app has used ${names.slice(0, 10).join(', ')}${names.length > 10 ? ` and ${names.length - 10} more` : ''}.`,
    })
  }
  const aborted = errors.lines
    .filter(({ values: [type] }) => type === 'aborted')
    .reduce((total, { amounts }) => total + sum(days.map(({ at }) => amounts.get(at) ?? 0n)), 0n)
  if (aborted > 0n) {
    causes.push({
      code: 'aborted_streams',
      message: `${toNumber(aborted)} calls were cut off by their app before they told what they used; the provider bills them all the same.`,
    })
  }
  const restated = context.ledger
    .counters()
    .some(
      ({ family, labels, ledger }) =>
        family === `llm_restated_${measure}_total` && labels['account'] === account && ledger > 0n,
    )
  if (restated) {
    causes.push({
      code: 'late_data',
      message: 'The provider has changed days after it had answered them completely.',
    })
  }
  const over = whole.filter((one) => (coverageOf(one) ?? 0) > 1.02)
  if (measure === 'cost' && over.length > 0) {
    causes.push({
      code: 'price_drift',
      message:
        'More was observed than billed: the price list or a discount differs from what the apps reckoned with.',
    })
  }
  const unclaimed = context.ledger
    .sources()
    .some(
      ({ key, spec }) => key.provider === provider && key.account === UNASSIGNED && spec.kind === 'observed',
    )
  if (unclaimed) {
    causes.push({
      code: 'unassigned_traffic',
      message: `Apps have told calls of ${provider} that belong to no account: name it in the resource attribute usage_explorer.account.`,
    })
  }
  return causes
}

function sum(amounts: readonly Amount[]): Amount {
  return amounts.reduce((a, b) => a + b, 0n)
}
