/** Whom a series of points is about: provider, account, and what its attributes state. */
import { findCallProvider, providerOfHost } from '@usage-explorer/core/calls/providers'
import { readObservedKey, writeObservedKey } from '../identity/observed-key.ts'
import type { LedgerFacts } from '../ledger/ledger.ts'
import { UNASSIGNED, type Stated, type StatedDimension } from '../usage/dimensions.ts'
import { OTLP_SOURCE } from '../usage/observed.ts'
import type { SourceKey } from '../usage/source.ts'
import { textOf, type Dialect } from './dialects/dialect.ts'
import type { Attributes } from './wire/request.ts'

export interface Subject {
  readonly source: SourceKey
  /** All but type and price source. */
  readonly stated: Stated
}

export interface SubjectOptions {
  readonly accounts: readonly { readonly provider: string; readonly name: string }[]
  readonly names: () => LedgerFacts['names']
}

/** Attribute names by dimension, the first that is there counts; of the point first, then of its resource. */
const ATTRIBUTES: readonly (readonly [StatedDimension, readonly string[]])[] = [
  ['project', ['llm.project']],
  ['user', ['llm.user', 'user.email', 'user.id', 'enduser.id']],
  ['model', ['gen_ai.response.model', 'gen_ai.request.model', 'model']],
  ['endpoint', ['llm.endpoint']],
  ['service', ['service.name']],
  ['environment', ['deployment.environment.name', 'deployment.environment']],
  ['team', ['llm.team']],
]

/** @param team of the token that sent it: goes before what is stated */
export function createSubjects({
  accounts,
  names,
}: SubjectOptions): (
  dialect: Dialect,
  resource: Attributes,
  attributes: Attributes,
  team: string | undefined,
) => Subject | undefined {
  const accountOf = (provider: string, key: string | undefined, named: string | undefined): string => {
    const ofProvider = accounts.filter((account) => account.provider === provider)
    const { suffix } = key === undefined ? { suffix: '' } : readObservedKey(key)
    const matched = new Set(
      suffix === ''
        ? []
        : names().flatMap((entry) =>
            entry.kind === 'api_key' && entry.provider === provider && entry.redacted?.endsWith(suffix)
              ? [entry.account]
              : [],
          ),
    )
    const [ofKey] = matched
    if (ofKey !== undefined && matched.size === 1) return ofKey
    if (ofProvider.some(({ name }) => name === named)) return named ?? UNASSIGNED
    return ofProvider.length === 1 ? (ofProvider[0]?.name ?? UNASSIGNED) : UNASSIGNED
  }

  return (dialect, resource, attributes, team) => {
    const provider = providerIn(attributes) ?? dialect.provider
    if (provider === undefined) return undefined
    const stated: Partial<Record<StatedDimension, string>> = {}
    for (const [dimension, candidates] of ATTRIBUTES) {
      const value = textOf(attributes, ...candidates) ?? textOf(resource, ...candidates)
      if (value !== undefined) stated[dimension] = value
    }
    const key = keyIn(attributes)
    if (key !== undefined) stated.api_key = key
    if (team !== undefined) stated.team = team
    const named = textOf(attributes, 'usage_explorer.account') ?? textOf(resource, 'usage_explorer.account')
    const account = accountOf(provider, key, named)
    return { source: { provider, account, source: OTLP_SOURCE.id }, stated }
  }
}

/** Clients of OpenAI's kind say "openai" wherever they send to; the address tells better. */
function providerIn(attributes: Attributes): string | undefined {
  const host = textOf(attributes, 'server.address')
  const byHost = host === undefined ? undefined : providerOfHost(host)
  if (byHost !== undefined) return byHost.id
  const name = textOf(attributes, 'gen_ai.provider.name', 'gen_ai.system')
  if (name === undefined) return undefined
  return findCallProvider(name.toLowerCase())?.id ?? OTHER_NAMES[name.toLowerCase()] ?? name.toLowerCase()
}

/** Names that older conventions gave. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  'az.ai.openai': 'azure',
  'azure.ai.inference': 'azure',
  'gcp.gen_ai': 'gemini',
  google: 'gemini',
  'aws.bedrock': 'bedrock',
  'gcp.vertex_ai': 'vertex',
}

/** The id where the provider told it, else what identifies the key without giving it away. */
function keyIn(attributes: Attributes): string | undefined {
  const id = textOf(attributes, 'llm.api_key.id')
  if (id !== undefined) return id
  const fingerprint = textOf(attributes, 'llm.api_key.fingerprint')
  return fingerprint === undefined
    ? undefined
    : writeObservedKey(fingerprint, textOf(attributes, 'llm.api_key.redacted') ?? '')
}
