/** `GET /api/v1/reconciliation`. */
import { formatAmount, toNumber } from '@usage-explorer/core/amount'
import { DAY } from '../clock.ts'
import type { Contributor, Sample } from '../metrics/snapshot.ts'
import { MOMENT_FORMS, parseMoment, resolveMoment } from '../usage/moment.ts'
import type { QuestionContext } from './context.ts'
import { ParameterReader, type Parameters, type ParameterTable } from './parameters.ts'
import { iso } from './present.ts'
import { coverageOf, reconcile, type Comparison } from './reconciliation.ts'

const BY = ['api_key', 'model', 'team'] as const
const LONGEST_DAYS = 92
/** Days that the gauges compare. */
const GAUGED_DAYS = 7
/** Settled days change seldom. */
const KEPT_MS = 300_000

export const RECONCILIATION_PARAMETERS: ParameterTable = {
  from: {
    doc: `${MOMENT_FORMS}. Whole UTC days are compared. Default: now-7d. At most ${LONGEST_DAYS} days.`,
  },
  to: { doc: 'As `from`. Default: now.' },
  by: { doc: 'Splits the comparison. Default: not split.', choice: BY },
}

/**
 * JSON: for each account and measure (cost: billed against observed; tokens: metered against observed) the whole and its
 * days, the gap in money or tokens and as a ratio, coverage, likely causes, and keys that nobody knows.
 *
 * @throws UsageExplorerError QUERY_INVALID
 */
export async function answerReconciliation(
  context: QuestionContext,
  parameters: Parameters,
): Promise<object> {
  const reader = new ParameterReader(parameters, RECONCILIATION_PARAMETERS)
  const now = context.now()
  const instant = (name: 'from' | 'to', fallback: string): number => {
    const parsed = parseMoment(reader.one(name) ?? fallback)
    if (parsed === undefined) reader.problem(name, `must be ${MOMENT_FORMS}`)
    return resolveMoment(parsed ?? { kind: 'ago', ms: 0 }, name, now, 'UTC')
  }
  const window = { from: instant('from', 'now-7d'), to: instant('to', 'now') }
  if (window.to - window.from > LONGEST_DAYS * DAY)
    reader.problem('from', `may be at most ${LONGEST_DAYS} days before to`)
  const by = reader.word('by', BY)
  reader.check()
  const results = await reconcile(context, { ...window, by })
  return {
    from: iso(window.from),
    to: iso(window.to),
    accounts: results.map(
      ({ provider, account, measure, window: settled, reason, comparisons, causes, unmatchedKeys }) => ({
        provider,
        account,
        measure,
        reference: measure === 'cost' ? 'billed' : 'metered',
        settled: settled === undefined ? null : { from: iso(settled.from), to: iso(settled.to) },
        not_compared: reason ?? null,
        comparisons: comparisons
          .filter(({ day }) => day === undefined)
          .map((whole) => ({
            ...(by === undefined
              ? {}
              : {
                  [by]: whole.group,
                  name:
                    by === 'team'
                      ? null
                      : (context.identity.displayName(by, { provider, account, id: whole.group }) ?? null),
                }),
            ...present(whole),
            days: comparisons
              .filter(
                ({ day, group, currency }) =>
                  day !== undefined && group === whole.group && currency === whole.currency,
              )
              .map((one) => ({ day: iso(one.day ?? 0).slice(0, 10), ...present(one) })),
          })),
        likely_causes: causes,
        unmatched_keys: unmatchedKeys.map(({ key, amount, currency }) => ({
          key,
          amount: formatAmount(amount),
          currency,
        })),
      }),
    ),
  }
}

function present(comparison: Comparison): object {
  const { currency, reference, observed } = comparison
  const coverage = coverageOf(comparison)
  return {
    currency,
    reference: formatAmount(reference),
    observed: formatAmount(observed),
    gap: formatAmount(reference - observed),
    gap_ratio: coverage === undefined ? null : 1 - coverage,
    coverage_ratio: coverage ?? null,
  }
}

/** `llm_reconciliation_*` of the accounts that ask for it: cost of the last settled days. */
export function contributeReconciliation(context: QuestionContext): Contributor {
  const wanted = new Set(context.config.accounts.filter(({ reconcile }) => reconcile).map(({ name }) => name))
  let known: { readonly at: number; readonly families: ReturnType<typeof familiesOf> } | undefined
  return async (now) => {
    if (wanted.size === 0) return []
    if (known !== undefined && now - known.at < KEPT_MS) return known.families
    const results = await reconcile(context, { from: now - (GAUGED_DAYS + 1) * DAY, to: now, by: undefined })
    const comparisons = results
      .filter(({ account, measure }) => measure === 'cost' && wanted.has(account))
      .flatMap((result) => result.comparisons.filter(({ day }) => day === undefined))
    const families = familiesOf(comparisons)
    // Where nothing has settled yet, it may within the minute.
    if (comparisons.length > 0) known = { at: now, families }
    return families
  }
}

function familiesOf(comparisons: readonly Comparison[]): { name: string; samples: Sample[] }[] {
  const samples = (valueOf: (one: Comparison) => number | undefined): Sample[] =>
    comparisons.flatMap((one) => {
      const value = valueOf(one)
      const { provider, account, currency } = one
      return value === undefined ? [] : [{ labels: { provider, account, currency }, value }]
    })
  return [
    { name: 'llm_reconciliation_billed', samples: samples(({ reference }) => toNumber(reference)) },
    { name: 'llm_reconciliation_observed', samples: samples(({ observed }) => toNumber(observed)) },
    {
      name: 'llm_reconciliation_gap_ratio',
      samples: samples((one) => {
        const coverage = coverageOf(one)
        return coverage === undefined ? undefined : 1 - coverage
      }),
    },
    { name: 'llm_reconciliation_coverage_ratio', samples: samples(coverageOf) },
  ]
}
