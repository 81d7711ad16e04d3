/** `usage-explorer doctor`: looks at everything around the service that usually goes wrong. */
import type { Command } from 'commander'
import { EXIT } from '../exit-codes.ts'
import type { Finding } from '../examination.ts'
import { configOf, examples, formatOption } from '../options.ts'
import type { Terminal } from '../terminal.ts'
import { textTable } from '../text-table.ts'

export function addDoctor(program: Command, terminal: Terminal): void {
  program
    .command('doctor')
    .description(
      'Look at versions, configuration, data folder, disk, clock, network and the running service, and tell what to do where ' +
        'something is wrong. Changes nothing; sends no credential.',
    )
    .addOption(formatOption('table', 'json'))
    .addHelpText('after', examples('usage-explorer doctor', 'usage-explorer doctor --format json'))
    .action(async ({ format }: { format: string }, command: Command) => {
      const { examine } = await import('../examination.ts')
      const findings = await examine(() => configOf(command, terminal), terminal)
      terminal.out(format === 'json' ? `${JSON.stringify(findings, undefined, 2)}\n` : describe(findings))
      if (findings.some(({ state }) => state === 'fail')) terminal.end(EXIT.failed)
    })
}

function describe(findings: readonly Finding[]): string {
  const columns = ['', 'CHECK', 'FOUND'].map((title) => ({ title }))
  const rows = findings.map(({ state, check, found }) => [state, check, found])
  const advice = findings.flatMap(({ check, todo }) => (todo === undefined ? [] : [`${check}: ${todo}\n`]))
  return textTable(columns, rows) + (advice.length === 0 ? '' : `\nWhat to do:\n${advice.join('')}`)
}
