/** Attributes in protobuf. Source: opentelemetry-proto, common.proto. */
import type { ProtobufReader } from './protobuf-reader.ts'
import { emptyAttributes, type Attributes, type AttributeValue } from './request.ts'

/** Takes one KeyValue in. */
export function readKeyValue(reader: ProtobufReader, into: Record<string, AttributeValue>): void {
  let key = ''
  let value: AttributeValue = null
  reader.message(() => {
    while (reader.next()) {
      if (reader.field === 1) key = reader.text()
      else if (reader.field === 2) value = readAnyValue(reader)
      else reader.skip()
    }
  })
  into[key] = value
}

/** A Resource: its attributes. */
export function readResource(reader: ProtobufReader): Attributes {
  const attributes = emptyAttributes()
  reader.message(() => {
    while (reader.next()) {
      if (reader.field === 1) readKeyValue(reader, attributes)
      else reader.skip()
    }
  })
  return attributes
}

/** An InstrumentationScope: its name. */
export function readScopeName(reader: ProtobufReader): string {
  let name = ''
  reader.message(() => {
    while (reader.next()) {
      if (reader.field === 1) name = reader.text()
      else reader.skip()
    }
  })
  return name
}

function readAnyValue(reader: ProtobufReader): AttributeValue {
  let value: AttributeValue = null
  reader.message(() => {
    while (reader.next()) {
      if (reader.field === 1) value = reader.text()
      else if (reader.field === 2) value = reader.bool()
      else if (reader.field === 3) value = reader.int64()
      else if (reader.field === 4) value = reader.double()
      else reader.skip()
    }
  })
  return value
}
