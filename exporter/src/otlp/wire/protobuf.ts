/** OTLP requests in protobuf. Source: opentelemetry-proto v1, metrics.proto and logs.proto. */
import { ProtobufReader } from './protobuf-reader.ts'
import { readKeyValue, readResource, readScopeName } from './protobuf-attributes.ts'
import { readNumberPoint, readHistogramPoint, readExponentialPoint } from './protobuf-points.ts'
import {
  emptyAttributes,
  TEMPORALITIES,
  type LogRecord,
  type Metric,
  type Point,
  type ResourceLogs,
  type ResourceMetrics,
  type ScopeMetrics,
  type Temporality,
} from './request.ts'

/** @throws OtlpDecodeError */
export function decodeMetricsProtobuf(bytes: Uint8Array): ResourceMetrics[] {
  const reader = new ProtobufReader(bytes)
  const scopes = (): ScopeMetrics => {
    let name = ''
    const metrics: Metric[] = []
    reader.message(() => {
      while (reader.next()) {
        if (reader.field === 1) name = readScopeName(reader)
        else if (reader.field === 2) metrics.push(readMetric(reader))
        else reader.skip()
      }
    })
    return { name, metrics }
  }
  return readResources(reader, scopes)
}

/** @throws OtlpDecodeError */
export function decodeLogsProtobuf(bytes: Uint8Array): ResourceLogs[] {
  const reader = new ProtobufReader(bytes)
  return readResources(reader, () => {
    let name = ''
    const records: LogRecord[] = []
    reader.message(() => {
      while (reader.next()) {
        if (reader.field === 1) name = readScopeName(reader)
        else if (reader.field === 2) records.push(readLogRecord(reader))
        else reader.skip()
      }
    })
    return { name, records }
  })
}

function readResources<Scope>(
  reader: ProtobufReader,
  readScope: () => Scope,
): { attributes: ReturnType<typeof readResource>; scopes: Scope[] }[] {
  const resources: { attributes: ReturnType<typeof readResource>; scopes: Scope[] }[] = []
  while (reader.next()) {
    if (reader.field !== 1) {
      reader.skip()
      continue
    }
    let attributes: ReturnType<typeof readResource> = emptyAttributes()
    const scopes: Scope[] = []
    reader.message(() => {
      while (reader.next()) {
        if (reader.field === 1) attributes = readResource(reader)
        else if (reader.field === 2) scopes.push(readScope())
        else reader.skip()
      }
    })
    resources.push({ attributes, scopes })
  }
  return resources
}

/** Field of Metric → what it holds and who reads a point of it. */
const KINDS = {
  5: { kind: 'gauge', read: readNumberPoint },
  7: { kind: 'sum', read: readNumberPoint },
  9: { kind: 'histogram', read: readHistogramPoint },
  10: { kind: 'exponential', read: readExponentialPoint },
} as const

function readMetric(reader: ProtobufReader): Metric {
  let name = ''
  let kind: Metric['kind'] = 'other'
  let temporality: Temporality = 'unspecified'
  let monotonic = false
  const points: Point[] = []
  reader.message(() => {
    while (reader.next()) {
      if (reader.field === 1) name = reader.text()
      else if (reader.field in KINDS) {
        const { kind: found, read } = KINDS[reader.field as keyof typeof KINDS]
        kind = found
        reader.message(() => {
          while (reader.next()) {
            if (reader.field === 1) points.push(read(reader))
            else if (reader.field === 2) temporality = TEMPORALITIES[reader.uint()] ?? 'unspecified'
            else if (reader.field === 3) monotonic = reader.bool()
            else reader.skip()
          }
        })
      } else reader.skip()
    }
  })
  return { name, kind, temporality, monotonic, points }
}

function readLogRecord(reader: ProtobufReader): LogRecord {
  const attributes = emptyAttributes()
  let timeMs = 0
  let traceId = ''
  let eventName = ''
  reader.message(() => {
    while (reader.next()) {
      if (reader.field === 1) timeMs = reader.fixed64() / 1e6
      else if (reader.field === 6) readKeyValue(reader, attributes)
      else if (reader.field === 9) traceId = reader.bytes().toString('hex')
      else if (reader.field === 12) eventName = reader.text()
      else reader.skip()
    }
  })
  return { timeMs, eventName, attributes, traceId }
}
