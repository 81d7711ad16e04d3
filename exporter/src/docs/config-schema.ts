/** docs/reference/config.schema.json, by which editors complete and check the file. From the tables it is read by. */
import { ACCOUNT_FIELDS } from '../config/account-table.ts'
import { BUDGET_FIELDS, WHERE_DOC } from '../config/budgets.ts'
import type { Field } from '../config/field.ts'
import { RULE_FIELDS, RULE_LISTS, TEAM_FIELDS } from '../config/mappings.ts'
import { SETTINGS } from '../config/settings.ts'

interface Section {
  readonly type: 'object'
  readonly additionalProperties: false
  readonly properties: Record<string, unknown>
  readonly required?: readonly string[]
}

/** JSON Schema draft 2020-12. */
export function configSchema(): string {
  const root = section([])
  for (const { path, kind, default: standard, doc } of SETTINGS) {
    let place = root
    const names = path.split('.')
    for (const name of names.slice(0, -1)) {
      const inner = (place.properties[name] ??= section([])) as Section
      place = inner
    }
    place.properties[names.at(-1) ?? ''] = { ...kind.schema, ...described(doc, standard) }
  }
  const { key_file, key_env } = ACCOUNT_FIELDS
  root.properties['accounts'] = list('Accounts to poll.', {
    ...section(Object.values(ACCOUNT_FIELDS)),
    oneOf: [key_file, key_env].map(({ key }) => ({ required: [key] })),
  })
  for (const [name, what] of Object.entries(RULE_LISTS)) {
    const fields = [...Object.values(RULE_FIELDS), ...Object.values(TEAM_FIELDS)]
    root.properties[name] = list(`What ${what} mean to you; the first that matches counts.`, section(fields))
  }
  root.properties['teams'] = {
    type: 'object',
    description: 'What holds for all that is mapped to a team.',
    additionalProperties: section(Object.values(TEAM_FIELDS)),
  }
  const budget = section(Object.values(BUDGET_FIELDS))
  budget.properties['where'] = {
    type: ['array', 'string'],
    items: { type: 'string' },
    ...described(WHERE_DOC, ''),
  }
  root.properties['budgets'] = list('What may be used in a period.', budget)
  const schema = { $schema: 'https://json-schema.org/draft/2020-12/schema', title: 'Usage Explorer', ...root }
  return `${JSON.stringify(schema, undefined, 2)}\n`
}

function section(fields: readonly (Field<unknown> & { readonly default?: string })[]): Section {
  const properties = fields.map(({ key, kind, doc, default: standard = '' }) => {
    return [key, { ...kind.schema, ...described(doc, standard) }] as const
  })
  const required = fields.filter((field) => field.required === true).map(({ key }) => key)
  return {
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(properties),
    ...(required.length === 0 ? {} : { required }),
  }
}

function described(doc: string, standard: string): object {
  const description = doc.replaceAll('`', '')
  return standard === '' ? { description } : { description: `${description} Default: ${standard}.` }
}

function list(description: string, items: object): object {
  return { type: 'array', description, items }
}
