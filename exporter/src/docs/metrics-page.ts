/** docs/reference/metrics.md, from the catalogue of metrics. */
import { CATALOGUE } from '../metrics/catalogue.ts'
import type { MetricSpec } from '../metrics/catalogue/spec.ts'
import { code, page, prose, table } from './markdown.ts'

const TIMES: Readonly<Record<MetricSpec['time'], string>> = {
  arrival: 'changes when a provider’s answer comes in',
  event: 'stands for when the usage happened',
  now: 'a state at the scrape or at the last reading',
}

export function metricsPage(): string {
  const groups = [...new Set(CATALOGUE.map((spec) => spec.group))]
  return page(
    '# Metrics',
    'Everything that `/metrics` can show. Label values are ids; `llm_api_key_info` gives keys their names. A series is absent ' +
      'where the provider does not report it: absent is unknown, 0 is a zero that the provider stated.',
    'Counters tell when an answer arrived, gauges of usage tell when the usage happened. Bills are late and come in lumps: alert on ' +
      'the gauges. Samples are float64 and `increase()` extrapolates: exact money comes from the API.',
    table(
      ['Time', 'Meaning'],
      Object.entries(TIMES).map(([time, meaning]) => [time, meaning]),
    ),
    ...groups.flatMap((group) => [`## ${group}`, groupTable(group)]),
  )
}

function groupTable(group: MetricSpec['group']): string {
  const rows = CATALOGUE.filter((spec) => spec.group === group).map((spec) => [
    code(spec.name),
    spec.type,
    spec.unit,
    spec.time,
    spec.labels.map(code).join(', '),
    prose(spec.help),
  ])
  return table(['Metric', 'Type', 'Unit', 'Time', 'Labels', 'Meaning'], rows)
}
