/** Environment variables that were meant for this service but mistyped. */
import { PROVIDERS } from './account-table.ts'
import type { Problems } from './problems.ts'
import { fileVariable } from './secrets.ts'
import { SETTINGS, VARIABLES, type Variable } from './settings.ts'
import { type Environment, readVariable } from './sources.ts'
import { suggest } from './suggest.ts'

/** Those that make an account without a file. A secret has a second form that names its file. */
export const ACCOUNT_VARIABLES: readonly Variable[] = Object.values(PROVIDERS).flatMap(
  ({ variables: { key, project, url } }) => [
    key,
    { env: fileVariable(key.env), doc: `Path of a file that holds it, instead of \`${key.env}\`.` },
    project,
    url,
  ],
)

const OWN = 'USAGE_EXPLORER_'

// Kubernetes sets these in every pod beside a service named usage-explorer….
// https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
const SERVICE_LINK =
  /_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$/

/**
 * Adds a problem for each variable of ours that does not exist, and for each that is nearly one of a provider's: a mistyped key
 * would show simulated data instead of the account's.
 */
export function refuseMistyped(env: Environment, problems: Problems): void {
  const secrets = VARIABLES.flatMap(({ env: name, secret }) => (secret === true ? fileVariable(name) : []))
  const own = [...[...VARIABLES, ...SETTINGS].map((row) => row.env), ...secrets]
  const known = [...own, ...ACCOUNT_VARIABLES.map((row) => row.env)]
  const vendors = new Set(ACCOUNT_VARIABLES.map((row) => row.env.replace(/_.*/, '_')))
  for (const name of Object.keys(env)) {
    if (known.includes(name) || readVariable(env, name) === undefined) continue
    const ours = name.startsWith(OWN)
    if (!ours && ![...vendors].some((prefix) => name.startsWith(prefix))) continue
    if (ours && SERVICE_LINK.test(name)) continue
    const meant = suggest(name, known)
    if (meant !== undefined) problems.add({ named: name }, `is not known; did you mean ${meant}?`)
    else if (ours) problems.add({ named: name }, 'is not known; `usage-explorer --help` lists all')
  }
}
