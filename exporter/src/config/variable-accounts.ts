/** Accounts that environment variables alone make, and variables that would be passed over in silence. */
import { type ProviderRow, PROVIDERS } from './account-table.ts'
import type { AccountConfig } from './config.ts'
import { type Kind, parseAt } from './field.ts'
import { baseUrl, text } from './kinds.ts'
import { type AccountContext, readPace } from './listed-accounts.ts'
import { fileVariable, isSecretSet, secretFromVariable } from './secrets.ts'
import { type Environment, readVariable } from './sources.ts'

const VENDORS: readonly AccountConfig['provider'][] = ['xai']

/** One account for each provider whose key is set, named after the provider. One with a problem is left out, the problem is added. */
export function variableAccounts(context: AccountContext): readonly AccountConfig[] {
  return VENDORS.flatMap((provider) => {
    const account = accountOf(provider, context)
    return account === undefined ? [] : [account]
  })
}

/** The providers' variables that are set. */
export function setVariables(env: Environment): readonly string[] {
  return VENDORS.flatMap((provider) => setOf(PROVIDERS[provider], env))
}

/**
 * The file's list is the whole list: a key that is set besides would be polled by nobody, and nobody would notice.
 *
 * @param keyVariables the variables that the listed accounts take their keys from
 */
export function refuseUnread(keyVariables: ReadonlySet<string>, { env, problems }: AccountContext): void {
  const read = new Set([...keyVariables].flatMap((name) => [name, fileVariable(name)]))
  for (const named of setVariables(env).filter((name) => !read.has(name))) {
    problems.add({ named }, 'is set, but the file lists the accounts; say it there, or unset this variable')
  }
}

function accountOf(provider: AccountConfig['provider'], context: AccountContext): AccountConfig | undefined {
  const row = PROVIDERS[provider]
  const { key, project, url } = row.variables
  const [first] = setOf(row, context.env)
  if (first === undefined) return undefined
  const given = {
    project: optional(project.env, text, context),
    url: optional(url.env, baseUrl, context) ?? row.url,
  }
  if (!isSecretSet(key.env, context.env)) {
    context.problems.add(
      { named: first },
      `has no effect unless ${key.env} or ${fileVariable(key.env)} is set`,
    )
    return undefined
  }
  const credential = secretFromVariable(key.env, context)
  if (credential === undefined) return undefined
  const pace = readPace({ place: { named: first }, entries: new Map(), refused: false }, context)
  return { name: provider, provider, api: 'management', credential, ...given, ...pace }
}

function optional<T>(name: string, kind: Kind<T>, { env, problems }: AccountContext): T | undefined {
  const given = readVariable(env, name)
  return given === undefined ? undefined : parseAt({ named: name }, given.trim(), kind, problems)
}

function setOf({ variables: { key, project, url } }: ProviderRow, env: Environment): readonly string[] {
  const names = [key.env, fileVariable(key.env), project.env, url.env]
  return names.filter((name) => readVariable(env, name) !== undefined)
}
