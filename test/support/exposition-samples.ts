/** Reads Prometheus' text format back, the way a scraper does: labels without a value are no labels. */

export interface ExposedSample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** All samples of a metric. Numbers are read as float64, as Prometheus reads them. */
export function readSamples(text: string, metric: string): ExposedSample[] {
  return text.split('\n').flatMap((line) => {
    const [, name, labels = '', value = ''] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
    if (name !== metric) return []
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(
      ([, label = '', written = '']): [string, string] => [label, unescape(written)],
    )
    return [{ labels: Object.fromEntries(pairs.filter(([, text]) => text !== '')), value: Number(value) }]
  })
}

/** One text for the same labels in any order. */
export function labelKey(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

function unescape(written: string): string {
  return written.replaceAll(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character))
}
