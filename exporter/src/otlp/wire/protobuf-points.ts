/** Points of metrics in protobuf. Source: opentelemetry-proto v1, metrics.proto. */
import { readKeyValue } from './protobuf-attributes.ts'
import type { ProtobufReader } from './protobuf-reader.ts'
import { emptyAttributes, type Point } from './request.ts'

/** Bit of `flags`: the point has no recorded value. */
const ABSENT = 1

export function readNumberPoint(reader: ProtobufReader): Point {
  const attributes = emptyAttributes()
  let startMs = 0
  let timeMs = 0
  let flags = 0
  let value: Point['value']
  reader.message(() => {
    while (reader.next()) {
      if (reader.field === 7) readKeyValue(reader, attributes)
      else if (reader.field === 2) startMs = reader.fixed64() / 1e6
      else if (reader.field === 3) timeMs = reader.fixed64() / 1e6
      else if (reader.field === 4) value = reader.double()
      else if (reader.field === 6) value = reader.sfixed64()
      else if (reader.field === 8) flags = reader.uint()
      else reader.skip()
    }
  })
  return { attributes, startMs, timeMs, absent: flags % 2 === ABSENT, value }
}

export function readHistogramPoint(reader: ProtobufReader): Point {
  const attributes = emptyAttributes()
  const bounds: number[] = []
  const counts: number[] = []
  let startMs = 0
  let timeMs = 0
  let flags = 0
  let count = 0
  let sum: number | undefined
  reader.message(() => {
    while (reader.next()) {
      if (reader.field === 9) readKeyValue(reader, attributes)
      else if (reader.field === 2) startMs = reader.fixed64() / 1e6
      else if (reader.field === 3) timeMs = reader.fixed64() / 1e6
      else if (reader.field === 4) count = reader.fixed64()
      else if (reader.field === 5) sum = reader.double()
      else if (reader.field === 6) reader.packed('fixed64', counts)
      else if (reader.field === 7) reader.packed('double', bounds)
      else if (reader.field === 10) flags = reader.uint()
      else reader.skip()
    }
  })
  const value = { count, sum, bounds, counts }
  return { attributes, startMs, timeMs, absent: flags % 2 === ABSENT, value }
}

export function readExponentialPoint(reader: ProtobufReader): Point {
  const attributes = emptyAttributes()
  const counts: number[] = []
  let startMs = 0
  let timeMs = 0
  let flags = 0
  let count = 0
  let sum: number | undefined
  let scale = 0
  let zeroCount = 0
  let offset = 0
  reader.message(() => {
    while (reader.next()) {
      if (reader.field === 1) readKeyValue(reader, attributes)
      else if (reader.field === 2) startMs = reader.fixed64() / 1e6
      else if (reader.field === 3) timeMs = reader.fixed64() / 1e6
      else if (reader.field === 4) count = reader.fixed64()
      else if (reader.field === 5) sum = reader.double()
      else if (reader.field === 6) scale = reader.sint32()
      else if (reader.field === 7) zeroCount = reader.fixed64()
      else if (reader.field === 8) {
        reader.message(() => {
          while (reader.next()) {
            if (reader.field === 1) offset = reader.sint32()
            else if (reader.field === 2) reader.packed('varint', counts)
            else reader.skip()
          }
        })
      } else if (reader.field === 10) flags = reader.uint()
      else reader.skip()
    }
  })
  const value = { count, sum, scale, zeroCount, offset, counts }
  return { attributes, startMs, timeMs, absent: flags % 2 === ABSENT, value }
}
