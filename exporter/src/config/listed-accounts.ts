/** The accounts that the file lists. */
import { ACCOUNT_FIELDS, INLINE_KEYS, PROVIDERS } from './account-table.ts'
import type { AccountConfig, Secret } from './config.ts'
import { type Located, readSection, type Section } from './document.ts'
import { readField, readFieldOr } from './field.ts'
import { type Place, placeText } from './problems.ts'
import { isSecretSet, type SecretContext, secretFromFile, secretFromVariable } from './secrets.ts'

export interface AccountContext extends SecretContext {
  /** Makes a path that the file gives absolute. */
  readonly resolveInFile: (path: string) => string
  readonly retentionMs: number
}

export interface ReadAccounts {
  readonly accounts: readonly AccountConfig[]
  /** All names that were given, also of accounts that are left out for their problems. */
  readonly names: readonly string[]
}

/**
 * Accounts with a problem are left out, the problem is added.
 *
 * @param keyVariables takes in the names that `key_env` gives
 */
export function listedAccounts(
  items: readonly Located[],
  keyVariables: Set<string>,
  context: AccountContext,
): ReadAccounts {
  const known = Object.keys(ACCOUNT_FIELDS)
  const named = new Map<string, Place>()
  const accounts = items.flatMap((item) => {
    const section = readSection(item, known, context.problems, INLINE_KEYS)
    if (section === undefined) return []
    const name = readField(section, ACCOUNT_FIELDS.name, context.problems)
    if (name !== undefined) {
      const place = section.entries.get(ACCOUNT_FIELDS.name.key)?.place ?? section.place
      const first = named.get(name)
      if (first === undefined) named.set(name, place)
      else context.problems.add(place, `the account name of ${placeText(first)} again; each needs its own`)
    }
    const account = readAccount(section, name, keyVariables, context)
    return account === undefined ? [] : [account]
  })
  return { accounts, names: [...named.keys()] }
}

/** What every account has a default for. */
export function readPace(
  section: Section,
  { problems, retentionMs }: AccountContext,
): Pick<AccountConfig, 'intervalMs' | 'lookbackMs' | 'lookbackEveryMs' | 'timeoutMs' | 'reconcile'> {
  return {
    intervalMs: readFieldOr(section, ACCOUNT_FIELDS.interval, problems),
    // Buckets beyond retention would be asked for only to be refused by the ledger.
    lookbackMs: Math.min(readFieldOr(section, ACCOUNT_FIELDS.lookback, problems), retentionMs),
    lookbackEveryMs: readFieldOr(section, ACCOUNT_FIELDS.lookback_every, problems),
    timeoutMs: readFieldOr(section, ACCOUNT_FIELDS.timeout, problems),
    reconcile: readFieldOr(section, ACCOUNT_FIELDS.reconcile, problems),
  }
}

function readAccount(
  section: Section,
  name: string | undefined,
  keyVariables: Set<string>,
  context: AccountContext,
): AccountConfig | undefined {
  const { problems } = context
  const provider = readField(section, ACCOUNT_FIELDS.provider, problems)
  const api = readFieldOr(section, ACCOUNT_FIELDS.api, problems)
  const credential = readCredential(section, keyVariables, context)
  const project = readField(section, ACCOUNT_FIELDS.team_id, problems)
  const url = readField(section, ACCOUNT_FIELDS.url, problems)
  const pace = readPace(section, context)
  if (name === undefined || provider === undefined || credential === undefined) return undefined
  return { name, provider, api, credential, project, url: url ?? PROVIDERS[provider].url, ...pace }
}

function readCredential(
  section: Section,
  keyVariables: Set<string>,
  context: AccountContext,
): Secret | undefined {
  const { problems } = context
  const file = section.entries.get(ACCOUNT_FIELDS.key_file.key)?.place
  const place = section.entries.get(ACCOUNT_FIELDS.key_env.key)?.place
  const path = readField(section, ACCOUNT_FIELDS.key_file, problems)
  const variable = readField(section, ACCOUNT_FIELDS.key_env, problems)
  if (variable !== undefined) keyVariables.add(variable)
  if (file !== undefined && place !== undefined) {
    problems.add(place, 'give either key_file or key_env, not both')
  } else if (path !== undefined && file !== undefined) {
    return secretFromFile(context.resolveInFile(path), file, context)
  } else if (variable !== undefined && place !== undefined) {
    if (isSecretSet(variable, context.env)) return secretFromVariable(variable, context)
    problems.add(place, 'the variable that key_env names is not set')
  } else if (file === undefined && place === undefined && !section.refused) {
    problems.add(section.place, 'the account has no key; give key_file or key_env')
  }
  return undefined
}
