/** Prometheus' text format 0.0.4, written in pieces so that neither memory nor the event loop feels a large snapshot. */
import { setImmediate } from 'node:timers/promises'
import type { Labels, Snapshot } from './snapshot.ts'

export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** About 1300 lines: a millisecond of work between two turns of the event loop. */
const PIECE_LENGTH = 256 * 1024

/** Escaping and joining labels is most of the work, and series keep their labels from scrape to scrape. */
const labelTexts = new WeakMap<Labels, string>()

/**
 * The snapshot, then `appendix` (families in the same format), in pieces of about 256 kB. Other work may run
 * between two pieces; the next piece is only made when it is asked for.
 */
export async function* renderText(snapshot: Snapshot, appendix: string): AsyncGenerator<string, void> {
  let piece = ''
  for (const { spec, samples } of snapshot.families) {
    piece += `# HELP ${spec.name} ${escapeHelp(spec.help)}\n# TYPE ${spec.name} ${spec.type}\n`
    for (const { labels, value } of samples) {
      piece += `${spec.name}${labelText(labels)} ${valueText(value)}\n`
      if (piece.length < PIECE_LENGTH) continue
      yield piece
      piece = ''
      await setImmediate()
    }
  }
  yield piece + appendix
}

function labelText(labels: Labels): string {
  const known = labelTexts.get(labels)
  if (known !== undefined) return known
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`)
  const text = pairs.length === 0 ? '' : `{${pairs.join(',')}}`
  labelTexts.set(labels, text)
  return text
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
