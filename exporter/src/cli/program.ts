/** The command line as a whole: which commands there are and what all of them share. */
import { Command } from 'commander'
import { addAccounts } from './commands/accounts.ts'
import { addBackfill } from './commands/backfill.ts'
import { addBackup } from './commands/backup.ts'
import { addCheckConfig } from './commands/check-config.ts'
import { addCompletion } from './commands/completion.ts'
import { addDoctor } from './commands/doctor.ts'
import { addQuery } from './commands/query.ts'
import { addServe } from './commands/serve.ts'
import { addToken } from './commands/token.ts'
import { HELP_END, HELP_WIDTH, helpAfter } from './help.ts'
import type { Terminal } from './terminal.ts'
import { VERSION } from './version.ts'

/** Commander's program; parsing it throws CommanderError and whatever commands throw. */
export function createProgram(terminal: Terminal): Command {
  const program = new Command('usage-explorer')
    .usage('[command] [options]')
    .description(
      'Reads what LLM providers bill and meter, keeps it exactly, and serves it for Prometheus at ' +
        'http://127.0.0.1:9477/metrics. Without a command it serves; without an account it shows simulated data.',
    )
    .option('--config <file>', 'read this YAML file: more accounts, names of teams, all settings')
    .version(`usage-explorer ${VERSION}`, '--version', 'show the version')
    .helpOption('-h, --help', 'show this text; each command has its own')
    .helpCommand(false)
    // Mistakes are told by run(), without repeating what was typed.
    .exitOverride()
    .configureOutput({
      writeOut: terminal.out,
      writeErr: () => undefined,
      getOutHelpWidth: () => HELP_WIDTH,
      getOutHasColors: () => false,
    })
    .addHelpText('after', () => helpAfter())
    .addHelpText('afterAll', `\n${HELP_END}`)
  addServe(program, terminal)
  addCheckConfig(program, terminal)
  addAccounts(program, terminal)
  addToken(program, terminal)
  addQuery(program, terminal)
  addBackfill(program, terminal)
  addBackup(program, terminal)
  addDoctor(program, terminal)
  addCompletion(program, terminal)
  return program
}
