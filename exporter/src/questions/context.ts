/** What questions are asked of. */
import type { Config } from '../config/config.ts'
import type { Identity } from '../identity/identity.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { UNASSIGNED } from '../usage/dimensions.ts'

export interface QuestionContext {
  readonly ledger: Ledger
  readonly identity: Identity
  readonly config: Config
  readonly now: () => number
  /** What a provider never reports: measure → reason and way round, for users to read. */
  readonly neverReports: (provider: string) => Readonly<Record<string, string>>
  /** Only what belongs to these teams is counted or named; undefined: everything. */
  readonly teams?: readonly string[] | undefined
}

export interface Account {
  readonly provider: string
  readonly account: string
}

/**
 * Every account that is configured or that the ledger holds something of, by provider and name; of those the ones that
 * the context's teams have a part in.
 */
export function accountsOf(context: QuestionContext): Account[] {
  const { config, ledger, teams } = context
  if (teams !== undefined) return accountsOfTeams(context, teams)
  const accounts = new Map<string, Account>()
  for (const { provider, name } of config.accounts) {
    accounts.set(`${provider}/${name}`, { provider, account: name })
  }
  for (const { key } of ledger.sources()) {
    accounts.set(`${key.provider}/${key.account}`, { provider: key.provider, account: key.account })
  }
  return sorted(accounts).filter((account) => !isCountedElsewhere(context, account))
}

/**
 * Calls that no account claims, of a provider that bills one: what they cost is on its bill already, so they are in no
 * total, only in reconciliation (design §4.8).
 */
function isCountedElsewhere({ ledger }: QuestionContext, { provider, account }: Account): boolean {
  if (account !== UNASSIGNED) return false
  return ledger.sources().some(({ key, spec }) => key.provider === provider && spec.kind === 'billed')
}

function accountsOfTeams(context: QuestionContext, teams: readonly string[]): Account[] {
  const { ledger, identity } = context
  const accounts = new Map<string, Account>()
  for (const { key, cuts } of ledger.sources()) {
    const theirs = cuts.some(({ id }) =>
      ledger.series(id).some((series) => teams.includes(identity.resolve(key, series).team)),
    )
    if (theirs)
      accounts.set(`${key.provider}/${key.account}`, { provider: key.provider, account: key.account })
  }
  return sorted(accounts).filter((account) => !isCountedElsewhere(context, account))
}

function sorted(accounts: ReadonlyMap<string, Account>): Account[] {
  return [...accounts.entries()].sort(([a], [b]) => a.localeCompare(b, 'en')).map(([, account]) => account)
}
