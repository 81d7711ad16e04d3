/** OTLP metrics requests in protobuf. Source: opentelemetry-proto v1, metrics_service.proto and metrics.proto. */
import { newAttributes, type AttributesDraft } from './attributes.ts'
import { readAttribute } from './protobuf-attributes.ts'
import {
  readExponentialPoint,
  readHistogramPoint,
  readNumberPoint,
  readSummaryPoint,
} from './protobuf-points.ts'
import { BYTES, ProtobufReader, VARINT } from './protobuf-reader.ts'
import type { Metric, MetricsRequest, Point, ResourceMetrics, ScopeMetrics } from './request.ts'

const RESOURCE_METRICS = 1 * 8 + BYTES

/** Of ResourceMetrics. */
const RESOURCE = 1 * 8 + BYTES
const SCOPE_METRICS = 2 * 8 + BYTES

/** Of Resource. */
const ATTRIBUTES = 1 * 8 + BYTES

/** Of ScopeMetrics. */
const SCOPE = 1 * 8 + BYTES
const METRICS = 2 * 8 + BYTES

/** Of InstrumentationScope and of Metric. */
const NAME = 1 * 8 + BYTES
const VERSION = 2 * 8 + BYTES
const UNIT = 3 * 8 + BYTES
const GAUGE = 5 * 8 + BYTES
const SUM = 7 * 8 + BYTES
const HISTOGRAM = 9 * 8 + BYTES
const EXPONENTIAL_HISTOGRAM = 10 * 8 + BYTES
const SUMMARY = 11 * 8 + BYTES

/** Of the data of every kind that has them. */
const DATA_POINTS = 1 * 8 + BYTES
const AGGREGATION_TEMPORALITY = 2 * 8 + VARINT
const IS_MONOTONIC = 3 * 8 + VARINT

/** @throws OtlpDecodeError */
export function decodeMetricsProtobuf(bytes: Uint8Array): MetricsRequest {
  const reader = new ProtobufReader(bytes)
  const resources: ResourceMetrics[] = []
  while (reader.more()) {
    const tag = reader.tag()
    if (tag === RESOURCE_METRICS) resources.push(readResourceMetrics(reader))
    else reader.skip(tag)
  }
  return { resources }
}

function readResourceMetrics(reader: ProtobufReader): ResourceMetrics {
  const outer = reader.enter()
  const attributes = newAttributes()
  const scopes: ScopeMetrics[] = []
  while (reader.more()) {
    const tag = reader.tag()
    if (tag === RESOURCE) readResource(reader, attributes)
    else if (tag === SCOPE_METRICS) scopes.push(readScopeMetrics(reader))
    else reader.skip(tag)
  }
  reader.leave(outer)
  return { attributes, scopes }
}

function readResource(reader: ProtobufReader, into: AttributesDraft): void {
  const outer = reader.enter()
  while (reader.more()) {
    const tag = reader.tag()
    if (tag === ATTRIBUTES) readAttribute(reader, into)
    else reader.skip(tag)
  }
  reader.leave(outer)
}

function readScopeMetrics(reader: ProtobufReader): ScopeMetrics {
  const outer = reader.enter()
  const scope = { name: '', version: '' }
  const metrics: Metric[] = []
  while (reader.more()) {
    const tag = reader.tag()
    if (tag === SCOPE) readScope(reader, scope)
    else if (tag === METRICS) metrics.push(readMetric(reader))
    else reader.skip(tag)
  }
  reader.leave(outer)
  return { name: scope.name, version: scope.version, metrics }
}

function readScope(reader: ProtobufReader, into: { name: string; version: string }): void {
  const outer = reader.enter()
  while (reader.more()) {
    const tag = reader.tag()
    if (tag === NAME) into.name = reader.text()
    else if (tag === VERSION) into.version = reader.text()
    else reader.skip(tag)
  }
  reader.leave(outer)
}

function readMetric(reader: ProtobufReader): Metric {
  const outer = reader.enter()
  let name = ''
  let unit = ''
  let data = noData('empty')
  while (reader.more()) {
    const tag = reader.tag()
    if (tag === NAME) name = reader.text()
    else if (tag === UNIT) unit = reader.text()
    else if (tag === GAUGE) data = readData(reader, data, 'gauge', readNumberPoint)
    else if (tag === SUM) data = readData(reader, data, 'sum', readNumberPoint)
    else if (tag === HISTOGRAM) data = readData(reader, data, 'histogram', readHistogramPoint)
    else if (tag === EXPONENTIAL_HISTOGRAM) data = readData(reader, data, 'exponential', readExponentialPoint)
    else if (tag === SUMMARY) data = readData(reader, data, 'summary', readSummaryPoint)
    else reader.skip(tag)
  }
  reader.leave(outer)
  const { kind, temporality, monotonic, points } = data
  const states = kind !== 'gauge' && kind !== 'summary'
  return {
    name,
    unit,
    kind,
    temporality: states ? temporality : 'unspecified',
    monotonic: kind === 'sum' && monotonic,
    points,
  }
}

interface Data {
  readonly kind: Metric['kind']
  temporality: Metric['temporality']
  monotonic: boolean
  readonly points: Point[]
}

function noData(kind: Metric['kind']): Data {
  return { kind, temporality: 'unspecified', monotonic: false, points: [] }
}

/** Of a oneof the last kind counts, and what is stated twice of one kind adds up: protobuf's rule for messages. */
function readData(
  reader: ProtobufReader,
  before: Data,
  kind: Metric['kind'],
  readPoint: (reader: ProtobufReader) => Point,
): Data {
  const outer = reader.enter()
  const data = before.kind === kind ? before : noData(kind)
  while (reader.more()) {
    const tag = reader.tag()
    if (tag === DATA_POINTS) data.points.push(readPoint(reader))
    else if (tag === AGGREGATION_TEMPORALITY) data.temporality = temporalityOf(reader.varint())
    else if (tag === IS_MONOTONIC) data.monotonic = reader.varint() !== 0
    else reader.skip(tag)
  }
  reader.leave(outer)
  return data
}

function temporalityOf(value: number): Metric['temporality'] {
  if (value === 1) return 'delta'
  return value === 2 ? 'cumulative' : 'unspecified'
}
