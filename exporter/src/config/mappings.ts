/** Mappings: what ids, names and patterns of a provider mean to the customer. */
import type { Attributes, MappingRule, Mappings } from './config.ts'
import { type Located, readList, readSection, type Section } from './document.ts'
import { type Field, parseAt, readField } from './field.ts'
import { teamName, text } from './kinds.ts'
import type { Problems } from './problems.ts'
import { suggest } from './suggest.ts'

export type TeamAttributes = Omit<Attributes, 'team'>

export const TEAM_FIELDS: Readonly<
  Record<'owner' | 'environment' | 'cost_centre' | 'display_name', Field<string>>
> = {
  owner: { key: 'owner', kind: text, doc: 'Who answers for it.' },
  environment: { key: 'environment', kind: text, doc: 'For example `production` or `test`.' },
  cost_centre: { key: 'cost_centre', kind: text, doc: 'What finance books it on.' },
  display_name: { key: 'display_name', kind: text, doc: 'The name to show for it.' },
}

export const RULE_FIELDS: Readonly<Record<'match' | 'account' | 'team', Field<string>>> = {
  match: {
    key: 'match',
    kind: text,
    required: true,
    doc: 'An id or a name, whole; `*` stands for any characters and `?` for one.',
  },
  account: { key: 'account', kind: text, doc: 'Only in this account; in all of them where not given.' },
  team: { key: 'team', kind: teamName, doc: 'The team it belongs to.' },
}

/** Where rules stand in the file, and what they match. */
export const RULE_LISTS: Readonly<Record<'keys' | 'users' | 'projects', string>> = {
  keys: 'API keys',
  users: 'users',
  projects: "the provider's units, at xAI teams",
}

/**
 * Reads the three lists of rules and the map of teams. Rules with a problem are left out, the problem is added.
 *
 * @param at the value at a top-level key of the file
 * @param accounts names that rules may mention
 */
export function readMappings(
  at: (key: string) => Located | undefined,
  accounts: readonly string[],
  problems: Problems,
): Mappings {
  const rules = (key: keyof typeof RULE_LISTS): readonly MappingRule[] =>
    (readList(at(key), problems) ?? []).flatMap((item) => readRule(item, accounts, problems))
  const teams = at('teams')
  return {
    keys: rules('keys'),
    users: rules('users'),
    projects: rules('projects'),
    teams: teams === undefined ? {} : readTeams(teams, problems),
  }
}

function readRule(item: Located, accounts: readonly string[], problems: Problems): readonly MappingRule[] {
  const known = [...Object.keys(RULE_FIELDS), ...Object.keys(TEAM_FIELDS)]
  const section = readSection(item, known, problems)
  if (section === undefined) return []
  const match = readField(section, RULE_FIELDS.match, problems)
  const account = readField(section, RULE_FIELDS.account, problems)
  const team = readField(section, RULE_FIELDS.team, problems)
  const place = section.entries.get('account')?.place
  if (account !== undefined && place !== undefined && !accounts.includes(account)) {
    const meant = suggest(account, accounts)
    const hint = meant === undefined ? '' : `; did you mean "${meant}"?`
    problems.add(place, `no account has this name${hint}`)
  }
  const attributes = readAttributes(section, problems)
  if ([...section.entries.keys()].every((key) => key === 'match' || key === 'account')) {
    problems.add(section.place, 'the rule says nothing; give a team, owner, environment or the like')
  }
  if (match === undefined) return []
  return [{ match, ...only('account', account), ...only('team', team), ...attributes }]
}

function readTeams(teams: Located, problems: Problems): Readonly<Record<string, TeamAttributes>> {
  const read = new Map<string, TeamAttributes>()
  for (const [name, value] of readSection(teams, undefined, problems)?.entries ?? []) {
    parseAt(value.place, name, teamName, problems)
    const section = readSection(value, Object.keys(TEAM_FIELDS), problems)
    if (section !== undefined) read.set(name, readAttributes(section, problems))
  }
  return Object.fromEntries(read)
}

function readAttributes(section: Section, problems: Problems): TeamAttributes {
  return {
    ...only('owner', readField(section, TEAM_FIELDS.owner, problems)),
    ...only('environment', readField(section, TEAM_FIELDS.environment, problems)),
    ...only('costCentre', readField(section, TEAM_FIELDS.cost_centre, problems)),
    ...only('displayName', readField(section, TEAM_FIELDS.display_name, problems)),
  }
}

/** The one property, or none: attributes that nobody gave are absent. */
function only<K extends string>(key: K, value: string | undefined): Partial<Record<K, string>> {
  if (value === undefined) return {}
  const part: Partial<Record<K, string>> = {}
  part[key] = value
  return part
}
