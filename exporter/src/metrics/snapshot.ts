/** One consistent look at everything that the ledger publishes, gathered from contributors and checked against the table. */
import { inTurns } from '../turns.ts'
import { CATALOGUE, findMetric } from './catalogue.ts'
import type { MetricSpec } from './catalogue/spec.ts'

/** Values are text as users wrote it; '' where a dimension is not known. Keep the object: caches hang on it. */
export type Labels = Readonly<Record<string, string>>

export interface Sample {
  readonly labels: Labels
  /** Of a histogram the sum of what was measured. */
  readonly value: number
  /** Of a histogram, and of nothing else. */
  readonly buckets?: Buckets
  /** When a counter began at 0. */
  readonly startAt?: number
}

export interface Buckets {
  /** Upper bounds, ascending, without infinity. */
  readonly bounds: readonly number[]
  /** How many fell into each, and into the one without a bound: one more than there are bounds. Not cumulated. */
  readonly counts: readonly number[]
}

export interface Family {
  /** A name of the table. */
  readonly name: string
  readonly samples: readonly Sample[]
}

/** What one room knows, at `now`. Several may give samples of the same family, never the same series. */
export type Contributor = (now: number) => Promise<readonly Family[]> | readonly Family[]

export interface Snapshot {
  readonly takenAt: number
  /** In the table's order; families without samples are left out. */
  readonly families: readonly { readonly spec: MetricSpec; readonly samples: readonly Sample[] }[]
}

export interface Metrics {
  /**
   * Everything now. Callers that come while one collection runs share it. Rejects when a contributor fails or gives
   * a metric or label that the table lacks: half a snapshot would look like series that ended.
   */
  snapshot(): Promise<Snapshot>
}

export function createMetrics(options: {
  readonly contributors: readonly Contributor[]
  readonly now: () => number
  /** Series that are not published; none unless given. */
  readonly isHidden?: (labels: Labels) => boolean
}): Metrics {
  const checkFor = createChecks()
  const { isHidden = () => false } = options
  let running: Promise<Snapshot> | undefined

  const collect = async (): Promise<Snapshot> => {
    const takenAt = options.now()
    const contributed = await Promise.all(options.contributors.map(async (contribute) => contribute(takenAt)))
    const samples = new Map<string, Sample[]>()
    for (const family of contributed.flat()) {
      const check = checkFor(family.name)
      const shown = samples.get(family.name) ?? []
      samples.set(family.name, shown)
      await inTurns(family.samples, (sample) => {
        check(sample)
        if (!isHidden(sample.labels)) shown.push(sample)
      })
    }
    const families = CATALOGUE.flatMap((spec) => {
      const found = samples.get(spec.name) ?? []
      return found.length === 0 ? [] : [{ spec, samples: found }]
    })
    return { takenAt, families }
  }

  return {
    snapshot: () => {
      running ??= collect().finally(() => {
        running = undefined
      })
      return running
    },
  }
}

/** For a metric's name a check of samples; both throw on what the table lacks. Labels seen under a name are not looked at again. */
function createChecks(): (name: string) => (sample: Sample) => void {
  const seen = new Map<string, WeakSet<Labels>>()
  return (name) => {
    const spec = findMetric(name)
    if (spec === undefined) throw new Error(`the metric ${name} is not in the catalogue`)
    const good = seen.get(name) ?? new WeakSet()
    seen.set(name, good)
    return ({ labels, buckets }) => {
      if ((spec.type === 'histogram') !== (buckets !== undefined))
        throw new Error(`a sample of ${name} is not of its type, ${spec.type}`)
      if (good.has(labels)) return
      const unknown = Object.keys(labels).find((label) => !spec.labels.includes(label))
      if (unknown !== undefined)
        throw new Error(`the metric ${name} has no label ${unknown} in the catalogue`)
      good.add(labels)
    }
  }
}
