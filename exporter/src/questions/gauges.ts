/** Usage gauges in event time: computed here rather than in PromQL, because billing data comes late and in lumps (design §4.6). */
import { toNumber, type Amount } from '@usage-explorer/core/amount'
import { HOUR, SECOND } from '../clock.ts'
import type { CutState, SourceState } from '../ledger/ledger.ts'
import type { Contributor, Family, Sample } from '../metrics/snapshot.ts'
import { rankSources } from '../usage/choice.ts'
import { watermark } from '../usage/coverage.ts'
import type { Measure } from '../usage/measures.ts'
import { sourceKeyText } from '../usage/source.ts'
import { accountsOf, type QuestionContext } from './context.ts'
import { createFold, gaugeLabels, type GaugeLabels } from './gauge-labels.ts'
import { periodsAt, rangesAt, type Period, type Range } from './gauge-ranges.ts'
import { createLastUsed } from './last-used.ts'
import { runwaySamples } from './runway.ts'

const GAUGED: readonly Measure[] = ['cost', 'tokens', 'requests']

/** One gauge family's worth of reading: a cut of the source that is best for a measure. */
export interface Job {
  readonly source: SourceState
  readonly cut: CutState
  readonly measure: Measure
  /** `cost`, `model_cost`, `tokens` or `requests`, as in the family's name. */
  readonly figure: string
  readonly periods: readonly Period[]
}

/**
 * `llm_usage_period_*`, `llm_usage_window_*`, their twins by model, the periods' starts, when keys were last used, and
 * how long balances last.
 * Gauges never stitch: per account and measure they read the best source that has coverage, in its exposed cut, up to
 * its watermark. What is computed is kept until the ledger or the hour changes, so they roll over with polling dead.
 */
export function periodGauges(context: QuestionContext): Contributor {
  const fold = createFold(context.config.metrics.caps)
  const lastUsed = createLastUsed(context)
  let known: { key: string; families: readonly Family[] } | undefined
  return async (now) => {
    const key = `${context.ledger.revision}/${Math.floor(now / HOUR)}`
    if (known?.key === key) return known.families
    const jobs = jobsAt(context, now)
    const samples = new Map<string, Sample[]>()
    const add = (name: string, sample: Sample): void => {
      const list = samples.get(name)
      if (list === undefined) samples.set(name, [sample])
      else list.push(sample)
    }
    for (const job of jobs) await compute(context, job, fold, add)
    const started = new Map(jobs.map((job) => [sourceKeyText(job.source.key), job]))
    for (const { source, periods } of started.values()) {
      for (const { name, from } of periods) {
        const labels = { ...source.key, period: name }
        add('llm_usage_period_start_timestamp_seconds', { labels, value: from / SECOND })
      }
    }
    for (const sample of await lastUsed(jobs)) add('llm_api_key_last_used_timestamp_seconds', sample)
    const costs = samples.get('llm_usage_window_cost') ?? []
    for (const sample of runwaySamples(costs, context.ledger.facts().levels)) {
      add('llm_account_runway_seconds', sample)
    }
    const families = [...samples].map(([name, list]) => ({ name, samples: list }))
    known = { key, families }
    return families
  }
}

/** What is read for each account and measure, and its twin by model. */
export function jobsAt(context: QuestionContext, now: number): Job[] {
  const { ledger, config } = context
  return accountsOf(context).flatMap(({ provider, account }) => {
    const sources = ledger
      .sources()
      .filter(
        ({ key, spec }) => key.provider === provider && key.account === account && spec.kind !== 'derived',
      )
    return GAUGED.flatMap((measure): Job[] => {
      const source = bestSource(sources, measure)
      const cut = source?.exposed
      if (source === undefined || cut === undefined) return []
      const periods = periodsAt(now, config.zone, cut.widthMs)
      const job = { source, cut, measure, figure: measure, periods }
      const twin = measure === 'cost' ? source.twin : undefined
      return twin === undefined ? [job] : [job, { ...job, cut: twin, figure: 'model_cost' }]
    })
  })
}

/** The highest rank that has coverage. Of two in one rank, the one that an account is read from since is newer. */
function bestSource(sources: readonly SourceState[], measure: Measure): SourceState | undefined {
  const mark = ({ exposed }: SourceState): number => watermark(exposed?.coverage ?? []) ?? -Infinity
  const [first, ...others] = rankSources(sources, measure).filter((source) => mark(source) > -Infinity)
  return others
    .filter(({ spec }) => spec.kind === first?.spec.kind)
    .reduce((best, other) => (best !== undefined && mark(other) > mark(best) ? other : best), first)
}

async function compute(
  context: QuestionContext,
  job: Job,
  fold: ReturnType<typeof createFold>,
  add: (name: string, sample: Sample) => void,
): Promise<void> {
  const { source, cut, measure, figure, periods } = job
  const ranges = rangesAt(periods, cut, source.spec.lagMs)
  if (ranges.length === 0) return
  const options = { measure, byKey: figure !== 'model_cost', metrics: context.config.metrics }
  const groups = new Map<number, number>()
  const numbers = new Map<string, number>()
  const labelSets: GaugeLabels[] = []
  for (const series of context.ledger.series(cut.id)) {
    if (series.measure !== measure) continue
    const labels = gaugeLabels(context.identity.resolve(source.key, series), series.currency, options)
    const key = JSON.stringify(Object.values(labels))
    const number = numbers.get(key) ?? labelSets.push(labels) - 1
    numbers.set(key, number)
    groups.set(series.id, number)
  }
  const sums = await sumRanges(context, { cut, groups, ranges })
  const figures = new Map<string, { labels: GaugeLabels; amounts: Amount[] }>()
  for (const [number, amounts] of sums) {
    const labels = fold(figure, labelSets[number] ?? {})
    const key = JSON.stringify(Object.values(labels))
    const before = figures.get(key)?.amounts
    figures.set(key, { labels, amounts: amounts.map((amount, at) => amount + (before?.[at] ?? 0n)) })
  }
  for (const { labels, amounts } of figures.values()) {
    ranges.forEach(({ label, name }, at) => {
      const value = toNumber(amounts[at] ?? 0n)
      add(`llm_usage_${label}_${figure}`, { labels: { ...labels, [label]: name }, value })
    })
  }
}

/** Sums of each group with rows in any of the ranges, one for each range: one reading for all, as ranges overlap. */
export async function sumRanges(
  { ledger }: QuestionContext,
  { cut, groups, ranges }: { cut: CutState; groups: ReadonlyMap<number, number>; ranges: readonly Range[] },
): Promise<ReadonlyMap<number, readonly Amount[]>> {
  const edges = [...new Set(ranges.flatMap(({ from, to }) => [from, to]))].sort((a, b) => a - b)
  const window = { from: edges[0] ?? 0, to: edges.at(-1) ?? 0 }
  const rows = await ledger.sums({ cutId: cut.id, window, groups, bucketStarts: edges })
  const sums = new Map<number, Amount[]>()
  for (const { group, bucket, amount } of rows) {
    const start = edges[bucket] ?? window.to
    if (!ranges.some(({ from, to }) => from <= start && start < to)) continue
    const amounts = sums.get(group) ?? ranges.map(() => 0n)
    sums.set(group, amounts)
    ranges.forEach(({ from, to }, at) => {
      if (from <= start && start < to) amounts[at] = (amounts[at] ?? 0n) + amount
    })
  }
  return sums
}
