/** The little Markdown that the reference needs, laid out as the formatter would. */

/** A table with aligned columns. Cells may hold Markdown but no line feeds. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')))
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[], fill: string): string =>
    `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width, fill)).join(' | ')} |`
  const [first = [], ...rest] = cells
  return [line(first, ' '), line([], '-'), ...rest.map((row) => line(row, ' '))].join('\n')
}

/** Text as code; nothing stays nothing. */
export function code(text: string): string {
  return text === '' ? '' : `\`${text}\``
}

/** Prose in which every name with an underscore that is not code yet becomes code. */
export function prose(text: string): string {
  return text.replace(/`[^`]*`|\w*_\w*/g, (found) => (found.startsWith('`') ? found : code(found)))
}

/** Parts of a page with a blank line between them. */
export function page(...parts: readonly string[]): string {
  return `${parts.join('\n\n')}\n`
}
