/** docs/reference/errors.md, from the table of errors. */
import { ERRORS } from '../errors.ts'
import { code, page, prose, table } from './markdown.ts'

export function errorsPage(): string {
  const rows = Object.entries(ERRORS).map(([name, row]) => [
    code(name),
    prose(row.meaning),
    'permanent' in row ? 'no' : 'yes',
    prose(row.remedy),
  ])
  return page(
    '# Errors',
    'Every error has one of these codes: in the log, in answers of the API, and in the label `code` of the metrics about polling. ' +
      'A code never changes its meaning.',
    'Where another try may help, the service tries again by itself. Where it cannot, it says so and tries only rarely, until ' +
      'somebody has acted.',
    table(['Code', 'What happened', 'Another try may help', 'What to do'], rows),
    'The command ends with exit code 2 when the command line or the configuration needs correction, with 1 when it failed ' +
      'otherwise, and with 0 when it was told to stop.',
  )
}
