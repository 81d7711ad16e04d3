/** One stretch of the year, in a process of its own: `half.ts FROM TO FILE` writes what the rules read of /metrics. */
import { writeFileSync } from 'node:fs'
import { HOUR } from '../../../exporter/src/clock.ts'
import { metricsOfRules } from './rules.ts'
import { simulate } from './simulation.ts'

/** A series with a value, or null, for each hour. */
export interface HourlySeries {
  /** As /metrics writes it. */
  readonly series: string
  readonly values: (number | null)[]
}

const [from = 0, to = 0] = process.argv.slice(2, 4).map((text) => Date.parse(text))
const file = process.argv[4] ?? ''
const metrics = metricsOfRules()
const hours = (to - from) / HOUR
const kept = new Map<string, (number | null)[]>()

await simulate({ from, to }, (at, text) => {
  const hour = (at - from) / HOUR - 1
  for (const line of text.split('\n')) {
    if (!metrics.has(line.slice(0, line.search(/[{ ]/)))) continue
    const end = line.lastIndexOf(' ')
    const series = line.slice(0, end)
    const values = kept.get(series) ?? Array<number | null>(hours).fill(null)
    kept.set(series, values)
    values[hour] = Number(line.slice(end + 1))
  }
  if (hour % 240 === 0) process.stderr.write(`${new Date(at).toISOString()} of ${process.argv[3]}\n`)
})
writeFileSync(file, [...kept].map(([series, values]) => JSON.stringify({ series, values })).join('\n'))
