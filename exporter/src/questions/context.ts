/** What questions are asked of. */
import type { Config } from '../config/config.ts'
import type { Identity } from '../identity/identity.ts'
import type { Ledger } from '../ledger/ledger.ts'

export interface QuestionContext {
  readonly ledger: Ledger
  readonly identity: Identity
  readonly config: Config
  readonly now: () => number
  /** What a provider never reports: measure → reason and way round, for users to read. */
  readonly neverReports: (provider: string) => Readonly<Record<string, string>>
}

export interface Account {
  readonly provider: string
  readonly account: string
}

/** Every account that is configured or that the ledger holds something of, by provider and name. */
export function accountsOf({ config, ledger }: QuestionContext): Account[] {
  const accounts = new Map<string, Account>()
  for (const { provider, name } of config.accounts) {
    accounts.set(`${provider}/${name}`, { provider, account: name })
  }
  for (const { key } of ledger.sources()) {
    accounts.set(`${key.provider}/${key.account}`, { provider: key.provider, account: key.account })
  }
  return [...accounts.entries()].sort(([a], [b]) => a.localeCompare(b, 'en')).map(([, account]) => account)
}
