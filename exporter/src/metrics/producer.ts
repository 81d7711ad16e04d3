/** The snapshot as OpenTelemetry metric data, so that a push carries exactly what a scrape shows. */
import { ValueType, type HrTime } from '@opentelemetry/api'
import { emptyResource } from '@opentelemetry/resources'
import {
  AggregationTemporality,
  DataPointType,
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
  const dataPoints = samples.map(({ labels, value, startAt }) => ({
    startTime: startAt === undefined ? endTime : toHrTime(startAt),
    endTime,
    attributes: labels,
    value,
  }))
  return spec.type === 'counter'
    ? { descriptor, aggregationTemporality, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints }
    : { descriptor, aggregationTemporality, dataPointType: DataPointType.GAUGE, dataPoints }
}

function toHrTime(instantMs: number): HrTime {
  return [Math.floor(instantMs / 1000), (instantMs % 1000) * 1_000_000]
}
