/** Which accounts a query is about, and which of their sources may be read. */
import { UsageExplorerError } from '../errors.ts'
import type { SourceState } from '../ledger/ledger.ts'
import type { Measure } from '../usage/measures.ts'
import { accountsOf, type Account, type QuestionContext } from './context.ts'
import { derivedAgree } from './derived.ts'
import { notReported, notice, type Notice } from './notices.ts'
import type { Query } from './query.ts'

/** An account and measure with the sources that may tell it; none where nothing can. */
export interface Subject {
  readonly account: Account
  readonly measure: Measure
  readonly sources: readonly SourceState[]
  readonly notices: readonly Notice[]
}

/** @throws UsageExplorerError QUERY_INVALID when the filters name no account that there is */
export async function subjectsOf(context: QuestionContext, { measures, where }: Query): Promise<Subject[]> {
  const accounts = accountsOf(context)
  const subjects: Subject[] = []
  for (const account of accounts) {
    const asked = where.every(
      ({ dimension, values }) =>
        (dimension !== 'provider' && dimension !== 'account') || values.includes(account[dimension]),
    )
    for (const measure of asked ? measures : []) subjects.push(await subjectOf(context, account, measure))
  }
  if (subjects.length > 0 || accounts.length === 0) return subjects
  const known = accounts.map(({ provider, account }) => `${account} (${provider})`).join(', ')
  throw new UsageExplorerError('QUERY_INVALID', `where: no account is like that; there are ${known}`)
}

async function subjectOf(context: QuestionContext, account: Account, measure: Measure): Promise<Subject> {
  const all = context.ledger
    .sources()
    .filter(({ key }) => key.provider === account.provider && key.account === account.account)
  const telling = all.filter(({ spec }) => spec.measures.includes(measure))
  const derived = telling.some(({ spec }) => spec.kind === 'derived')
  const sources =
    derived && !(await derivedAgree(context, all))
      ? telling.filter(({ spec }) => spec.kind !== 'derived')
      : telling
  const notices: Notice[] = []
  const reasons = context.neverReports(account.provider)
  if (all.length === 0 && reasons[measure] === undefined) {
    notices.push(notice('nothing_read', account, measure, 'Nothing has been read of this account yet.'))
  } else if (telling.length === 0) notices.push(notReported(account, measure, reasons))
  if (sources.length < telling.length) {
    const message = `${measure} computed from cost and list prices are left out: nothing confirms them within 1 %.`
    notices.push(notice('derived_withheld', account, measure, message))
  }
  return { account, measure, sources, notices }
}
