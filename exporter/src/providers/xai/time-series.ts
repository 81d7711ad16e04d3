/** xAI's usage answer as records: dense series of US dollars, by whatever they were grouped. */
import { JsonShapeError, type JsonNode } from '@usage-explorer/core/json'
import type { JsonItems } from '@usage-explorer/core/json-items'
import { partitionUnitType } from '@usage-explorer/core/xai'
import { HOUR } from '../../clock.ts'
import { createTurns } from '../../turns.ts'
import { defineCut, type Cut } from '../../usage/cut.ts'
import { UNSPLIT } from '../../usage/measures.ts'
import type { Stated } from '../../usage/dimensions.ts'
import type { UsageRecord, Window } from '../../usage/record.ts'
import { mergeCells } from './records.ts'

/** xAI's names of what usage can be grouped by; only `description` is documented, the others are reported by users. */
export const USAGE_GROUPS = ['api_key_id', 'description', 'unit_type'] as const
export type UsageGroup = (typeof USAGE_GROUPS)[number]

const DIMENSION = { api_key_id: 'api_key', description: 'description', unit_type: 'type' } as const

export interface Series {
  readonly records: UsageRecord[]
  /** Only a subset was returned. */
  readonly limitReached: boolean
}

/** The team is not asked for in the group-by, but every answer is about one and says so in its path. */
export function cutOf(groupBy: readonly UsageGroup[]): Cut {
  return defineCut(['project', ...groupBy.map((group) => DIMENSION[group])])
}

/**
 * Reads an answer of `POST …/usage` with hourly buckets.
 *
 * Zeros are left out. Unit types that fall into one cost type are added. Throws JsonShapeError on a point outside the
 * asked window or off the hour, zero or not: then the answer is to another question, and taking it as complete would
 * state zeros for hours that it never saw. Only a zero exactly at the end is taken for the edge of a dense series.
 */
export async function readTimeSeries(
  document: JsonItems,
  asked: { groupBy: readonly UsageGroup[]; window: Window; team: string },
): Promise<Series> {
  const records: UsageRecord[] = []
  const turn = createTurns()
  for (const series of document.items()) {
    await turn()
    const stated = { project: asked.team, ...readGroup(series.get('group'), asked.groupBy) }
    const seen = new Set<number>()
    for (const point of series.get('dataPoints').items()) {
      const record = readPoint(point, stated, asked.window, seen)
      if (record.amount !== 0n) records.push(record)
    }
  }
  const limitReached =
    document
      .around()
      .get('limitReached')
      .optional((node) => node.boolean()) ?? false
  return { records: await mergeCells(records), limitReached }
}

function readGroup(group: JsonNode, groupBy: readonly UsageGroup[]): Stated {
  const values = group.items()
  if (values.length !== groupBy.length) {
    throw new JsonShapeError(group.path, `expected ${groupBy.length} values, found ${values.length}`)
  }
  const stated: Partial<Record<(typeof DIMENSION)[UsageGroup], string | null>> = {}
  for (const [index, name] of groupBy.entries()) {
    const value = values[index]?.optional((node) => node.text()) ?? null
    stated[DIMENSION[name]] =
      name === 'unit_type' ? (value === null ? UNSPLIT : partitionUnitType(value).cost) : value
  }
  return stated
}

function readPoint(point: JsonNode, stated: Stated, window: Window, seen: Set<number>): UsageRecord {
  const timestamp = point.get('timestamp')
  const bucketStart = timestamp.instant()
  const values = point.get('values')
  const [value] = values.items()
  if (value === undefined) throw new JsonShapeError(values.path, 'expected one value, found none')
  const { literal, amount, rounded } = value.decimal()
  const isEdge = bucketStart === window.to && amount === 0n
  if (bucketStart < window.from || (bucketStart >= window.to && !isEdge)) {
    throw new JsonShapeError(timestamp.path, 'the point lies outside the window that was asked for')
  }
  if (bucketStart % HOUR !== 0) throw new JsonShapeError(timestamp.path, 'the point is not on the hour')
  if (seen.has(bucketStart)) throw new JsonShapeError(timestamp.path, 'the series has this point twice')
  seen.add(bucketStart)
  return {
    bucketStart,
    stated,
    measure: 'cost',
    currency: 'USD',
    amount,
    raw: literal,
    rawUnit: 'usd',
    ...(rounded ? { rounded } : {}),
  }
}
