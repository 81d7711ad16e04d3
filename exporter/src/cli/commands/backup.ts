/** `usage-explorer backup` and `restore`. */
import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { BackupOutcome } from '../../ledger/ledger.ts'
import { configOf, examples, urlOption } from '../options.ts'
import { createClient } from '../service-client.ts'
import type { Terminal } from '../terminal.ts'

export function addBackup(program: Command, terminal: Terminal): void {
  program
    .command('backup')
    .argument('<file>', 'where the copy goes, on the machine of the service; must not be there yet')
    .description(
      'Have the running service write a copy of its ledger, checked to be whole. Polls wait for the copying, questions do not. ' +
        'Tokens and configuration are not in it.',
    )
    .addOption(urlOption())
    .addHelpText('after', examples('usage-explorer backup /backup/usage-$(date +%F).duckdb'))
    .action(async (file: string, { url }: { url?: string }, command: Command) => {
      const client = createClient(terminal, configOf(command, terminal).dataDir, url)
      const path = resolve(terminal.cwd, file)
      try {
        const done = await client.post('/api/v1/admin/backup', { path }, () => undefined)
        const { facts, bytes } = done as BackupOutcome
        terminal.say(`${path}: ${facts} rows, ${(bytes / 1e6).toFixed(1)} MB\n`)
      } finally {
        await client.close()
      }
    })

  program
    .command('restore')
    .argument('<file>', 'what `backup` wrote')
    .description(
      'Put a backup in the place of the ledger, while the service is stopped. The ledger that was there is kept beside it, and ' +
        'counters go on from what it had published, so that Prometheus sees no reset.',
    )
    .addHelpText('after', examples('usage-explorer restore /backup/usage-2026-11-01.duckdb'))
    .action(async (file: string, _options: object, command: Command) => {
      const { dataDir } = configOf(command, terminal)
      const from = resolve(terminal.cwd, file)
      const { restoreLedger } = await import('../../ledger/restore.ts')
      const { kept, counters } = await restoreLedger({ dataDir, from, now: terminal.now() })
      terminal.say(`The ledger is restored from ${from}; ${counters} counters go on from where they were.\n`)
      if (kept !== undefined) terminal.say(`The one before is kept at ${kept}.\n`)
    })
}
