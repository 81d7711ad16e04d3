/** `usage-explorer serve`, and `usage-explorer` alone. */
import { CommanderError, type Command } from 'commander'
import type { Terminal } from '../terminal.ts'

export function addServe(program: Command, terminal: Terminal): void {
  const start = async (command: Command): Promise<void> => {
    // Most of the program, which other commands can do without.
    const { serve } = await import('../serve.ts')
    terminal.end(await serve(command.optsWithGlobals<{ config?: string }>().config))
  }
  program
    .command('serve')
    .description(
      'Poll the accounts and serve what they say, until told to stop. What happens without a command.',
    )
    .action(async (_options: object, command: Command) => start(command))
  // Unnamed in the help: only there so that a mistyped command is not taken for one.
  program.argument('[command]').action(async (word: string | undefined) => {
    if (word === undefined) return start(program)
    throw new CommanderError(2, 'commander.unknownCommand', `error: unknown command '${word}'`)
  })
}
