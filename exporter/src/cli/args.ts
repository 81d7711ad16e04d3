/** What the command line asks for. */
import { parseArgs } from 'node:util'
import { suggest } from '../config/suggest.ts'
import { EXIT } from './exit-codes.ts'
import { helpText } from './help.ts'
import { VERSION } from './version.ts'

export type Invocation =
  | { readonly command: 'serve'; readonly configFile: string | undefined }
  /** Nothing to do but say this and leave. `text` ends with a line feed. */
  | {
      readonly command: 'print'
      readonly text: string
      readonly to: 'stdout' | 'stderr'
      readonly exitCode: number
    }

const OPTIONS = {
  config: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const

const COMMANDS: readonly string[] = ['serve']

/** Reads the arguments that follow the program's name. Mistakes come back as text and exit code 2; nothing is thrown. */
export function parseArguments(argv: readonly string[]): Invocation {
  const { values, positionals, tokens } = parseArgs({
    args: [...argv],
    options: OPTIONS,
    allowPositionals: true,
    strict: false,
    tokens: true,
  })
  if (values.help === true) return print(helpText())
  for (const token of tokens) {
    if (token.kind === 'option') {
      const mistake = optionMistake(token.name, token.rawName, token.value)
      if (mistake !== undefined) return refuse(mistake)
    }
  }
  if (values.version === true) return print(`usage-explorer ${VERSION}\n`)
  const [command = 'serve', ...rest] = positionals
  if (!COMMANDS.includes(command)) return refuse(`there is no such command${hint(command, COMMANDS, '')}`)
  if (rest.length > 0) return refuse(`${command} takes no further words`)
  return { command: 'serve', configFile: typeof values.config === 'string' ? values.config : undefined }
}

function optionMistake(name: string, written: string, value: string | undefined): string | undefined {
  if (!isOption(name)) {
    return `there is no such option: ${written}${hint(name, Object.keys(OPTIONS), '--')}`
  }
  const takesValue = OPTIONS[name].type === 'string'
  if (takesValue && (value === undefined || value === '')) return `${written} needs a value`
  return !takesValue && value !== undefined ? `${written} takes no value` : undefined
}

function isOption(name: string): name is keyof typeof OPTIONS {
  return Object.hasOwn(OPTIONS, name)
}

function hint(word: string, candidates: readonly string[], prefix: string): string {
  const meant = suggest(word, candidates)
  return meant === undefined ? '' : `; did you mean ${prefix}${meant}?`
}

function print(text: string): Invocation {
  return { command: 'print', text, to: 'stdout', exitCode: EXIT.ok }
}

function refuse(mistake: string): Invocation {
  const text = `usage-explorer: ${mistake}\nTry usage-explorer --help.\n`
  return { command: 'print', text, to: 'stderr', exitCode: EXIT.usage }
}
