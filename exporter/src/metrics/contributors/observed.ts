/** What apps told last and what is not added up: calls under way, and what responses left of rate limits. */
import type { Identity } from '../../identity/identity.ts'
import type { Levels, ObservedLevel } from '../../otlp/levels.ts'
import type { Contributor, Labels, Sample } from '../snapshot.ts'

export function contributeObserved(levels: Pick<Levels, 'current'>, identity: Identity): Contributor {
  const labelsOf = ({ subject: { source, stated } }: ObservedLevel) =>
    identity.resolve(source, { id: 0, cutId: 0, stated, measure: 'requests', currency: '' })

  return () => {
    const current = levels.current()
    const active = current
      .filter(({ level }) => level === 'active')
      .map((one): Sample => {
        const { provider, account, team, model, service } = labelsOf(one)
        return { labels: { provider, account, team, model, service }, value: one.value }
      })
    const limits = (level: ObservedLevel['level']): Sample[] =>
      current
        .filter((one) => one.level === level)
        .map((one) => {
          const { provider, account, model } = labelsOf(one)
          return {
            labels: { provider, account, model, kind: one.kind, window: one.window },
            value: one.value,
          }
        })
    return [
      { name: 'llm_observed_active_requests', samples: merge(active, (a, b) => a + b) },
      { name: 'llm_observed_rate_limit', samples: merge(limits('limit'), Math.min) },
      // Of many apps the one that was left with least tells most.
      { name: 'llm_observed_rate_limit_remaining', samples: merge(limits('remaining'), Math.min) },
    ]
  }
}

/** One sample for each set of labels. */
function merge(samples: readonly Sample[], join: (a: number, b: number) => number): Sample[] {
  const merged = new Map<string, { labels: Labels; value: number }>()
  for (const { labels, value } of samples) {
    const key = JSON.stringify(labels)
    const known = merged.get(key)
    merged.set(key, { labels, value: known === undefined ? value : join(known.value, value) })
  }
  return [...merged.values()]
}
