/** What several commands take and load alike. */
import { Option, type Command } from 'commander'
import type { Config } from '../config/config.ts'
import { loadConfig, type ConfigInput } from '../config/load.ts'
import type { Terminal } from './terminal.ts'

/** The configuration as the service would read it. @throws UsageExplorerError CONFIG_INVALID */
export function configOf(
  command: Command,
  { env, cwd }: Terminal,
  more: Pick<ConfigInput, 'onSet'> = {},
): Config {
  const { config } = command.optsWithGlobals<{ config?: string }>()
  return loadConfig({ env, cwd, configFile: config, ...more })
}

/** `--format`, of which the first is the default. */
export function formatOption(...formats: readonly [string, ...string[]]): Option {
  return new Option('--format <format>', 'how the result is written').choices(formats).default(formats[0])
}

/** Where a running service is, if not the one that shares this machine and data folder. */
export function urlOption(): Option {
  return new Option(
    '--url <url>',
    'ask the service at this address, with the token in USAGE_EXPLORER_TOKEN or USAGE_EXPLORER_TOKEN_FILE, ' +
      'instead of the one that runs here',
  )
}

export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`
}
