/** Puts histograms together: the ledger keeps their sum and each of their buckets as a counter of its own. */
import { toNumber } from '@usage-explorer/core/amount'
import type { Counter } from '../../ledger/ledger.ts'
import { TIME_BOUNDS } from '../../usage/histogram.ts'
import type { Family, Labels, Sample } from '../snapshot.ts'

/** Suffixes of the counters that a histogram is made of. */
export const SUM = '_sum'
export const BUCKET = '_bucket'

interface Pieces {
  readonly labels: Labels
  readonly counts: number[]
  sum: number
  bornAt: number
}

export interface Histograms {
  /** Whether the counter is a piece of a histogram; it is taken in then. */
  take(counter: Counter): boolean
  families(): Iterable<Family>
}

/** A new counter shows 0 for a while, its pieces all for the same, so that sum and buckets begin together. */
export function createHistograms(): Histograms {
  const found = new Map<string, Map<string, Pieces>>()
  const pieces = (name: string, labels: Labels, bornAt: number): Pieces => {
    const family = found.get(name) ?? new Map<string, Pieces>()
    found.set(name, family)
    const key = JSON.stringify(labels)
    const known = family.get(key) ?? { labels, counts: TIME_BOUNDS.map(() => 0).concat(0), sum: 0, bornAt }
    family.set(key, known)
    known.bornAt = Math.min(known.bornAt, bornAt)
    return known
  }
  return {
    take: ({ family, labels, published, bornAt }) => {
      if (family.endsWith(`seconds${SUM}`)) {
        pieces(family.slice(0, -SUM.length), labels, bornAt).sum = toNumber(published)
        return true
      }
      if (!family.endsWith(`seconds${BUCKET}`)) return false
      const { le = '', ...others } = labels
      const at = TIME_BOUNDS.findIndex((bound) => String(bound) === le)
      const { counts } = pieces(family.slice(0, -BUCKET.length), others, bornAt)
      counts[at < 0 ? TIME_BOUNDS.length : at] = toNumber(published)
      return true
    },
    families: () =>
      [...found].map(([name, family]) => ({
        name,
        samples: [...family.values()].map(({ labels, counts, sum, bornAt }): Sample => ({
          labels,
          value: sum,
          buckets: { bounds: TIME_BOUNDS, counts },
          startAt: bornAt,
        })),
      })),
  }
}
