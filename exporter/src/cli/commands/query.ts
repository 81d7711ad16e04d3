/** `usage-explorer query`: asks the running service, and writes the answer as a table, CSV or JSON. */
import type { Command } from 'commander'
import type { QueryAnswer } from '../../questions/present.ts'
import { QUERY_PARAMETERS } from '../../questions/query.ts'
import { answerCsv } from '../../questions/answer-csv.ts'
import { answerTable } from '../answer-table.ts'
import { configOf, examples, formatOption, urlOption } from '../options.ts'
import { createClient } from '../service-client.ts'
import type { Terminal } from '../terminal.ts'

interface QueryOptions {
  readonly measures?: readonly string[]
  readonly by?: readonly string[]
  readonly where?: readonly string[]
  readonly from?: string
  readonly to?: string
  readonly zone?: string
  readonly granularity?: string
  readonly top?: string
  readonly compare?: string
  readonly format: string
  readonly url?: string
}

export function addQuery(program: Command, terminal: Terminal): void {
  const { measures, group_by, where, from, to, zone, granularity, top, compare } = QUERY_PARAMETERS
  program
    .command('query')
    .description(
      'Ask the running service who spent what. Exact figures; what is not known is said below them.',
    )
    .option('--measures <measure...>', `${measures.choice?.join(', ') ?? ''}. Default: cost.`)
    .option('--by <dimension...>', `split by at most two of ${group_by.choice?.join(', ') ?? ''}`)
    .option('--where <dimension=value...>', plain(where.doc))
    .option('--from <time>', plain(from.doc))
    .option('--to <time>', plain(to.doc))
    .option('--zone <zone>', plain(zone.doc))
    .option('--granularity <width>', `${granularity.choice?.join(', ') ?? ''}. Default: auto.`)
    .option('--top <count>', plain(top.doc))
    .option('--compare <time>', plain(compare.doc))
    .addOption(formatOption('table', 'csv', 'json'))
    .addOption(urlOption())
    .addHelpText(
      'after',
      examples(
        'usage-explorer query --by model --from now-7d',
        'usage-explorer query --measures cost tokens --by team --from 2026-11-01 --granularity day --format csv',
        'usage-explorer query --where team=search --where model=grok-4 --from now-24h',
      ),
    )
    .action(async (options: QueryOptions, command: Command) => {
      const client = createClient(terminal, configOf(command, terminal).dataDir, options.url)
      try {
        const answer = await client.get(`/api/v1/query?${parametersOf(options).toString()}`)
        terminal.out(write(answer as QueryAnswer, options.format))
      } finally {
        await client.close()
      }
    })
}

function write(answer: QueryAnswer, format: string): string {
  if (format === 'json') return `${JSON.stringify(answer, undefined, 2)}\n`
  return format === 'csv' ? answerCsv(answer) : answerTable(answer)
}

function parametersOf({
  measures,
  by,
  where,
  from,
  to,
  zone,
  granularity,
  top,
  compare,
}: QueryOptions): URLSearchParams {
  const parameters = new URLSearchParams()
  const lists = { measures, group_by: by, where }
  for (const [name, values] of Object.entries(lists)) {
    for (const value of values ?? []) parameters.append(name, value)
  }
  for (const [name, value] of Object.entries({ from, to, zone, granularity, top, compare })) {
    if (value !== undefined) parameters.append(name, value)
  }
  return parameters
}

function plain(doc: string): string {
  return doc.replaceAll('`', '')
}
