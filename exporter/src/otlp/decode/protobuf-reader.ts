/** Reads protobuf's wire format. Source: protobuf.dev/programming-guides/encoding. */
import { constants } from 'node:buffer'
import { OtlpDecodeError } from './error.ts'
import { LONGEST_KEPT, shortText } from './short-texts.ts'

/** Wire types. A tag is the number of the field × 8 + the wire type. */
export const VARINT = 0
export const FIXED64 = 1
export const BYTES = 2
const GROUP = 3
const GROUP_END = 4
const FIXED32 = 5

/**
 * Reads one message after the other without callbacks: `enter`, then while there is `more` a `tag` and what it stands
 * for (or `skip`), then `leave`. Nothing is read behind the end of the message that it is in.
 */
export class ProtobufReader {
  readonly #bytes: Buffer
  readonly #view: DataView
  #at = 0
  /** Of the message that is read. */
  #end: number

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#end = bytes.byteLength
  }

  /** Whether the message has another field. */
  more(): boolean {
    return this.#at < this.#end
  }

  tag(): number {
    const tag = this.varint()
    if (tag < 8 || tag > 0xffff_ffff) throw broken('a field number that is none')
    return tag
  }

  /** Goes into a message. @returns what `leave` needs to come back */
  enter(): number {
    const length = this.#length()
    const outer = this.#end
    this.#end = this.#at + length
    return outer
  }

  leave(outer: number): void {
    this.#end = outer
  }

  /** Passes over what the tag stands for. */
  skip(tag: number): void {
    switch (tag & 7) {
      case VARINT:
        this.varint()
        return
      case FIXED64:
        this.#take(8)
        return
      case BYTES:
        this.#take(this.#length())
        return
      case FIXED32:
        this.#take(4)
        return
      case GROUP:
        this.#skipGroup()
        return
      default:
        throw broken('a wire type that is none')
    }
  }

  /** An unsigned number; beyond 2⁵³ only nearly right. */
  varint(): number {
    const at = this.#at
    if (at < this.#end) {
      const byte = this.#bytes[at] ?? 0
      if (byte < 0x80) {
        this.#at = at + 1
        return byte
      }
    }
    return this.#longVarint()
  }

  /** int64, exact. */
  int64(): bigint {
    const start = this.#at
    const value = this.varint()
    if (value <= Number.MAX_SAFE_INTEGER) return BigInt(value)
    let exact = 0n
    for (let at = start, shift = 0n; at < this.#at; at++, shift += 7n) {
      exact |= BigInt((this.#bytes[at] ?? 0) & 0x7f) << shift
    }
    return BigInt.asIntN(64, exact)
  }

  /** sint32: zigzag. */
  sint32(): number {
    const value = this.varint() >>> 0
    return (value >>> 1) ^ -(value & 1)
  }

  /** fixed64; beyond 2⁵³ only nearly right. */
  fixed64(): number {
    return this.#fixed64At(this.#take(8))
  }

  /** sfixed64, exact. */
  sfixed64(): bigint {
    return this.#view.getBigInt64(this.#take(8), true)
  }

  double(): number {
    return this.#view.getFloat64(this.#take(8), true)
  }

  /** Bytes that are no UTF-8 become U+FFFD. */
  text(): string {
    const length = this.#length()
    const start = this.#take(length)
    if (length <= LONGEST_KEPT) return shortText(this.#bytes, this.#view, start, length)
    if (length > constants.MAX_STRING_LENGTH) throw broken('a text that is too long')
    return this.#bytes.toString('utf8', start, start + length)
  }

  /** A view into the body, not a copy. */
  bytes(): Uint8Array {
    const length = this.#length()
    const start = this.#take(length)
    return this.#bytes.subarray(start, start + length)
  }

  /** Packed double. */
  doubles(into: number[]): void {
    const outer = this.enter()
    while (this.more()) into.push(this.double())
    this.leave(outer)
  }

  /** Packed fixed64. */
  fixed64s(into: number[]): void {
    const outer = this.enter()
    while (this.more()) into.push(this.fixed64())
    this.leave(outer)
  }

  /** Packed uint64. */
  varints(into: number[]): void {
    const outer = this.enter()
    while (this.more()) into.push(this.varint())
    this.leave(outer)
  }

  #fixed64At(at: number): number {
    return this.#view.getUint32(at, true) + this.#view.getUint32(at + 4, true) * 0x1_0000_0000
  }

  #longVarint(): number {
    let value = 0
    let scale = 1
    for (let count = 0; count < 10; count++) {
      const byte = this.#bytes[this.#take(1)] ?? 0
      value += (byte & 0x7f) * scale
      if (byte < 0x80) {
        if (count === 9 && byte > 1) break
        return value
      }
      scale *= 0x80
    }
    throw broken('a number of more than 64 bits')
  }

  #length(): number {
    const length = this.varint()
    if (length > this.#end - this.#at) throw broken('a length beyond the end')
    return length
  }

  /** @returns where the taken bytes start */
  #take(length: number): number {
    const at = this.#at
    if (length > this.#end - at) throw broken('an early end')
    this.#at = at + length
    return at
  }

  /** Counts instead of calling itself: groups may stand in one another as deep as the body is long. */
  #skipGroup(): void {
    let open = 1
    while (open > 0) {
      const tag = this.tag()
      if ((tag & 7) === GROUP) open++
      else if ((tag & 7) === GROUP_END) open--
      else this.skip(tag)
    }
  }
}

function broken(what: string): OtlpDecodeError {
  return new OtlpDecodeError(`the protobuf body has ${what}`)
}
