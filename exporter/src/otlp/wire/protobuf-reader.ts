/** Reads protobuf's wire format. Format: protobuf.dev, encoding. */
import { OtlpDecodeError } from './request.ts'

/** Texts repeat from point to point; short ones are decoded once. */
const LONGEST_KEPT = 64
const MOST_KEPT = 20_000
const kept = new Map<string, string>()

export class ProtobufReader {
  readonly #bytes: Buffer
  #at: number
  #end: number
  /** Of the field that {@link next} found. */
  field = 0
  #wire = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#at = 0
    this.#end = bytes.length
  }

  /** Whether there is another field in the message; its number is in `field` then. */
  next(): boolean {
    if (this.#at >= this.#end) return false
    const tag = this.varint()
    this.field = Math.floor(tag / 8)
    this.#wire = tag % 8
    if (this.field === 0) throw broken('field 0')
    return true
  }

  /** Reads a message inside the message: `read` is called with this reader for it, and must take all fields. */
  message(read: () => void): void {
    const outer = this.#enter()
    read()
    this.#at = this.#end
    this.#end = outer
  }

  skip(): void {
    if (this.#wire === 0) this.varint()
    else if (this.#wire === 1) this.#move(8)
    else if (this.#wire === 2) this.#move(this.varint())
    else if (this.#wire === 5) this.#move(4)
    else throw broken(`wire type ${this.#wire}`)
  }

  /** An unsigned number; beyond 2⁵³ only nearly right. */
  varint(): number {
    let value = 0
    let scale = 1
    for (let count = 0; count < 10; count++) {
      const byte = this.#byte()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
      scale *= 128
    }
    throw broken('a number without an end')
  }

  bool(): boolean {
    this.#expect(0)
    return this.varint() !== 0
  }

  uint(): number {
    this.#expect(0)
    return this.varint()
  }

  /** int64 as a varint. */
  int64(): bigint {
    this.#expect(0)
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#byte()
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asIntN(64, value)
    }
    throw broken('a number without an end')
  }

  /** sint32: zigzag. */
  sint32(): number {
    const value = this.uint()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  double(): number {
    this.#expect(1)
    const at = this.#at
    this.#move(8)
    return this.#bytes.readDoubleLE(at)
  }

  /** fixed64 as a number; beyond 2⁵³ only nearly right. */
  fixed64(): number {
    this.#expect(1)
    const at = this.#at
    this.#move(8)
    return this.#bytes.readUInt32LE(at) + this.#bytes.readUInt32LE(at + 4) * 4_294_967_296
  }

  /** sfixed64, exact. */
  sfixed64(): bigint {
    this.#expect(1)
    const at = this.#at
    this.#move(8)
    return this.#bytes.readBigInt64LE(at)
  }

  text(): string {
    const bytes = this.bytes()
    if (bytes.length > LONGEST_KEPT) return bytes.toString('utf8')
    const key = bytes.toString('latin1')
    const known = kept.get(key)
    if (known !== undefined) return known
    if (kept.size >= MOST_KEPT) kept.clear()
    const decoded = bytes.toString('utf8')
    kept.set(key, decoded)
    return decoded
  }

  bytes(): Buffer {
    this.#expect(2)
    const length = this.varint()
    const at = this.#at
    this.#move(length)
    return this.#bytes.subarray(at, at + length)
  }

  /** Numbers that stand packed, or one where they do not. `read` reads one of them. */
  packed(read: 'double' | 'fixed64' | 'varint', into: number[]): void {
    if (this.#wire !== 2) {
      into.push(read === 'double' ? this.double() : read === 'fixed64' ? this.fixed64() : this.uint())
      return
    }
    const outer = this.#enter()
    while (this.#at < this.#end) {
      this.#wire = read === 'varint' ? 0 : 1
      into.push(read === 'double' ? this.double() : read === 'fixed64' ? this.fixed64() : this.varint())
    }
    this.#end = outer
  }

  #enter(): number {
    this.#expect(2)
    const length = this.varint()
    if (length > this.#end - this.#at) throw broken('a length beyond the end')
    const outer = this.#end
    this.#end = this.#at + length
    return outer
  }

  #byte(): number {
    if (this.#at >= this.#end) throw broken('an early end')
    return this.#bytes[this.#at++] ?? 0
  }

  #move(length: number): void {
    if (length > this.#end - this.#at) throw broken('a length beyond the end')
    this.#at += length
  }

  #expect(wire: number): void {
    if (this.#wire !== wire) throw broken(`wire type ${this.#wire} at field ${this.field}`)
  }
}

function broken(what: string): OtlpDecodeError {
  return new OtlpDecodeError(`the protobuf body cannot be read: ${what}`)
}
