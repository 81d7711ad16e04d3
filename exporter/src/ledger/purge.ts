/** Takes all that is kept of one account out of the ledger and out of the memory beside it. */
import type { Transaction } from './database.ts'
import type { Memory } from './memory.ts'

const CUTS = 'SELECT id FROM cut WHERE source_id IN (SELECT id FROM source WHERE account = $account)'
const SERIES = `SELECT id FROM series WHERE cut_id IN (${CUTS})`

/** What hangs on others goes first. Counters are the account's by their label. */
const DELETIONS: readonly string[] = [
  `DELETE FROM fact WHERE cut_id IN (${CUTS})`,
  `DELETE FROM reading WHERE series_id IN (${SERIES})`,
  `DELETE FROM assignment WHERE series_id IN (${SERIES})`,
  `DELETE FROM series WHERE cut_id IN (${CUTS})`,
  `DELETE FROM coverage WHERE cut_id IN (${CUTS})`,
  'DELETE FROM exposure WHERE source_id IN (SELECT id FROM source WHERE account = $account)',
  'DELETE FROM cut WHERE source_id IN (SELECT id FROM source WHERE account = $account)',
  'DELETE FROM source WHERE account = $account',
  "DELETE FROM counter WHERE labels::JSON ->> '$.account' = $account",
  ...['name', 'price', 'level', 'document', 'call', 'removed'].map(
    (table) => `DELETE FROM ${table} WHERE account = $account`,
  ),
]

export async function purgeAccount(transaction: Transaction, account: string): Promise<void> {
  for (const sql of DELETIONS) await transaction.run(sql, { account })
}

/** Does to memory what {@link purgeAccount} did to the file. */
export function forgetAccount(memory: Memory, account: string): void {
  const gone = new Set<number>()
  for (const [key, source] of memory.sources) {
    if (source.key.account !== account) continue
    for (const { id } of source.cuts) {
      for (const series of memory.seriesByCut.get(id) ?? []) gone.add(series.id)
      memory.seriesByCut.delete(id)
    }
    memory.sources.delete(key)
  }
  deleteWhere(memory.seriesIds, (_, id) => gone.has(id))
  deleteWhere(memory.assignments, (key) => gone.has(seriesOf(key)))
  deleteWhere(memory.readings, (key) => gone.has(seriesOf(key)))
  deleteWhere(memory.counterIds, (_, id) => memory.counters.get(id)?.labels['account'] === account)
  deleteWhere(memory.counters, (_, { labels }) => labels['account'] === account)
  memory.hidden.delete(account)
  const others = <T extends { account: string }>(entries: readonly T[]): T[] =>
    entries.filter((entry) => entry.account !== account)
  const { names, prices, levels } = memory.facts
  memory.facts = { names: others(names), prices: others(prices), levels: others(levels) }
}

/** Keys of assignments and readings begin with the series: `7/exposed`. */
function seriesOf(key: string): number {
  return Number(key.slice(0, key.indexOf('/')))
}

function deleteWhere<K, V>(map: Map<K, V>, isGone: (key: K, value: V) => boolean): void {
  for (const [key, value] of map) if (isGone(key, value)) map.delete(key)
}
