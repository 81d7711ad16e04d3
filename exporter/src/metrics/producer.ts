/** The snapshot as OpenTelemetry metric data, so that a push carries exactly what a scrape shows. */
import { ValueType, type HrTime } from '@opentelemetry/api'
import { emptyResource } from '@opentelemetry/resources'
import {
  AggregationTemporality,
  DataPointType,
  type Histogram,
  type MetricData,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics'
import type { MetricSpec } from './catalogue/spec.ts'
import type { Metrics, Sample } from './snapshot.ts'

/** UCUM codes; other units go as annotations, which add no suffix to a name that already carries its unit. */
const UCUM: Partial<Record<MetricSpec['unit'], string>> = { seconds: 's', bytes: 'By', ratio: '1' }

/** For a reader's `metricProducers`. `collect` rejects when the snapshot does. */
export function createProducer(metrics: Metrics): MetricProducer {
  return {
    collect: async () => {
      const { takenAt, families } = await metrics.snapshot()
      const data = families.map(({ spec, samples }) => toMetricData(spec, samples, takenAt))
      return {
        resourceMetrics: {
          resource: emptyResource(),
          scopeMetrics: [{ scope: { name: 'usage-explorer' }, metrics: data }],
        },
        errors: [],
      }
    },
  }
}

function toMetricData(spec: MetricSpec, samples: readonly Sample[], takenAt: number): MetricData {
  const descriptor = {
    name: spec.name,
    description: spec.help,
    unit: UCUM[spec.unit] ?? `{${spec.unit}}`,
    valueType: ValueType.DOUBLE,
  }
  const aggregationTemporality = AggregationTemporality.CUMULATIVE
  const endTime = toHrTime(takenAt)
  const point = ({ labels, startAt }: Sample) => ({
    startTime: startAt === undefined ? endTime : toHrTime(startAt),
    endTime,
    attributes: labels,
  })
  if (spec.type === 'histogram') {
    const dataPoints = samples.map((sample) => ({ ...point(sample), value: histogramOf(sample) }))
    return { descriptor, aggregationTemporality, dataPointType: DataPointType.HISTOGRAM, dataPoints }
  }
  const dataPoints = samples.map((sample) => ({ ...point(sample), value: sample.value }))
  return spec.type === 'counter'
    ? { descriptor, aggregationTemporality, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints }
    : { descriptor, aggregationTemporality, dataPointType: DataPointType.GAUGE, dataPoints }
}

function histogramOf({ value, buckets = { bounds: [], counts: [0] } }: Sample): Histogram {
  const { bounds, counts } = buckets
  return {
    buckets: { boundaries: [...bounds], counts: [...counts] },
    sum: value,
    count: counts.reduce((a, b) => a + b, 0),
  }
}

function toHrTime(instantMs: number): HrTime {
  return [Math.floor(instantMs / 1000), (instantMs % 1000) * 1_000_000]
}
