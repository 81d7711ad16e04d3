/** Runs one command line, and tells what went wrong in words and by exit code. */
import { CommanderError, type Command } from 'commander'
import { suggest } from '../config/suggest.ts'
import { toCodedError, type ErrorCode } from '../errors.ts'
import { EXIT } from './exit-codes.ts'
import { createProgram } from './program.ts'
import { useProxy } from './proxy.ts'
import type { Terminal } from './terminal.ts'

/** Codes of mistakes that whoever typed the command can correct there. */
const CORRECTABLE: readonly ErrorCode[] = [
  'CONFIG_INVALID',
  'TLS_FAILED',
  'QUERY_INVALID',
  'QUERY_ZONE_UNSUPPORTED',
]

/**
 * Nothing is thrown: mistakes and failures are said, with exit code 2 or 1.
 *
 * @param argv the arguments after the program's name
 */
export async function run(argv: readonly string[], terminal: Terminal): Promise<void> {
  await useProxy(terminal.env)
  const program = createProgram(terminal)
  try {
    await program.parseAsync([...argv], { from: 'user' })
  } catch (thrown) {
    if (thrown instanceof CommanderError) {
      if (thrown.exitCode === 0) return
      terminal.say(`usage-explorer: ${mistakeIn(thrown, program)}\nTry usage-explorer --help.\n`)
      terminal.end(EXIT.usage)
      return
    }
    const error = toCodedError(thrown)
    terminal.say(`usage-explorer: ${error.code}: ${error.message}\n${error.remedy}\n`)
    terminal.end(CORRECTABLE.includes(error.code) ? EXIT.usage : EXIT.failed)
  }
}

/**
 * Commander's sentence without what was typed, which may be a key in the wrong place: only names that exist and the
 * name of an option are repeated.
 */
function mistakeIn({ code, message }: CommanderError, program: Command): string {
  const quoted = /'([^']*)'/.exec(message)?.[1] ?? ''
  const option = quoted.split(/[=\s]/, 1)[0] ?? ''
  switch (code) {
    case 'commander.unknownOption':
      return `there is no such option: ${option}${hint(option, optionsOf(program))}`
    case 'commander.optionMissingArgument':
      return `${/--[a-z-]+/.exec(quoted)?.[0] ?? option} needs a value`
    case 'commander.missingMandatoryOptionValue':
      return `${option} is missing`
    case 'commander.missingArgument':
      return `${quoted} is missing`
    case 'commander.excessArguments':
      return 'there are more words than the command takes'
    case 'commander.unknownCommand':
      return `there is no such command${hint(quoted, commandsOf(program))}`
    default:
      // The rest is about values, and says what is allowed.
      return message.replace(/^error: /, '').replace(/ '[^']*'( is invalid)/, '$1')
  }
}

function commandsOf(command: Command): string[] {
  return command.commands.flatMap((one) => [one.name(), ...commandsOf(one)])
}

function optionsOf(command: Command): string[] {
  const own = ['--help', ...command.options.flatMap(({ long }) => long ?? [])]
  return [...own, ...command.commands.flatMap(optionsOf)]
}

function hint(word: string, candidates: readonly string[]): string {
  const meant = suggest(word, candidates)
  return meant === undefined ? '' : `; did you mean ${meant}?`
}
