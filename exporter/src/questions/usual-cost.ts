/** `llm_usage_usual_cost`: what the same hours of the week cost, further back than Prometheus remembers. */
import { toNumber, type Amount } from '@usage-explorer/core/amount'
import { DAY, HOUR } from '../clock.ts'
import type { Contributor, Family, Sample } from '../metrics/snapshot.ts'
import { gaps, watermark, within } from '../usage/coverage.ts'
import type { QuestionContext } from './context.ts'
import { jobsAt, sumRanges, type Job } from './gauges.ts'
import type { Range } from './gauge-ranges.ts'

const WINDOWS_MS: Readonly<Record<string, number>> = { '6h': 6 * HOUR, '24h': DAY }
const WEEKS = [1, 2, 3, 4]
/** A median of fewer says nothing. */
const FEWEST = 2

/**
 * By account and team: the median of what the window that ends at the newest data cost in each of the four weeks
 * before. From the cut that `llm_usage_window_cost` reads, so that the two compare. Kept until that data moves.
 */
export function usualCost(context: QuestionContext): Contributor {
  let known: { key: string; families: readonly Family[] } | undefined
  return async (now) => {
    const jobs = jobsAt(context, now).filter(({ figure }) => figure === 'cost')
    const key = jobs.map(({ cut }) => `${cut.id}:${watermark(cut.coverage) ?? ''}`).join()
    if (known?.key === key) return known.families
    const samples: Sample[] = []
    for (const job of jobs) samples.push(...(await usualOf(context, job)))
    known = { key, families: [{ name: 'llm_usage_usual_cost', samples }] }
    return known.families
  }
}

async function usualOf(context: QuestionContext, { source, cut }: Job): Promise<Sample[]> {
  const mark = watermark(cut.coverage)
  if (mark === undefined) return []
  const teams = new Map<string, number>()
  const groups = new Map<number, number>()
  for (const series of context.ledger.series(cut.id)) {
    if (series.measure !== 'cost') continue
    const { team } = context.identity.resolve(source.key, series)
    const key = JSON.stringify([team, series.currency])
    const group = teams.get(key) ?? teams.size
    teams.set(key, group)
    groups.set(series.id, group)
  }
  const ranges = Object.entries(WINDOWS_MS).flatMap(([name, length]) =>
    length < cut.widthMs + source.spec.lagMs
      ? []
      : WEEKS.map((weeks): Range => {
          const to = mark - weeks * 7 * DAY
          return { label: 'window', name, from: to - length, to }
        }),
  )
  const told = ranges.filter(
    (range) => gaps(within(cut.coverage, range), range, ({ state }) => state !== 'provisional').length === 0,
  )
  if (told.length === 0) return []
  const sums = await sumRanges(context, { cut, groups, ranges: told })
  return [...teams].flatMap(([key, group]) => {
    const [team = '', currency = ''] = JSON.parse(key) as string[]
    return Object.keys(WINDOWS_MS).flatMap((window): Sample[] => {
      const amounts = told.flatMap(({ name }, index) =>
        name === window ? [sums.get(group)?.[index] ?? 0n] : [],
      )
      if (amounts.length < FEWEST) return []
      const { provider, account } = source.key
      return [{ labels: { provider, account, team, currency, window }, value: toNumber(median(amounts)) }]
    })
  })
}

function median(amounts: readonly Amount[]): Amount {
  const sorted = [...amounts].sort((a, b) => (a < b ? -1 : Number(a > b)))
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? 0n) + (sorted[Math.floor(middle)] ?? 0n)) / 2n
}
