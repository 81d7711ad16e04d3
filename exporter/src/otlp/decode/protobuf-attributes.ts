/** Attributes in protobuf. Source: opentelemetry-proto v1, common.proto. */
import { attributeOf, checkDepth, type AnyValue, type AttributesDraft } from './attributes.ts'
import { BYTES, FIXED64, VARINT, type ProtobufReader } from './protobuf-reader.ts'

const KEY = 1 * 8 + BYTES
const VALUE = 2 * 8 + BYTES

const STRING_VALUE = 1 * 8 + BYTES
const BOOL_VALUE = 2 * 8 + VARINT
const INT_VALUE = 3 * 8 + VARINT
const DOUBLE_VALUE = 4 * 8 + FIXED64
const ARRAY_VALUE = 5 * 8 + BYTES
const KVLIST_VALUE = 6 * 8 + BYTES
const BYTES_VALUE = 7 * 8 + BYTES

/** Of ArrayValue and of KeyValueList. */
const VALUES = 1 * 8 + BYTES

/** Takes one KeyValue in. Of two with the same key the later stays. */
export function readAttribute(reader: ProtobufReader, into: AttributesDraft): void {
  const outer = reader.enter()
  let key = ''
  let value: AnyValue = null
  while (reader.more()) {
    const tag = reader.tag()
    if (tag === KEY) key = reader.text()
    else if (tag === VALUE) value = readAnyValue(reader, 1)
    else reader.skip(tag)
  }
  reader.leave(outer)
  into[key] = attributeOf(value)
}

function readAnyValue(reader: ProtobufReader, depth: number): AnyValue {
  checkDepth(depth)
  const outer = reader.enter()
  let value: AnyValue = null
  while (reader.more()) {
    const tag = reader.tag()
    if (tag === STRING_VALUE) value = reader.text()
    else if (tag === INT_VALUE) value = reader.int64()
    else if (tag === BOOL_VALUE) value = reader.varint() !== 0
    else if (tag === DOUBLE_VALUE) value = reader.double()
    else if (tag === ARRAY_VALUE) value = readArray(reader, depth)
    else if (tag === KVLIST_VALUE) value = readList(reader, depth)
    else if (tag === BYTES_VALUE) value = reader.bytes()
    else reader.skip(tag)
  }
  reader.leave(outer)
  return value
}

function readArray(reader: ProtobufReader, depth: number): AnyValue {
  const outer = reader.enter()
  const values: AnyValue[] = []
  while (reader.more()) {
    const tag = reader.tag()
    if (tag === VALUES) values.push(readAnyValue(reader, depth + 1))
    else reader.skip(tag)
  }
  reader.leave(outer)
  return values
}

function readList(reader: ProtobufReader, depth: number): AnyValue {
  const outer = reader.enter()
  const values = new Map<string, AnyValue>()
  while (reader.more()) {
    const tag = reader.tag()
    if (tag === VALUES) readEntry(reader, values, depth)
    else reader.skip(tag)
  }
  reader.leave(outer)
  return values
}

function readEntry(reader: ProtobufReader, into: Map<string, AnyValue>, depth: number): void {
  const outer = reader.enter()
  let key = ''
  let value: AnyValue = null
  while (reader.more()) {
    const tag = reader.tag()
    if (tag === KEY) key = reader.text()
    else if (tag === VALUE) value = readAnyValue(reader, depth + 1)
    else reader.skip(tag)
  }
  reader.leave(outer)
  into.set(key, value)
}
