/** `usage-explorer token`: makes, lists and revokes tokens in the data folder, beside a running service or without one. */
import { Option, type Command } from 'commander'
import { SCOPES, type Scope } from '../../access/token.ts'
import { createToken, listTokens, revokeToken } from '../../access/tokens.ts'
import { UsageExplorerError } from '../../errors.ts'
import { configOf, examples, formatOption } from '../options.ts'
import type { Terminal } from '../terminal.ts'
import { textTable } from '../text-table.ts'

interface CreateOptions {
  readonly scope: Scope
  readonly team?: readonly string[]
  readonly name?: string
}

export function addToken(program: Command, terminal: Terminal): void {
  const token = program
    .command('token')
    .helpCommand(false)
    .description(
      'Make, list and revoke tokens, which requests need where the service listens beyond loopback.',
    )
    .addHelpText(
      'after',
      examples('usage-explorer token create --scope metrics', 'usage-explorer token list'),
    )

  token
    .command('create')
    .description(
      'Make a token and print it, once: only its hash is kept. It works at once, also in a running service.',
    )
    .addOption(
      new Option(
        '--scope <scope>',
        'metrics: /metrics only; read: that and every question; ingest: sending observations; admin: everything',
      )
        .choices(SCOPES)
        .makeOptionMandatory(),
    )
    .option('--team <team...>', 'only what belongs to these teams')
    .option('--name <name>', 'what to call it in lists, such as who has it')
    .addHelpText(
      'after',
      examples(
        'usage-explorer token create --scope metrics --name prometheus > /etc/prometheus/usage-explorer.token',
        'usage-explorer token create --scope read --team search',
      ),
    )
    .action((options: CreateOptions, command: Command) => {
      const { dataDir } = configOf(command, terminal)
      const made = createToken(dataDir, {
        scope: options.scope,
        teams: options.team,
        name: options.name,
        now: terminal.now(),
      })
      terminal.out(`${made.text}\n`)
      terminal.say(
        `Token ${made.token.id} was made. It is not shown again; revoke it with: usage-explorer token revoke ${made.token.id}\n`,
      )
    })

  token
    .command('list')
    .description('List the tokens; their texts are not known any more.')
    .addOption(formatOption('table', 'json'))
    .action(({ format }: { format: string }, command: Command) => {
      const tokens = listTokens(configOf(command, terminal).dataDir).map((one) => ({
        id: one.id,
        scope: one.scope,
        teams: one.teams ?? null,
        name: one.name ?? null,
        created: new Date(one.createdAt).toISOString(),
      }))
      const columns = ['ID', 'SCOPE', 'TEAMS', 'NAME', 'CREATED'].map((title) => ({ title }))
      const rows = tokens.map(({ id, scope, teams, name, created }) => [
        id,
        scope,
        teams?.join(', ') ?? 'all',
        name ?? '',
        created,
      ])
      terminal.out(format === 'json' ? `${JSON.stringify(tokens, undefined, 2)}\n` : textTable(columns, rows))
    })

  token
    .command('revoke')
    .argument('<id>', 'as `token list` shows it')
    .description('Let nobody in by this token any more, at once.')
    .action((id: string, _options: object, command: Command) => {
      if (!revokeToken(configOf(command, terminal).dataDir, id)) {
        throw new UsageExplorerError('TOKEN_UNKNOWN', 'there is no token with this id')
      }
      terminal.say('It is revoked.\n')
    })
}
