/** docs/reference/config.md, from the tables that the configuration is read by. */
import { ACCOUNT_FIELDS } from '../config/account-table.ts'
import { BUDGET_FIELDS, WHERE_DOC } from '../config/budgets.ts'
import type { Field } from '../config/field.ts'
import { RULE_FIELDS, RULE_LISTS, TEAM_FIELDS } from '../config/mappings.ts'
import { SETTINGS, VARIABLES, type Variable } from '../config/settings.ts'
import { ACCOUNT_VARIABLES } from '../config/variables.ts'
import { code, page, prose, table } from './markdown.ts'

/** A whole file, which a test loads. */
export const EXAMPLE = `zone: Europe/Berlin
retention: 800d

metrics:
  user: on
  caps:
    user: 500

accounts:
  - name: production
    provider: xai
    key_file: secrets/xai-production
  - name: research
    provider: xai
    key_env: XAI_RESEARCH_KEY
    interval: 10m

keys:
  - match: search-*
    team: search
    environment: production
  - match: nightly-eval
    account: research
    team: science
    display_name: Nightly evaluation

users:
  - match: someone@example.com
    team: science

teams:
  search:
    owner: search-oncall@example.com
    cost_centre: '4711'

budgets:
  - name: everything
    amount: 5000
    owner: finance@example.com
  - name: search-week
    where: team=search
    amount: 400
    period: week
    action: block
  - name: per-user
    each: user
    unit: tokens
    amount: 2000000
    period: day`

export function configPage(): string {
  return page(
    '# Configuration',
    'Settings come from environment variables and from one YAML file, both optional. A variable goes before the file; an empty one ' +
      'counts as not set. Unknown keys and variables are refused, and all problems are told at once with file, line and column. ' +
      'Without an account and without a file the built-in demo runs.',
    '## Settings',
    table(
      ['In the file', 'Variable', 'Value', 'Default', 'What it does'],
      SETTINGS.map((row) => [
        code(row.path),
        code(row.env),
        row.kind.name,
        row.default === '' ? 'none' : code(row.default),
        prose(row.doc),
      ]),
    ),
    'Relative paths start at the working directory, those inside the file at the file’s folder.',
    '## Variables outside the file',
    variables(VARIABLES),
    'A secret may stand in a file instead: the variable with `_FILE` behind its name gives the path.',
    '## Accounts without a file',
    'They count only where the file lists no accounts. Beside such a list they are refused, unless a `key_env` names them.',
    variables(ACCOUNT_VARIABLES),
    '## Accounts in the file',
    'The list `accounts`. A key never stands in the file itself: `key_file` or `key_env` names where it is. White space around ' +
      'a key is dropped.',
    fields(Object.entries<Field<unknown>>({ ...ACCOUNT_FIELDS })),
    '## Mappings',
    `The lists ${Object.entries(RULE_LISTS)
      .map(([name, what]) => `${code(name)} for ${what}`)
      .join(
        ', ',
      )} hold rules; of each list the first rule that matches counts. Every rule gives at least one of the ` +
      'attributes. They are applied when figures are read, so a change also holds for the past, except in counters.',
    fields([...Object.entries(RULE_FIELDS), ...Object.entries(TEAM_FIELDS)]),
    `The map \`teams\` gives a team by its name ${Object.keys(TEAM_FIELDS).map(code).join(', ')}.`,
    '## Budgets',
    'The list `budgets`. Others can be added over HTTP (`POST /api/v1/budgets`, with the same words).',
    fields(Object.entries<Field<unknown>>({ ...BUDGET_FIELDS })),
    `${code('where')}: ${prose(WHERE_DOC)}`,
    '## Example',
    `\`\`\`yaml\n${EXAMPLE}\n\`\`\``,
  )
}

function variables(rows: readonly Variable[]): string {
  return table(
    ['Variable', 'Secret', 'What it does'],
    rows.map((row) => [code(row.env), row.secret === true ? 'yes' : 'no', prose(row.doc)]),
  )
}

function fields(rows: readonly (readonly [string, Field<unknown>])[]): string {
  return table(
    ['Key', 'Value', 'Default', 'What it does'],
    rows.map(([name, field]) => [code(name), field.kind.name, defaultOf(field), prose(field.doc)]),
  )
}

function defaultOf(field: Field<unknown> & { readonly default?: string }): string {
  if (field.required === true) return 'required'
  return code(field.default ?? '')
}
