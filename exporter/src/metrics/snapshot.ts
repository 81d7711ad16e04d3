/** One consistent look at everything that the ledger publishes, gathered from contributors and checked against the table. */
import { inTurns } from '../turns.ts'
import { CATALOGUE, findMetric } from './catalogue.ts'
import type { MetricSpec } from './catalogue/spec.ts'

/** Values are text as users wrote it; '' where a dimension is not known. Keep the object: caches hang on it. */
export type Labels = Readonly<Record<string, string>>

export interface Sample {
  readonly labels: Labels
  readonly value: number
  /** When a counter began at 0. */
  readonly startAt?: number
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
        check(sample.labels)
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

/** For a metric's name a check of labels; both throw on what the table lacks. Labels seen under a name are not looked at again. */
function createChecks(): (name: string) => (labels: Labels) => void {
  const seen = new Map<string, WeakSet<Labels>>()
  return (name) => {
    const spec = findMetric(name)
    if (spec === undefined) throw new Error(`the metric ${name} is not in the catalogue`)
    if (spec.type === 'histogram') throw new Error(`the metric ${name} is a histogram: use an instrument`)
    const good = seen.get(name) ?? new WeakSet()
    seen.set(name, good)
    return (labels) => {
      if (good.has(labels)) return
      const unknown = Object.keys(labels).find((label) => !spec.labels.includes(label))
      if (unknown !== undefined)
        throw new Error(`the metric ${name} has no label ${unknown} in the catalogue`)
      good.add(labels)
    }
  }
}
