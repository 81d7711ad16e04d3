/** Tables for terminals. */

export interface Column {
  readonly title: string
  readonly align?: 'right'
}

/** Columns as wide as their widest cell, two spaces apart; ends with a line feed. */
export function textTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map(({ title }, at) => {
    return Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0))
  })
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ align }, at) => {
        const [cell, width] = [cells[at] ?? '', widths[at] ?? 0]
        return align === 'right' ? cell.padStart(width) : cell.padEnd(width)
      })
      .join('  ')
      .trimEnd()
  return [columns.map(({ title }) => title), ...rows].map((cells) => `${line(cells)}\n`).join('')
}
