/** What both encodings make of attributes. Source: opentelemetry-proto, common.proto. */
import { OtlpDecodeError } from './error.ts'
import type { Attributes, AttributeValue } from './request.ts'

/** Attributes while they are read. */
export type AttributesDraft = Record<string, AttributeValue>

/** A value as it was sent, with what is inside of it. */
export type AnyValue = AttributeValue | Uint8Array | readonly AnyValue[] | ReadonlyMap<string, AnyValue>

/** How many values may stand in one another. */
export const DEEPEST = 64

/** `Object.create(null)` makes a hash table; what a constructor makes shares its layout and is filled in half the time. */
const Draft = function () {
  // Keys come later.
} as unknown as new () => AttributesDraft
Draft.prototype = Object.freeze(Object.create(null))

export const NO_ATTRIBUTES: Attributes = Object.freeze(new Draft())

/** Without prototype properties: `__proto__` is a key like others. */
export function newAttributes(): AttributesDraft {
  return new Draft()
}

/** @throws OtlpDecodeError beyond the depth that is read */
export function checkDepth(depth: number): void {
  if (depth > DEEPEST) throw new OtlpDecodeError(`an attribute has more than ${DEEPEST} values in one another`)
}

/** The value itself, or JSON text where it has parts. */
export function attributeOf(value: AnyValue): AttributeValue {
  if (typeof value !== 'object' || value === null) return value
  try {
    return jsonText(value)
  } catch (thrown) {
    // The engine's limit of a text's length; escapes make JSON up to six times as long as the body.
    if (thrown instanceof RangeError) throw new OtlpDecodeError('an attribute is too long')
    throw thrown
  }
}

function jsonText(value: AnyValue): string {
  switch (typeof value) {
    case 'bigint':
    case 'boolean':
      return String(value)
    case 'number':
      return Number.isFinite(value) ? JSON.stringify(value) : `"${value}"`
    case 'string':
      return JSON.stringify(value)
    case 'object':
      break
  }
  if (value === null) return 'null'
  if (value instanceof Uint8Array) {
    return `"${Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64')}"`
  }
  if (value instanceof Map) {
    const entries: string[] = []
    for (const [key, one] of value as ReadonlyMap<string, AnyValue>) {
      entries.push(`${JSON.stringify(key)}:${jsonText(one)}`)
    }
    return `{${entries.join(',')}}`
  }
  return `[${(value as readonly AnyValue[]).map(jsonText).join(',')}]`
}
