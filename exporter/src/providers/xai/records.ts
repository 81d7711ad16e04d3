/** Small arithmetic on records that several readers share. */
import { inTurns } from '../../turns.ts'
import type { Stated } from '../../usage/dimensions.ts'
import type { UsageRecord } from '../../usage/record.ts'

/** One record a cell: those of the same bucket and dimensions are added exactly, their literals listed. */
export async function mergeCells(records: readonly UsageRecord[]): Promise<UsageRecord[]> {
  const cells = new Map<string, UsageRecord>()
  // The points of a series share one object, so that its text is made once and not for each of them.
  const texts = new Map<Stated, string>()
  await inTurns(records, (record) => {
    const text = texts.get(record.stated) ?? JSON.stringify(record.stated)
    texts.set(record.stated, text)
    const key = `${record.bucketStart} ${text}`
    const other = cells.get(key)
    cells.set(key, other === undefined ? record : add(other, record))
  })
  return [...cells.values()]
}

function add(a: UsageRecord, b: UsageRecord): UsageRecord {
  const rounded = a.rounded === true || b.rounded === true
  return { ...a, amount: a.amount + b.amount, raw: `${a.raw} + ${b.raw}`, ...(rounded ? { rounded } : {}) }
}
