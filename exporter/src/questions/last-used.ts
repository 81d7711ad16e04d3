/** When each key was last used, as far as its account's exposed cut tells. */
import { DAY, SECOND } from '../clock.ts'
import type { CutState, SourceState } from '../ledger/ledger.ts'
import type { Sample } from '../metrics/snapshot.ts'
import { watermark } from '../usage/coverage.ts'
import { UNATTRIBUTED } from '../usage/dimensions.ts'
import type { Measure } from '../usage/measures.ts'
import type { Window } from '../usage/record.ts'
import type { QuestionContext } from './context.ts'

interface Job {
  readonly source: SourceState
  readonly cut: CutState
  readonly measure: Measure
}

/** Most keys that are used at all were used in this time; it is looked at bucket by bucket. */
const RECENT_MS: number = 2 * DAY

/**
 * Samples of `llm_api_key_last_used_timestamp_seconds`: the end of each key's newest bucket with usage. Looked up
 * again when the watermark moves.
 */
export function createLastUsed(context: QuestionContext): (jobs: readonly Job[]) => Promise<Sample[]> {
  let known = new Map<string, Sample[]>()
  return async (jobs) => {
    const accounts = new Map<string, Job>()
    for (const job of jobs) {
      const { provider, account } = job.source.key
      const name = JSON.stringify([provider, account])
      if (job.cut.cut.dimensions.includes('api_key') && !accounts.has(name)) accounts.set(name, job)
    }
    const next = new Map<string, Sample[]>()
    for (const [name, job] of accounts) {
      const key = `${name}/${job.cut.id}/${watermark(job.cut.coverage) ?? 0}`
      next.set(key, known.get(key) ?? (await lookUp(context, job)))
    }
    known = next
    return [...next.values()].flat()
  }
}

async function lookUp({ ledger }: QuestionContext, { source, cut, measure }: Job): Promise<Sample[]> {
  const { widthMs, coverage } = cut
  const mark = watermark(coverage) ?? 0
  const first = Math.min(mark, coverage[0]?.from ?? mark)
  const keys = [...new Set(ledger.series(cut.id).map(({ stated }) => stated.api_key))].filter(isKey)
  const numbers = new Map(keys.map((key, index) => [key, index]))
  const newest = async (
    window: Window,
    stepMs: number,
    only: ReadonlySet<number>,
  ): Promise<Map<number, number>> => {
    const groups = new Map<number, number>()
    for (const { id, stated, measure: counted } of ledger.series(cut.id)) {
      const number = numbers.get(stated.api_key ?? UNATTRIBUTED)
      if (number !== undefined && counted === measure && only.has(number)) groups.set(id, number)
    }
    const bucketStarts = startsOf(window, stepMs)
    const rows = await ledger.sums({ cutId: cut.id, window, groups, bucketStarts })
    const found = new Map<number, number>()
    for (const { group, bucket, amount } of rows) {
      const at = bucketStarts[bucket] ?? window.from
      if (amount !== 0n && at >= (found.get(group) ?? at)) found.set(group, at)
    }
    return found
  }

  const recentFrom = Math.max(first, Math.floor((mark - RECENT_MS) / DAY) * DAY)
  const buckets = await newest({ from: recentFrom, to: mark }, widthMs, new Set(numbers.values()))
  // Older use is found by the day first: by the bucket, years of it would be read to find one.
  const rest = new Set([...numbers.values()].filter((number) => !buckets.has(number)))
  const days = await newest({ from: Math.floor(first / DAY) * DAY, to: recentFrom }, DAY, rest)
  for (const day of new Set(days.values())) {
    const ofDay = new Set([...days].filter(([, at]) => at === day).map(([number]) => number))
    for (const [number, at] of await newest({ from: day, to: Math.min(day + DAY, mark) }, widthMs, ofDay))
      buckets.set(number, at)
  }
  const { provider, account } = source.key
  return [...buckets].map(([number, at]) => ({
    labels: { provider, account, api_key: keys[number] ?? '' },
    value: (at + widthMs) / SECOND,
  }))
}

function isKey(key: string | null | undefined): key is string {
  return key !== null && key !== undefined && key !== UNATTRIBUTED
}

function startsOf({ from, to }: Window, stepMs: number): number[] {
  return Array.from(
    { length: Math.max(0, Math.ceil((to - from) / stepMs)) },
    (_, index) => from + index * stepMs,
  )
}
