/** Small export requests for the receiver's tests. */
import { TIME_BOUNDS } from '../../usage/histogram.ts'
import type { Attributes, AttributeValue, Metric, Point, ResourceMetrics } from '../wire/request.ts'
import { OWN_SCOPE } from '../dialects/own.ts'

export interface PointOptions {
  readonly name: string
  readonly value: number | bigint | readonly number[]
  readonly start: number
  readonly time: number
  readonly attributes?: Record<string, AttributeValue>
  readonly temporality?: Metric['temporality']
  /** Of a histogram. */
  readonly sum?: number
  readonly bounds?: readonly number[]
}

const GROK = { 'gen_ai.provider.name': 'x_ai', 'gen_ai.response.model': 'grok-4' }

/** One export of one scope of one service. */
export function exportOf(
  points: readonly PointOptions[],
  options: {
    readonly scope?: string
    readonly service?: string
    readonly resource?: Record<string, AttributeValue>
  } = {},
): ResourceMetrics[] {
  const { scope = OWN_SCOPE, service = 'shop', resource = {} } = options
  const metrics = points.map(
    ({
      name,
      value,
      start,
      time,
      attributes,
      temporality = 'cumulative',
      sum,
      bounds = TIME_BOUNDS,
    }): Metric => {
      const isHistogram = typeof value === 'object'
      const point: Point = {
        attributes: table({ ...GROK, ...attributes }),
        startMs: start,
        timeMs: time,
        absent: false,
        value: isHistogram ? { count: value.reduce((a, b) => a + b, 0), sum, bounds, counts: value } : value,
      }
      return { name, kind: isHistogram ? 'histogram' : 'sum', temporality, monotonic: true, points: [point] }
    },
  )
  return [{ attributes: table({ 'service.name': service, ...resource }), scopes: [{ name: scope, metrics }] }]
}

function table(attributes: Record<string, AttributeValue>): Attributes {
  return Object.assign(Object.create(null) as Record<string, AttributeValue>, attributes)
}
