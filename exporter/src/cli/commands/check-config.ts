/** `usage-explorer check-config`: what the service would run with and where that stands, or all that is wrong with it. */
import type { Command } from 'commander'
import { describeConfig } from '../../config/describe.ts'
import type { ConfigInput } from '../../config/load.ts'
import { placeText } from '../../config/problems.ts'
import { configOf, examples, formatOption } from '../options.ts'
import type { Terminal } from '../terminal.ts'

export function addCheckConfig(program: Command, terminal: Terminal): void {
  program
    .command('check-config')
    .description(
      'Read the configuration and tell what is in force, or every mistake with its place. Nothing is started.',
    )
    .addOption(formatOption('table', 'json'))
    .addHelpText('after', examples('usage-explorer check-config --config /etc/usage-explorer/config.yaml'))
    .action(({ format }: { format: string }, command: Command) => {
      const setBy: Record<string, string> = {}
      const onSet: ConfigInput['onSet'] = (path, place) => (setBy[path] = placeText(place))
      const described = { ...describeConfig(configOf(command, terminal, { onSet })), setBy }
      terminal.out(format === 'json' ? `${JSON.stringify(described, undefined, 2)}\n` : lines(described))
      terminal.say('The configuration is good. Keys are not tried: that is `usage-explorer accounts`.\n')
    })
}

/** One line a value: `accounts.0.name  production`. */
function lines(described: object): string {
  const rows = flatten('', described)
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join('')
}

function flatten(prefix: string, value: unknown): (readonly [string, string])[] {
  if (typeof value !== 'object' || value === null)
    return [[prefix, typeof value === 'string' ? value : JSON.stringify(value ?? '')]]
  const entries = Object.entries(value)
  if (entries.length === 0) return [[prefix, 'none']]
  return entries.flatMap(([name, inner]) => flatten(prefix === '' ? name : `${prefix}.${name}`, inner))
}
