/** OTLP requests in JSON. Source: opentelemetry.io/docs/specs/otlp, JSON Protobuf Encoding. */
import { z } from 'zod'
import {
  emptyAttributes,
  OtlpDecodeError,
  TEMPORALITIES,
  type Attributes,
  type AttributeValue,
  type Metric,
  type Point,
  type ResourceLogs,
  type ResourceMetrics,
} from './request.ts'

/** 64-bit integers are strings, and numbers where a client does not care. */
const int = z.union([z.string().regex(/^-?\d{1,20}$/), z.number()])
const count = int.transform(Number)
const nanoseconds = int.transform((value) => Number(value) / 1e6)
const double = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity']).transform(Number)])
const anyValue = z.object({
  stringValue: z.string().optional(),
  boolValue: z.boolean().optional(),
  intValue: int
    .transform((value) => BigInt(typeof value === 'number' ? Math.trunc(value) : value))
    .optional(),
  doubleValue: double.optional(),
})
const attributes = z
  .array(z.object({ key: z.string().default(''), value: anyValue.optional() }))
  .default([])
  .transform((list): Attributes => {
    const found = emptyAttributes()
    for (const { key, value } of list) found[key] = valueOf(value)
    return found
  })
const times = {
  attributes,
  startTimeUnixNano: nanoseconds.default(0),
  timeUnixNano: nanoseconds.default(0),
  flags: z.number().default(0),
}
const numberPoint = z
  .object({ ...times, asDouble: double.optional(), asInt: int.transform(BigInt).optional() })
  .transform((point): Point => ({ ...common(point), value: point.asInt ?? point.asDouble }))
const histogramPoint = z
  .object({
    ...times,
    count: count.default(0),
    sum: double.optional(),
    bucketCounts: z.array(count).default([]),
    explicitBounds: z.array(double).default([]),
  })
  .transform((point): Point => ({
    ...common(point),
    value: { count: point.count, sum: point.sum, bounds: point.explicitBounds, counts: point.bucketCounts },
  }))
const exponentialPoint = z
  .object({
    ...times,
    count: count.default(0),
    sum: double.optional(),
    scale: z.number().default(0),
    zeroCount: count.default(0),
    positive: z
      .object({ offset: z.number().default(0), bucketCounts: z.array(count).default([]) })
      .optional(),
  })
  .transform((point): Point => ({
    ...common(point),
    value: {
      count: point.count,
      sum: point.sum,
      scale: point.scale,
      zeroCount: point.zeroCount,
      offset: point.positive?.offset ?? 0,
      counts: point.positive?.bucketCounts ?? [],
    },
  }))
const temporality = z
  .union([z.number(), z.string().transform((name) => TEMPORALITY_NAMES.indexOf(name))])
  .default(0)
  .transform((at) => TEMPORALITIES[at] ?? 'unspecified')
const TEMPORALITY_NAMES = TEMPORALITIES.map((name) => `AGGREGATION_TEMPORALITY_${name.toUpperCase()}`)
const data = <T extends z.ZodType>(point: T) =>
  z
    .object({
      dataPoints: z.array(point).default([]),
      aggregationTemporality: temporality,
      isMonotonic: z.boolean().default(false),
    })
    .optional()
const metric = z
  .object({
    name: z.string().default(''),
    gauge: data(numberPoint),
    sum: data(numberPoint),
    histogram: data(histogramPoint),
    exponentialHistogram: data(exponentialPoint),
  })
  .transform(({ name, gauge, sum, histogram, exponentialHistogram }): Metric => {
    const [kind, found] = (
      [
        ['gauge', gauge],
        ['sum', sum],
        ['histogram', histogram],
        ['exponential', exponentialHistogram],
      ] as const
    ).find(([, value]) => value !== undefined) ?? ['other', undefined]
    return {
      name,
      kind,
      temporality: found?.aggregationTemporality ?? 'unspecified',
      monotonic: found?.isMonotonic ?? false,
      points: found?.dataPoints ?? [],
    }
  })
const resource = z.object({ attributes }).default({ attributes: emptyAttributes() })
const scope = z.object({ name: z.string().default('') }).default({ name: '' })
const metricsRequest = z.object({
  resourceMetrics: z
    .array(
      z.object({
        resource,
        scopeMetrics: z.array(z.object({ scope, metrics: z.array(metric).default([]) })).default([]),
      }),
    )
    .default([]),
})
const logRecord = z
  .object({
    timeUnixNano: nanoseconds.default(0),
    eventName: z.string().default(''),
    attributes,
    traceId: z.string().default(''),
  })
  .transform(({ timeUnixNano, ...others }) => ({ timeMs: timeUnixNano, ...others }))
const logsRequest = z.object({
  resourceLogs: z
    .array(
      z.object({
        resource,
        scopeLogs: z.array(z.object({ scope, logRecords: z.array(logRecord).default([]) })).default([]),
      }),
    )
    .default([]),
})

/** @throws OtlpDecodeError naming the field */
export function decodeMetricsJson(text: string): ResourceMetrics[] {
  return parse(metricsRequest, text).resourceMetrics.map(({ resource, scopeMetrics }) => ({
    attributes: resource.attributes,
    scopes: scopeMetrics.map(({ scope, metrics }) => ({ name: scope.name, metrics })),
  }))
}

/** @throws OtlpDecodeError naming the field */
export function decodeLogsJson(text: string): ResourceLogs[] {
  return parse(logsRequest, text).resourceLogs.map(({ resource, scopeLogs }) => ({
    attributes: resource.attributes,
    scopes: scopeLogs.map(({ scope, logRecords }) => ({ name: scope.name, records: logRecords })),
  }))
}

function parse<T>(schema: z.ZodType<T>, text: string): T {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    throw new OtlpDecodeError('the body is not JSON')
  }
  const result = schema.safeParse(body)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new OtlpDecodeError(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'cannot be read'}`)
}

function valueOf(value: z.infer<typeof anyValue> | undefined): AttributeValue {
  return value?.stringValue ?? value?.boolValue ?? value?.intValue ?? value?.doubleValue ?? null
}

function common({
  attributes,
  startTimeUnixNano,
  timeUnixNano,
  flags,
}: {
  attributes: Attributes
  startTimeUnixNano: number
  timeUnixNano: number
  flags: number
}): Omit<Point, 'value'> {
  return { attributes, startMs: startTimeUnixNano, timeMs: timeUnixNano, absent: flags % 2 === 1 }
}
