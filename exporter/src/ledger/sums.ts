/** Exact sums of facts, grouped by what the question resolved and by the answer's buckets. */
import { INTEGER, BIGINT, LIST, listValue } from '@duckdb/node-api'
import type { Database } from './database.ts'
import type { SumRow, SumsRequest } from './ledger.ts'
import { amountOf, integer } from './rows.ts'

/**
 * Sums by hour first and folds the hours into the answer's buckets after: joining every row to the buckets would be
 * many times slower.
 */
export async function readSums(database: Database, request: SumsRequest): Promise<readonly SumRow[]> {
  const { cutId, window, groups, bucketStarts } = request
  if (groups.size === 0 || bucketStarts.length === 0 || window.from >= window.to) return []
  const rows = await database.read(
    `WITH asked AS (SELECT unnest($series) AS series_id, unnest($groups) AS grp),
          starts AS (SELECT unnest($starts) AS start, unnest($indexes) AS bucket),
          hours AS (
            SELECT grp, bucket_start, sum(amount) AS amount FROM fact JOIN asked USING (series_id)
            WHERE cut_id = ${cutId} AND bucket_start >= ${window.from} AND bucket_start < ${window.to}
            GROUP BY ALL)
     SELECT grp, bucket, sum(amount)::DECIMAL(38,18) AS amount
     FROM hours ASOF JOIN starts ON hours.bucket_start >= starts.start
     GROUP BY ALL ORDER BY ALL`,
    {
      series: listValue([...groups.keys()]),
      groups: listValue([...groups.values()]),
      starts: listValue(bucketStarts.map(BigInt)),
      indexes: listValue(bucketStarts.map((_, at) => at)),
    },
    { series: LIST(INTEGER), groups: LIST(INTEGER), starts: LIST(BIGINT), indexes: LIST(INTEGER) },
  )
  return rows.map((row) => ({
    group: integer(row, 'grp'),
    bucket: integer(row, 'bucket'),
    amount: amountOf(row, 'amount'),
  }))
}
