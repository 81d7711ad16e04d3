/** What a dashboard asks of the exporter when it opens, by the plugin's own code. */
import { fileURLToPath } from 'node:url'
import { BOARDS } from '../../dashboards/src/boards.ts'
import type { Board } from '../../dashboards/src/parts/model.ts'

interface Plugin {
  readonly normalize: (query: object) => { readonly kind: string; readonly top: number }
  readonly queryParameters: (
    query: object,
    asked: object,
    fill: (text: string) => string[],
  ) => URLSearchParams
}

const load = async (file: string): Promise<object> =>
  (await import(fileURLToPath(new URL(`../../grafana-plugin/src/query/${file}`, import.meta.url)))) as object

/**
 * Board → paths of its queries, with its variables as it opens: All, and the first of each choice.
 *
 * @param to end of the range that the board shows first
 * @param round other rounds ask for other numbers of groups, so that no answer is kept from the one before
 */
export async function dashboardQueries(to: number, round: number): Promise<Map<string, string[]>> {
  const plugin = { ...(await load('defaults.ts')), ...(await load('request.ts')) } as Plugin
  return new Map(BOARDS.map((board) => [board.title, pathsOf(plugin, board, to, round)]))
}

function pathsOf(plugin: Plugin, { from, sections }: Board, to: number, round: number): string[] {
  const days = Number(/^now-(\d+)d$/.exec(from)?.[1] ?? 1)
  const asked = { from: to - days * 86_400_000, to, zone: 'UTC', adHoc: [], account: '' }
  const fill = (text: string): string[] => {
    if (!text.startsWith('$')) return [text]
    return [{ $by: 'team', $granularity: 'auto', $compare: 'none' }[text] ?? '.*']
  }
  return sections.flatMap(({ panels }) =>
    panels.flatMap(({ targets }) =>
      targets.flatMap((target) => {
        const query = plugin.normalize(target)
        const isUsage = target['expr'] === undefined && ['series', 'totals', 'breakdown'].includes(query.kind)
        if (!isUsage) return []
        const other = { ...query, top: query.top + round }
        return [`/api/v1/query?${plugin.queryParameters(other, asked, fill).toString()}`]
      }),
    ),
  )
}
