/** Medians, and what a benchmark reports. */

export interface Row {
  readonly what: string
  /** Figures by column title, as they are to be shown. */
  readonly figures: Readonly<Record<string, string>>
}

export interface Report {
  readonly title: string
  /** What is measured against what, and the goal. */
  readonly about: string
  readonly rows: readonly Row[]
}

export interface Bench {
  readonly name: string
  /** @param size 1 is what is reported; a test runs far less. */
  readonly run: (size: number, say: (line: string) => void) => Promise<readonly Report[]>
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? NaN
}

export async function timed<T>(work: () => Promise<T>): Promise<{ ms: number; value: T }> {
  const from = performance.now()
  const value = await work()
  return { ms: performance.now() - from, value }
}

export function ms(value: number): string {
  return value < 10 ? value.toFixed(1) : String(Math.round(value))
}

export function ratio(value: number, peer: number): string {
  return `${(value / peer).toFixed(2)}×`
}
