/** How new, how complete and how late by nature the data of each source is. */
import { DAY, SECOND } from '../../clock.ts'
import type { Ledger, SourceState } from '../../ledger/ledger.ts'
import { gaps, watermark, within, type Coverage } from '../../usage/coverage.ts'
import type { Contributor } from '../snapshot.ts'

/** The longest way back that a usage gauge reads: the month before this one, from its first day. */
const GAUGE_REACH_MS = 62 * DAY

export function contributeSources(ledger: Pick<Ledger, 'sources'>): Contributor {
  return () => {
    const states = ledger.sources().map((state) => {
      const coverage = state.exposed?.coverage ?? newest(state)
      const labels = { ...state.key }
      return { labels, coverage, newestAt: watermark(coverage), lagMs: state.spec.lagMs }
    })
    const known = states.flatMap((state) =>
      state.newestAt === undefined ? [] : [{ ...state, newestAt: state.newestAt }],
    )
    return [
      {
        name: 'llm_source_newest_data_timestamp_seconds',
        samples: known.map(({ labels, newestAt }) => ({ labels, value: newestAt / SECOND })),
      },
      {
        name: 'llm_source_complete',
        samples: known.map(({ labels, coverage, newestAt }) => ({
          labels,
          value: isComplete(coverage, newestAt) ? 1 : 0,
        })),
      },
      {
        name: 'llm_source_lag_seconds',
        samples: states.map(({ labels, lagMs }) => ({ labels, value: lagMs / SECOND })),
      },
    ]
  }
}

/** A source that feeds no counters (derived tokens) is judged by its live cut that is furthest along. */
function newest(state: SourceState): Coverage {
  let best: Coverage = []
  for (const cut of state.cuts) {
    if (cut.live && (watermark(cut.coverage) ?? -Infinity) > (watermark(best) ?? -Infinity))
      best = cut.coverage
  }
  return best
}

/** What was never asked for because the history begins later is not missing. */
function isComplete(coverage: Coverage, newestAt: number): boolean {
  const window = { from: Math.max(coverage[0]?.from ?? newestAt, newestAt - GAUGE_REACH_MS), to: newestAt }
  const whole = gaps(coverage, window, (span) => span.state === 'complete').length === 0
  return whole && within(coverage, window).every((span) => span.newerTruncated !== true)
}
