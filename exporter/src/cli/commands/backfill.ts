/** `usage-explorer backfill`: has the running service read a stretch of an account again, and shows how far it is. */
import type { Command } from 'commander'
import type { BackfillStep, SourceBackfill } from '../../polling/backfill-task.ts'
import { EXIT } from '../exit-codes.ts'
import { configOf, examples, formatOption, urlOption } from '../options.ts'
import { createClient } from '../service-client.ts'
import type { Terminal } from '../terminal.ts'
import { textTable } from '../text-table.ts'

interface BackfillOptions {
  readonly from?: string
  readonly to?: string
  readonly format: string
  readonly url?: string
}

export function addBackfill(program: Command, terminal: Terminal): void {
  program
    .command('backfill')
    .argument('<account>', 'name of a configured account')
    .description(
      'Have the running service read a stretch of an account again, between its polls. What changed is corrected; ' +
        'counters that are published never jump by it.',
    )
    .option('--from <time>', 'a date or time, such as 2026-10-01 or now-30d. Default: the whole look-back.')
    .option('--to <time>', 'a date (included) or time. Default: now.')
    .addOption(formatOption('table', 'json'))
    .addOption(urlOption())
    .addHelpText(
      'after',
      examples(
        'usage-explorer backfill production',
        'usage-explorer backfill production --from 2026-10-01 --to 2026-10-31',
      ),
    )
    .action(async (account: string, { from, to, format, url }: BackfillOptions, command: Command) => {
      const client = createClient(terminal, configOf(command, terminal).dataDir, url)
      try {
        const done = (await client.post('/api/v1/admin/backfill', { account, from, to }, (step) => {
          const { source, done: read, windows } = step as BackfillStep
          terminal.say(`${source}: ${read} of ${windows} windows\n`)
        })) as { sources: readonly SourceBackfill[] }
        terminal.out(format === 'json' ? `${JSON.stringify(done, undefined, 2)}\n` : describe(done.sources))
        if (done.sources.some(({ failed }) => failed.length > 0)) terminal.end(EXIT.failed)
      } finally {
        await client.close()
      }
    })
}

function describe(sources: readonly SourceBackfill[]): string {
  const columns = [
    { title: 'SOURCE' },
    { title: 'WINDOWS', align: 'right' as const },
    { title: 'ROWS CHANGED', align: 'right' as const },
    { title: 'FAILED', align: 'right' as const },
  ]
  const rows = sources.map(({ source, windows, changed_rows, failed }) => [
    source,
    String(windows),
    String(changed_rows),
    String(failed.length),
  ])
  const failures = sources.flatMap(({ source, failed }) =>
    failed.map(({ from, to, code, message }) => `${source} ${from} to ${to}: ${code}: ${message}\n`),
  )
  return textTable(columns, rows) + failures.join('')
}
