/** Prometheus' text format 0.0.4, written in pieces so that neither memory nor the event loop feels a large snapshot. */
import { setImmediate } from 'node:timers/promises'
import type { Buckets, Labels, Sample, Snapshot } from './snapshot.ts'

export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** About 300 lines: well under a millisecond of work between two turns of the event loop, and small enough for its caches. */
const PIECE_LENGTH = 64 * 1024

/**
 * What stands before the value, by metric. Escaping and joining labels is most of the work, and series keep their labels
 * from scrape to scrape.
 */
const prefixes = new Map<string, WeakMap<Labels, string>>()

/**
 * The snapshot, then `appendix` (families in the same format), in pieces of about 64 kB. Other work may run
 * between two pieces; the next piece is only made when it is asked for.
 */
export async function* renderText(snapshot: Snapshot, appendix: string): AsyncGenerator<string, void> {
  let piece = ''
  for (const { spec, samples } of snapshot.families) {
    piece += `# HELP ${spec.name} ${escapeHelp(spec.help)}\n# TYPE ${spec.name} ${spec.type}\n`
    const known = prefixesOf(spec.name)
    for (const sample of samples) {
      const { labels, value } = sample
      if (sample.buckets !== undefined) {
        piece += histogramText(spec.name, sample, sample.buckets)
        if (piece.length < PIECE_LENGTH) continue
        yield piece
        piece = ''
        await setImmediate()
        continue
      }
      let prefix = known.get(labels)
      if (prefix === undefined) {
        prefix = `${spec.name}${labelText(labels)} `
        known.set(labels, prefix)
      }
      piece += `${prefix}${valueText(value)}\n`
      if (piece.length < PIECE_LENGTH) continue
      yield piece
      piece = ''
      await setImmediate()
    }
  }
  yield piece + appendix
}

/** Count and sum, then the buckets, cumulated. */
function histogramText(name: string, { labels, value }: Sample, { bounds, counts }: Buckets): string {
  const own = labelText(labels)
  const total = counts.reduce((a, b) => a + b, 0)
  let text = `${name}_count${own} ${total}\n${name}_sum${own} ${valueText(value)}\n`
  let below = 0
  counts.forEach((count, at) => {
    below += count
    text += `${name}_bucket${labelText({ ...labels, le: valueText(bounds[at] ?? Infinity) })} ${below}\n`
  })
  return text
}

function prefixesOf(name: string): WeakMap<Labels, string> {
  const known = prefixes.get(name) ?? new WeakMap<Labels, string>()
  prefixes.set(name, known)
  return known
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

/** JavaScript prints the shortest decimal that reads back as the same float64; only infinities are spelt otherwise. */
function valueText(value: number): string {
  if (value === Infinity) return '+Inf'
  if (value === -Infinity) return '-Inf'
  return String(value)
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"')
}
