/** Resolves ids by the configuration's mappings and the providers' names, each time they are read (design §4.8). */
import { modelAliases, parseDescription, resolveModel } from '@usage-explorer/core/models'
import type { Attributes, Mappings } from '../config/config.ts'
import type { LedgerFacts, Series } from '../ledger/ledger.ts'
import { UNASSIGNED, UNATTRIBUTED, type StatedDimension } from '../usage/dimensions.ts'
import type { NameEntry, NamedKind } from '../usage/facts.ts'
import { UNSPLIT } from '../usage/measures.ts'
import type { SourceKey } from '../usage/source.ts'
import type { Identity, Resolved } from './identity.ts'
import { dimensionsRead } from './needs.ts'
import { isObservedKey, readObservedKey, UNMATCHED } from './observed-key.ts'
import { compileRules, type FindRule } from './rules.ts'

/**
 * The identity that the service uses. What a series resolves to is remembered until `facts` returns other names.
 *
 * @param options.facts called at every resolution; its `names` must be the same object while no name changed
 */
export function createIdentity(options: {
  readonly mappings: Mappings
  readonly facts: () => LedgerFacts
}): Identity {
  const { mappings, facts } = options
  const rules: Rules = {
    find: {
      api_key: compileRules(mappings.keys),
      user: compileRules(mappings.users),
      project: compileRules(mappings.projects),
    },
    teams: mappings.teams,
    read: dimensionsRead(mappings),
  }
  // By object: the number of a series that was not stored after all goes to another one.
  const from = (listed: LedgerFacts['names']) => ({
    listed,
    names: indexNames(listed),
    resolved: new WeakMap<Series, Resolved>(),
    shown: new Map<string, string | undefined>(),
  })
  let known = from(facts().names)

  const fresh = (): typeof known => {
    const listed = facts().names
    if (listed !== known.listed) known = from(listed)
    return known
  }

  return {
    resolve: (source, series) => {
      const { names, resolved } = fresh()
      const remembered = resolved.get(series)
      if (remembered !== undefined) return remembered
      const result = resolve(rules, names, source, series)
      resolved.set(series, result)
      return result
    },
    displayName: (kind, { provider, account, id }) => {
      const { names, shown } = fresh()
      const key = `${kind} ${provider} ${account} ${id}`
      if (shown.has(key)) return shown.get(key)
      const entry = names.entry(kind, { provider, account }, id)
      const configured =
        kind === 'model' ? undefined : rules.find[kind](account, namesOf(id, entry))?.displayName
      const name = configured ?? entry?.name ?? undefined
      shown.set(key, name)
      return name
    },
  }
}

interface Rules {
  readonly find: Readonly<Record<'api_key' | 'user' | 'project', FindRule>>
  readonly teams: Mappings['teams']
  readonly read: readonly StatedDimension[]
}

type Account = Pick<SourceKey, 'provider' | 'account'>

interface Names {
  entry(kind: NamedKind, account: Account, id: string): NameEntry | undefined
  aliases(account: Account): ReadonlyMap<string, string>
  /** Id of the only key of the account whose shortened form ends so. */
  keyEndingIn(account: Account, suffix: string): string | undefined
}

function resolve(rules: Rules, names: Names, source: SourceKey, series: Series): Resolved {
  const { stated } = series
  const told = (dimension: StatedDimension): string => {
    const value = stated[dimension]
    return value === undefined ? '' : (value ?? UNATTRIBUTED)
  }
  const key = keyIdOf(names, source, stated.api_key)
  const keyEntry = key === undefined ? undefined : names.entry('api_key', source, key)
  const userId = stated.user ?? keyEntry?.userId ?? undefined
  const projectId = stated.project ?? undefined
  const matched = [
    key === undefined ? undefined : rules.find.api_key(source.account, namesOf(key, keyEntry)),
    match(rules.find.user, names, source, 'user', userId),
    match(rules.find.project, names, source, 'project', projectId),
  ].filter((attributes) => attributes !== undefined)
  const first = (attribute: keyof Attributes): string | undefined =>
    matched.find((attributes) => attributes[attribute] !== undefined)?.[attribute]
  // What a call states of itself, by its token or its labels, goes before what is mapped.
  const mappedTeam = stated.team ?? first('team')
  const ofTeam: Omit<Attributes, 'team'> =
    (mappedTeam === undefined ? undefined : rules.teams[mappedTeam]) ?? {}
  const askedForTeam = rules.read.length === 0 || rules.read.some((dimension) => dimension in stated)
  const unknownUser = 'user' in stated || 'api_key' in stated ? UNATTRIBUTED : ''
  return {
    provider: source.provider,
    account: source.account,
    project: told('project'),
    team: mappedTeam ?? (askedForTeam ? UNASSIGNED : ''),
    api_key: key ?? told('api_key'),
    user: userId ?? unknownUser,
    model: modelOf(names, source, series),
    endpoint: told('endpoint'),
    service: told('service'),
    environment: stated.environment ?? first('environment') ?? ofTeam.environment ?? told('environment'),
    owner: first('owner') ?? ofTeam.owner ?? '',
    cost_centre: first('costCentre') ?? ofTeam.costCentre ?? '',
    type: stated.type ?? UNSPLIT,
  }
}

/** An observed key is known by fingerprint and shortened form: it is the one key of the account that ends alike. */
function keyIdOf(names: Names, source: Account, stated: string | null | undefined): string | undefined {
  if (stated == null || !isObservedKey(stated)) return stated ?? undefined
  const { fingerprint, suffix } = readObservedKey(stated)
  return names.keyEndingIn(source, suffix) ?? `${UNMATCHED}${fingerprint}`
}

function match(
  find: FindRule,
  names: Names,
  account: Account,
  kind: NamedKind,
  id: string | undefined,
): Attributes | undefined {
  return id === undefined ? undefined : find(account.account, namesOf(id, names.entry(kind, account, id)))
}

/** A description that names no model ("File Storage") stands for itself, so that its money keeps a name. */
function modelOf(names: Names, source: SourceKey, { stated }: Series): string {
  if (stated.model === undefined && stated.description === undefined) return ''
  if (stated.model != null) return resolveModel(stated.model, names.aliases(source))
  if (stated.description == null) return UNATTRIBUTED
  const { category, model } = parseDescription(stated.description)
  return model === '' ? category : resolveModel(model, names.aliases(source))
}

function namesOf(id: string, entry: NameEntry | undefined): string[] {
  return entry?.name == null ? [id] : [id, entry.name]
}

function indexNames(listed: LedgerFacts['names']): Names {
  const entries = new Map<string, NameEntry>()
  const models = new Map<string, { name: string; aliases: readonly string[] }[]>()
  for (const entry of listed) {
    entries.set(JSON.stringify([entry.kind, entry.provider, entry.account, entry.id]), entry)
    if (entry.kind !== 'model') continue
    const account = JSON.stringify([entry.provider, entry.account])
    const known = models.get(account) ?? []
    known.push({ name: entry.id, aliases: entry.aliases })
    models.set(account, known)
  }
  const aliases = new Map([...models].map(([account, known]) => [account, modelAliases(known)]))
  const none: ReadonlyMap<string, string> = new Map()
  return {
    entry: (kind, { provider, account }, id) => entries.get(JSON.stringify([kind, provider, account, id])),
    keyEndingIn: ({ provider, account }, suffix) => {
      const [only, rival] = listed.filter(
        (entry) =>
          suffix !== '' &&
          entry.kind === 'api_key' &&
          entry.provider === provider &&
          entry.account === account &&
          entry.redacted?.endsWith(suffix),
      )
      return rival === undefined ? only?.id : undefined
    },
    aliases: ({ provider, account }) => aliases.get(JSON.stringify([provider, account])) ?? none,
  }
}
