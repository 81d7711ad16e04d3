/** Exact sums of facts, grouped by what the question resolved and by the answer's buckets. */
import { INTEGER, BIGINT, LIST, listValue } from '@duckdb/node-api'
import { inTurns } from '../turns.ts'
import type { Database } from './database.ts'
import type { SumRow, SumsRequest } from './ledger.ts'
import { amountOf, integer } from './rows.ts'

/**
 * Sums by the ledger's own buckets first. Then each of these that occurs is matched once with the answer's bucket that
 * it falls into: matching the sums themselves takes a hundred times longer.
 */
export async function readSums(database: Database, request: SumsRequest): Promise<readonly SumRow[]> {
  const { cutId, window, groups, bucketStarts } = request
  if (groups.size === 0 || bucketStarts.length === 0 || window.from >= window.to) return []
  const rows = await database.read(
    `WITH asked AS (SELECT unnest($series) AS series_id, unnest($groups) AS grp),
          starts AS (SELECT unnest($starts) AS start, unnest($indexes) AS bucket),
          hours AS MATERIALIZED (
            SELECT grp, bucket_start, sum(amount) AS amount FROM fact JOIN asked USING (series_id)
            WHERE cut_id = ${cutId} AND bucket_start >= ${window.from} AND bucket_start < ${window.to}
            GROUP BY ALL),
          matched AS MATERIALIZED (
            SELECT bucket_start, bucket FROM (SELECT DISTINCT bucket_start FROM hours) one
            ASOF JOIN starts ON one.bucket_start >= starts.start)
     SELECT grp, bucket, sum(amount)::DECIMAL(38,18) AS amount
     FROM hours JOIN matched USING (bucket_start)
     GROUP BY ALL ORDER BY ALL`,
    {
      series: listValue([...groups.keys()]),
      groups: listValue([...groups.values()]),
      starts: listValue(bucketStarts.map(BigInt)),
      indexes: listValue(bucketStarts.map((_, at) => at)),
    },
    { series: LIST(INTEGER), groups: LIST(INTEGER), starts: LIST(BIGINT), indexes: LIST(INTEGER) },
  )
  const sums: SumRow[] = []
  await inTurns(rows, (row) => {
    sums.push({ group: integer(row, 'grp'), bucket: integer(row, 'bucket'), amount: amountOf(row, 'amount') })
  })
  return sums
}
