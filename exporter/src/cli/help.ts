/** What `--help` says after commander's own part: examples, variables, exit codes. */
import { SETTINGS, VARIABLES } from '../config/settings.ts'
import { ACCOUNT_VARIABLES } from '../config/variables.ts'

export const HELP_WIDTH = 100

/** Under the help of every command. */
export const HELP_END: string =
  'Exit codes: 0 done, 1 failed, 2 the command line or the configuration needs correction.\n' +
  'Variables: usage-explorer --help. Settings: docs/reference/config.md.\nCommands: docs/guides/commands.md'

/** Every variable, from the tables that the configuration is read by. */
export function helpAfter(): string {
  return `
Examples:
  Look at simulated data:
    usage-explorer
  Read an xAI account; the key is made under Management Keys at console.x.ai:
    XAI_MANAGEMENT_KEY_FILE=/run/secrets/xai usage-explorer
  See whether the key works, and what was spent this week:
    usage-explorer accounts
    usage-explorer query --by model --from now-7d

Accounts without a file:
${table(ACCOUNT_VARIABLES.map(({ env, doc }) => [env, doc]))}

Settings; a variable goes before the file:
${table([
  ...VARIABLES.map(({ env, doc }) => [env, doc] as const),
  ...SETTINGS.map(
    (row) => [row.env, `${row.doc}${row.default === '' ? '' : ` Default ${row.default}.`}`] as const,
  ),
])}`
}

function table(rows: readonly (readonly [string, string])[]): string {
  const column = Math.max(...rows.map(([name]) => name.length)) + 4
  return rows.map(([name, doc]) => `  ${name.padEnd(column - 2)}${wrap(doc, column)}`).join('\n')
}

/** Breaks the text between words; further lines begin below the first. */
function wrap(doc: string, column: number): string {
  const lines: string[] = []
  for (const word of doc.replaceAll('`', '').split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && column + last.length + 1 + word.length <= HELP_WIDTH) {
      lines[lines.length - 1] = `${last} ${word}`
    } else lines.push(word)
  }
  return lines.join(`\n${' '.repeat(column)}`)
}
