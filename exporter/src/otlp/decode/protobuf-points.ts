/** Points of metrics in protobuf. Source: opentelemetry-proto v1, metrics.proto. */
import { newAttributes, NO_ATTRIBUTES, type AttributesDraft } from './attributes.ts'
import { readAttribute } from './protobuf-attributes.ts'
import { BYTES, FIXED64, VARINT, type ProtobufReader } from './protobuf-reader.ts'
import type { NumberValue, Point } from './request.ts'

const NANOSECONDS_PER_MS = 1e6

/** The same in points of every kind. */
const START = 2 * 8 + FIXED64
const TIME = 3 * 8 + FIXED64

/** Of NumberDataPoint, and but for the values of SummaryDataPoint. */
const AS_DOUBLE = 4 * 8 + FIXED64
const AS_INT = 6 * 8 + FIXED64
const ATTRIBUTES = 7 * 8 + BYTES
const FLAGS = 8 * 8 + VARINT

/** Of HistogramDataPoint; some of ExponentialHistogramDataPoint too. */
const COUNT = 4 * 8 + FIXED64
const SUM = 5 * 8 + FIXED64
const BUCKET_COUNTS = 6 * 8 + BYTES
const BUCKET_COUNT = 6 * 8 + FIXED64
const EXPLICIT_BOUNDS = 7 * 8 + BYTES
const EXPLICIT_BOUND = 7 * 8 + FIXED64
const HISTOGRAM_ATTRIBUTES = 9 * 8 + BYTES
const HISTOGRAM_FLAGS = 10 * 8 + VARINT

const EXPONENTIAL_ATTRIBUTES = 1 * 8 + BYTES
const SCALE = 6 * 8 + VARINT
const ZERO_COUNT = 7 * 8 + FIXED64
const POSITIVE = 8 * 8 + BYTES
const NEGATIVE = 9 * 8 + BYTES
const ZERO_THRESHOLD = 14 * 8 + FIXED64

/** Of ExponentialHistogramDataPoint.Buckets. */
const OFFSET = 1 * 8 + VARINT
const EXPONENTIAL_COUNTS = 2 * 8 + BYTES
const EXPONENTIAL_COUNT = 2 * 8 + VARINT

export function readNumberPoint(reader: ProtobufReader): Point {
  const outer = reader.enter()
  let attributes: AttributesDraft | undefined
  let startMs = 0
  let timeMs = 0
  let flags = 0
  let value: NumberValue | undefined
  while (reader.more()) {
    const tag = reader.tag()
    if (tag === ATTRIBUTES) readAttribute(reader, (attributes ??= newAttributes()))
    else if (tag === START) startMs = reader.fixed64() / NANOSECONDS_PER_MS
    else if (tag === TIME) timeMs = reader.fixed64() / NANOSECONDS_PER_MS
    else if (tag === AS_DOUBLE) value = reader.double()
    else if (tag === AS_INT) value = reader.sfixed64()
    else if (tag === FLAGS) flags = reader.varint()
    else reader.skip(tag)
  }
  reader.leave(outer)
  attributes ??= NO_ATTRIBUTES
  const noRecordedValue = isAbsent(flags)
  // Literals, which are made several times as fast as a spread.
  return value === undefined
    ? { attributes, startMs, timeMs, noRecordedValue }
    : { attributes, startMs, timeMs, noRecordedValue, value }
}

/** When and of what; the quantiles have no place. */
export function readSummaryPoint(reader: ProtobufReader): Point {
  const outer = reader.enter()
  let attributes: AttributesDraft | undefined
  let startMs = 0
  let timeMs = 0
  let flags = 0
  while (reader.more()) {
    const tag = reader.tag()
    if (tag === ATTRIBUTES) readAttribute(reader, (attributes ??= newAttributes()))
    else if (tag === START) startMs = reader.fixed64() / NANOSECONDS_PER_MS
    else if (tag === TIME) timeMs = reader.fixed64() / NANOSECONDS_PER_MS
    else if (tag === FLAGS) flags = reader.varint()
    else reader.skip(tag)
  }
  reader.leave(outer)
  return { attributes: attributes ?? NO_ATTRIBUTES, startMs, timeMs, noRecordedValue: isAbsent(flags) }
}

export function readHistogramPoint(reader: ProtobufReader): Point {
  const outer = reader.enter()
  let attributes: AttributesDraft | undefined
  let startMs = 0
  let timeMs = 0
  let flags = 0
  let count = 0
  let sum: number | undefined
  const bounds: number[] = []
  const counts: number[] = []
  while (reader.more()) {
    const tag = reader.tag()
    if (tag === HISTOGRAM_ATTRIBUTES) readAttribute(reader, (attributes ??= newAttributes()))
    else if (tag === START) startMs = reader.fixed64() / NANOSECONDS_PER_MS
    else if (tag === TIME) timeMs = reader.fixed64() / NANOSECONDS_PER_MS
    else if (tag === COUNT) count = reader.fixed64()
    else if (tag === SUM) sum = reader.double()
    else if (tag === BUCKET_COUNTS) reader.fixed64s(counts)
    else if (tag === BUCKET_COUNT) counts.push(reader.fixed64())
    else if (tag === EXPLICIT_BOUNDS) reader.doubles(bounds)
    else if (tag === EXPLICIT_BOUND) bounds.push(reader.double())
    else if (tag === HISTOGRAM_FLAGS) flags = reader.varint()
    else reader.skip(tag)
  }
  reader.leave(outer)
  return {
    attributes: attributes ?? NO_ATTRIBUTES,
    startMs,
    timeMs,
    noRecordedValue: isAbsent(flags),
    histogram: { count, sum, bounds, counts },
  }
}

export function readExponentialPoint(reader: ProtobufReader): Point {
  const outer = reader.enter()
  let attributes: AttributesDraft | undefined
  let startMs = 0
  let timeMs = 0
  let flags = 0
  let count = 0
  let sum: number | undefined
  let scale = 0
  let zeroCount = 0
  let zeroThreshold = 0
  const positive: Buckets = { offset: 0, counts: [] }
  const negative: Buckets = { offset: 0, counts: [] }
  while (reader.more()) {
    const tag = reader.tag()
    if (tag === EXPONENTIAL_ATTRIBUTES) readAttribute(reader, (attributes ??= newAttributes()))
    else if (tag === START) startMs = reader.fixed64() / NANOSECONDS_PER_MS
    else if (tag === TIME) timeMs = reader.fixed64() / NANOSECONDS_PER_MS
    else if (tag === COUNT) count = reader.fixed64()
    else if (tag === SUM) sum = reader.double()
    else if (tag === SCALE) scale = reader.sint32()
    else if (tag === ZERO_COUNT) zeroCount = reader.fixed64()
    else if (tag === POSITIVE) readBuckets(reader, positive)
    else if (tag === NEGATIVE) readBuckets(reader, negative)
    else if (tag === HISTOGRAM_FLAGS) flags = reader.varint()
    else if (tag === ZERO_THRESHOLD) zeroThreshold = reader.double()
    else reader.skip(tag)
  }
  reader.leave(outer)
  return {
    attributes: attributes ?? NO_ATTRIBUTES,
    startMs,
    timeMs,
    noRecordedValue: isAbsent(flags),
    exponential: { count, sum, scale, zeroCount, zeroThreshold, positive, negative },
  }
}

interface Buckets {
  offset: number
  readonly counts: number[]
}

function readBuckets(reader: ProtobufReader, into: Buckets): void {
  const outer = reader.enter()
  while (reader.more()) {
    const tag = reader.tag()
    if (tag === OFFSET) into.offset = reader.sint32()
    else if (tag === EXPONENTIAL_COUNTS) reader.varints(into.counts)
    else if (tag === EXPONENTIAL_COUNT) into.counts.push(reader.varint())
    else reader.skip(tag)
  }
  reader.leave(outer)
}

/** DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK is the lowest bit. */
function isAbsent(flags: number): boolean {
  return flags % 2 === 1
}
