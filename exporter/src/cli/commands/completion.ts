/** `usage-explorer completion`: the script that makes a shell complete commands and options, from the program itself. */
import { Argument, type Command } from 'commander'
import { examples } from '../options.ts'
import type { Terminal } from '../terminal.ts'

const SHELLS = ['bash', 'zsh', 'fish'] as const

export function addCompletion(program: Command, terminal: Terminal): void {
  program
    .command('completion')
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .description('Print a script that makes the shell complete commands and options.')
    .addHelpText(
      'after',
      examples(
        'source <(usage-explorer completion bash)',
        'usage-explorer completion fish > ~/.config/fish/completions/usage-explorer.fish',
      ),
    )
    .action((shell: (typeof SHELLS)[number]) => terminal.out(scriptFor(shell, program)))
}

interface Level {
  /** Words that lead here: '', 'token', 'token create'. */
  readonly path: string
  readonly commands: readonly string[]
  readonly options: readonly string[]
}

function levelsOf(command: Command, path: string, inherited: readonly string[]): Level[] {
  const options = [...inherited, ...command.options.flatMap(({ long }) => long ?? [])]
  const commands = command.commands.map((one) => one.name())
  const below = command.commands.flatMap((one) =>
    levelsOf(one, `${path} ${one.name()}`.trim(), path === '' ? ['--help', '--config'] : inherited),
  )
  return [{ path, commands, options: [...new Set(['--help', ...options])] }, ...below]
}

function scriptFor(shell: (typeof SHELLS)[number], program: Command): string {
  const levels = levelsOf(program, '', [])
  if (shell === 'fish') return fishScript(levels)
  return shell === 'bash'
    ? bashScript(levels)
    : `autoload -U +X bashcompinit && bashcompinit\n${bashScript(levels)}`
}

function bashScript(levels: readonly Level[]): string {
  const cases = levels.map(
    ({ path, commands, options }) => `    '${path}') words='${[...commands, ...options].join(' ')}' ;;`,
  )
  const paths = levels.map(({ path }) => `'${path}'`).slice(1)
  return `_usage_explorer() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path='' words='' at next
  for ((at = 1; at < COMP_CWORD; at++)); do
    next="$path \${COMP_WORDS[at]}"
    case "\${next# }" in
      ${paths.join('|')}) path="\${next# }" ;;
    esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _usage_explorer usage-explorer
`
}

function fishScript(levels: readonly Level[]): string {
  const line = (path: string, rest: string): string => {
    const seen = path.split(' ').filter((word) => word !== '')
    const below = levels.find((level) => level.path === path)?.commands ?? []
    const conditions = [
      ...seen.map((word) => `__fish_seen_subcommand_from ${word}`),
      ...(below.length === 0 ? [] : [`not __fish_seen_subcommand_from ${below.join(' ')}`]),
    ]
    return `complete -c usage-explorer -n '${conditions.join('; and ') || 'true'}' ${rest}\n`
  }
  return levels
    .flatMap(({ path, commands, options }) => [
      ...(commands.length === 0 ? [] : [line(path, `-f -a '${commands.join(' ')}'`)]),
      ...options.map((option) => line(path, `-l ${option.slice(2)}`)),
    ])
    .join('')
}
