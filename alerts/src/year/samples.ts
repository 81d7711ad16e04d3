/** What the simulation kept, as OpenMetrics that Prometheus reads into its blocks. */
import { HOUR, MINUTE } from '../../../exporter/src/clock.ts'
import type { HourlySeries } from './half.ts'

/** Often enough for rates over five minutes; other counters are read over an hour at least. */
const REQUESTS_MS = 2 * MINUTE
const COUNTERS_MS = 20 * MINUTE

/**
 * The samples of [from, to), series by series. Counters grow evenly between two hours, as the simulated apps' calls do;
 * gauges stand until the next sample.
 *
 * @param start time of the first value
 * @see https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md
 */
export function* openMetrics(
  all: readonly HourlySeries[],
  start: number,
  window: { readonly from: number; readonly to: number },
): Generator<string> {
  for (const { series, values } of all) {
    const stepMs = stepOf(series)
    const first = Math.max(0, Math.floor((window.from - start) / HOUR))
    const last = Math.min(values.length - 1, Math.ceil((window.to - start) / HOUR))
    let text = ''
    for (let hour = first; hour <= last; hour++) {
      const [value, next] = [values[hour], values[hour + 1]]
      if (typeof value !== 'number') continue
      const at = start + hour * HOUR
      const grows = stepMs < HOUR && typeof next === 'number' && next >= value
      for (let after = 0; after < (grows ? HOUR : 1); after += stepMs) {
        if (at + after < window.from || at + after >= window.to) continue
        const between = grows ? value + ((next - value) * after) / HOUR : value
        text += `${series} ${between} ${(at + after) / 1000}\n`
      }
    }
    yield text
  }
}

function stepOf(series: string): number {
  if (series.startsWith('llm_observed_requests_total')) return REQUESTS_MS
  return /^\w+_(total|bucket|count)\b/.test(series) ? COUNTERS_MS : HOUR
}
