/** Exact sums of facts, grouped by what the question resolved and by the answer's buckets. */
import { INTEGER, BIGINT, LIST, listValue } from '@duckdb/node-api'
import { inTurns } from '../turns.ts'
import type { Database } from './database.ts'
import type { SumRow, SumsRequest } from './ledger.ts'
import { amountOf, integer } from './rows.ts'

/**
 * Sums first by the longest step that all of the answer's buckets are whole multiples of: an hour in a zone with daylight
 * saving, a day for the months of UTC. Each step that occurs is then matched once with the bucket that it falls into:
 * matching the rows themselves takes a hundred times longer.
 */
export async function readSums(database: Database, request: SumsRequest): Promise<readonly SumRow[]> {
  const { cutId, window, groups, bucketStarts } = request
  const [first] = bucketStarts
  if (groups.size === 0 || first === undefined || window.from >= window.to) return []
  const step = commonStep(bucketStarts, window.to)
  const base = first - Math.ceil(Math.max(0, first - window.from) / step) * step
  const rows = await database.read(
    `WITH asked AS (SELECT unnest($series) AS series_id, unnest($groups) AS grp),
          starts AS (SELECT unnest($starts) AS start, unnest($indexes) AS bucket),
          steps AS MATERIALIZED (
            SELECT grp, (bucket_start - ${base}) // ${step} AS step, sum(amount) AS amount
            FROM fact JOIN asked USING (series_id)
            WHERE cut_id = ${cutId} AND bucket_start >= ${window.from} AND bucket_start < ${window.to}
            GROUP BY ALL),
          matched AS MATERIALIZED (
            SELECT step, bucket FROM (SELECT DISTINCT step FROM steps) one
            ASOF JOIN starts ON one.step * ${step} + ${base} >= starts.start)
     SELECT grp, bucket, sum(amount)::DECIMAL(38,18) AS amount
     FROM steps JOIN matched USING (step)
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

/** Greatest common divisor of the distances between starts; of one bucket alone its whole length. */
function commonStep(starts: readonly number[], end: number): number {
  const [first = 0] = starts
  const step = starts.reduce((common, start) => gcd(common, start - first), 0)
  return step === 0 ? Math.max(1, end - first) : step
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b)
}
