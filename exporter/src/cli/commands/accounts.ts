/** `usage-explorer accounts`: tests each credential, and takes accounts out of the ledger. */
import type { Command } from 'commander'
import type { AccountConfig } from '../../config/config.ts'
import { PROVIDERS } from '../../providers/registry.ts'
import type { SourcesAnswer } from '../../questions/sources.ts'
import { testAccount, type AccountTest } from '../account-test.ts'
import { EXIT } from '../exit-codes.ts'
import { configOf, examples, formatOption, urlOption } from '../options.ts'
import { createClient } from '../service-client.ts'
import type { Terminal } from '../terminal.ts'
import { textTable } from '../text-table.ts'
import { UsageExplorerError } from '../../errors.ts'

export function addAccounts(program: Command, terminal: Terminal): void {
  const accounts = program
    .command('accounts')
    .helpCommand(false)
    .description(
      'Test the credential of each configured account: whose it is, what it may read, and what its provider can never tell. ' +
        'Only reads; needs no running service.',
    )
    .addOption(formatOption('table', 'json'))
    .addHelpText(
      'after',
      examples('usage-explorer accounts', 'usage-explorer accounts purge old-account --yes'),
    )
    .action(async ({ format }: { format: string }, command: Command) => {
      const config = configOf(command, terminal)
      if (config.demo) {
        terminal.say(
          'No account is configured. Set XAI_MANAGEMENT_KEY or XAI_MANAGEMENT_KEY_FILE to a management key of ' +
            'console.x.ai, or list accounts in a file (--config).\n',
        )
        return
      }
      const tests = await Promise.all(config.accounts.map((account) => test(account, terminal)))
      terminal.out(
        format === 'json' ? `${JSON.stringify(tests, undefined, 2)}\n` : tests.map(describe).join('\n'),
      )
      if (tests.some(({ reads }) => reads.some(({ code }) => code !== null))) terminal.end(EXIT.failed)
    })

  accounts
    .command('remove')
    .argument('<name>', 'an account that is no longer configured')
    .description(
      'Publish nothing of the account any more. Its history stays for questions, and it comes back if it is configured again.',
    )
    .addOption(urlOption())
    .action(async (name: string, options: { url?: string }, command: Command) =>
      change(command, terminal, 'remove', name, options.url),
    )

  accounts
    .command('purge')
    .argument('<name>', 'an account that is no longer configured')
    .description(
      'Delete everything that the ledger holds of the account. It cannot be undone, save from a backup.',
    )
    .option('--yes', 'do not ask')
    .addOption(urlOption())
    .action(async (name: string, options: { yes?: boolean; url?: string }, command: Command) => {
      const isSure = options.yes === true || (await confirmed(command, terminal, name, options.url))
      if (!isSure) throw new UsageExplorerError('NOT_CONFIRMED', 'nothing was deleted')
      await change(command, terminal, 'purge', name, options.url)
    })
}

async function test(account: AccountConfig, terminal: Terminal): Promise<AccountTest> {
  return testAccount(account, PROVIDERS[account.provider], {
    now: terminal.now,
    progress: (step) => terminal.say(`${account.name}: ${step}\n`),
  })
}

function describe({ account, provider, project, permissions, reads, never_reports }: AccountTest): string {
  const owner = project === null ? 'whose it is cannot be told' : `project ${project}`
  const allowed = permissions.length === 0 ? '' : `Permissions that it states: ${permissions.join(', ')}\n`
  const rows = reads.map(({ source, code, message, remedy }) => [
    source,
    code ?? 'ok',
    code === null ? message : `${message} ${remedy ?? ''}`,
  ])
  const never = Object.entries(never_reports).map(([measure, reason]) => `  ${measure}: ${reason}\n`)
  const columns = ['READS', 'RESULT', ''].map((title) => ({ title }))
  return (
    `${account} (${provider}): ${owner}\n${allowed}${textTable(columns, rows)}` +
    (never.length === 0 ? '' : `What this provider never tells:\n${never.join('')}`)
  )
}

/** Shows a person what would go, and has them type the name. */
async function confirmed(
  command: Command,
  terminal: Terminal,
  name: string,
  url: string | undefined,
): Promise<boolean> {
  if (terminal.ask === undefined) return false
  const client = createClient(terminal, configOf(command, terminal).dataDir, url)
  try {
    const { sources } = (await client.get('/api/v1/sources')) as SourcesAnswer
    for (const { source, cuts } of sources.filter(({ account }) => account === name)) {
      const ends = cuts.flatMap(({ coverage }) => coverage.flatMap(({ from, to }) => [from, to])).sort()
      terminal.say(`${source}: ${ends.length === 0 ? 'nothing yet' : `${ends[0]} to ${ends.at(-1)}`}\n`)
    }
  } finally {
    await client.close()
  }
  const question = `Delete everything of ${name} from the ledger? Type its name to go on: `
  return (await terminal.ask(question)) === name
}

async function change(
  command: Command,
  terminal: Terminal,
  action: 'remove' | 'purge',
  account: string,
  url: string | undefined,
): Promise<void> {
  const client = createClient(terminal, configOf(command, terminal).dataDir, url)
  try {
    const done = await client.post(`/api/v1/admin/accounts/${action}`, { account }, () => undefined)
    terminal.out(`${JSON.stringify(done)}\n`)
  } finally {
    await client.close()
  }
}
