/** Which accounts a query is about, and which of their sources may be read. */
import { UsageExplorerError } from '../errors.ts'
import type { SourceState } from '../ledger/ledger.ts'
import type { Measure } from '../usage/measures.ts'
import { accountsOf, type Account, type QuestionContext } from './context.ts'
import { derivedAgree } from './derived.ts'
import { accepts, type Filter } from '../usage/filters.ts'
import type { AskedMeasure } from './measures.ts'
import { notReported, notice, noticedMeasure, type Notice } from './notices.ts'

/** What is asked, and the measures of the ledger that one source must tell for it. */
export interface Needed {
  readonly asked: AskedMeasure
  readonly measures: readonly Measure[]
}

/** An account with the sources that may tell what is needed; none where nothing can. */
export interface Subject {
  readonly account: Account
  readonly sources: readonly SourceState[]
  readonly notices: readonly Notice[]
}

/** @throws UsageExplorerError QUERY_INVALID when the filters name no account that there is */
export async function subjectsOf(
  context: QuestionContext,
  where: readonly Filter[],
  needed: Needed,
): Promise<Subject[]> {
  const accounts = accountsOf(context)
  const asked = accounts.filter((account) =>
    where.every((filter) => {
      const { dimension } = filter
      return (dimension !== 'provider' && dimension !== 'account') || accepts(filter, [account[dimension]])
    }),
  )
  if (asked.length === 0 && accounts.length > 0) {
    const known = accounts.map(({ provider, account }) => `${account} (${provider})`).join(', ')
    throw new UsageExplorerError('QUERY_INVALID', `where: no account is like that; there are ${known}`)
  }
  const subjects: Subject[] = []
  for (const account of asked) subjects.push(await subjectOf(context, account, needed))
  return subjects
}

async function subjectOf(
  context: QuestionContext,
  account: Account,
  { asked, measures }: Needed,
): Promise<Subject> {
  const all = context.ledger
    .sources()
    .filter(({ key }) => key.provider === account.provider && key.account === account.account)
  const telling = all.filter(({ spec }) => measures.every((measure) => spec.measures.includes(measure)))
  const derived = telling.some(({ spec }) => spec.kind === 'derived')
  const sources =
    derived && !(await derivedAgree(context, all))
      ? telling.filter(({ spec }) => spec.kind !== 'derived')
      : telling
  const notices: Notice[] = []
  const reasons = context.neverReports(account.provider)
  const untold = measures.find((measure) => !all.some(({ spec }) => spec.measures.includes(measure)))
  if (all.length === 0 && (untold === undefined || reasons[noticedMeasure(untold)] === undefined)) {
    notices.push(notice('nothing_read', account, asked, 'Nothing has been read of this account yet.'))
  } else if (untold !== undefined) {
    notices.push(notReported(account, untold, reasons))
  } else if (telling.length === 0) {
    const message = `No single source tells both ${measures.join(' and ')}, and figures of two are not divided by each other.`
    notices.push(notice('no_common_source', account, asked, message))
  }
  if (sources.length < telling.length) {
    const message = `${asked} computed from cost and list prices are left out: nothing confirms them within 1 %.`
    notices.push(notice('derived_withheld', account, asked, message))
  }
  return { account, sources, notices }
}
