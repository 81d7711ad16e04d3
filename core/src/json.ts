/** Reads JSON without losing a digit: numbers keep their literal, so that money never passes through a float. */
import { isLosslessNumber, parse, stringify } from 'lossless-json'
import { parseAmount, type Amount } from './amount.ts'

/** A decimal as the document has it. */
export interface Decimal {
  readonly literal: string
  readonly amount: Amount
  /** Digits beyond 10⁻¹⁸ were rounded half to even. */
  readonly rounded: boolean
}

/** A text is not JSON. The message never quotes it. */
export class JsonTextError extends Error {
  override readonly name = 'JsonTextError'
  readonly tooDeep: boolean

  constructor(tooDeep = false) {
    super(tooDeep ? 'JSON nested too deeply' : 'not whole JSON')
    this.tooDeep = tooDeep
  }
}

/** A document is not what was expected. The message names the path and never quotes the document. */
export class JsonShapeError extends Error {
  override readonly name = 'JsonShapeError'
  /** Such as `$.timeSeries[0].group`. */
  readonly path: string

  constructor(path: string, problem: string) {
    super(`${path}: ${problem}`)
    this.path = path
  }
}

/**
 * Parses a JSON text.
 *
 * @returns its root. Throws JsonTextError when the text is not JSON, states a key twice with different values, or is nested
 *   too deeply.
 */
export function parseJson(text: string): JsonNode {
  try {
    return new JsonNode(parse(text), undefined, '$')
  } catch (thrown) {
    throw new JsonTextError(thrown instanceof RangeError)
  }
}

/** Writes parsed JSON again, with number literals as they were read. Object keys named in `without` are left out. */
export function writeJson(node: JsonNode, without: readonly string[] = []): string {
  return stringify(node.value, (key, value) => (without.includes(key) ? undefined : value)) ?? 'null'
}

/** A value in a parsed document that knows its path. Reading it as something that it is not throws JsonShapeError. */
export class JsonNode {
  /** `undefined` where the document has nothing; numbers are LosslessNumber. */
  readonly value: unknown
  readonly #parent: JsonNode | undefined
  readonly #key: string | number

  constructor(value: unknown, parent: JsonNode | undefined, key: string | number) {
    this.value = value
    this.#parent = parent
    this.#key = key
  }

  get path(): string {
    if (this.#parent === undefined) return String(this.#key)
    const step = typeof this.#key === 'number' ? `[${this.#key}]` : `.${this.#key}`
    return this.#parent.path + step
  }

  /** Neither missing nor null. */
  get present(): boolean {
    return this.value !== undefined && this.value !== null
  }

  /** The member with the first of these names that is there, each also in snake_case. The member may be missing. */
  get(name: string, ...otherNames: string[]): JsonNode {
    if (!isObject(this.value)) throw this.unexpected('an object')
    for (const candidate of otherNames.length === 0 ? [name] : [name, ...otherNames]) {
      if (Object.hasOwn(this.value, candidate)) return new JsonNode(this.value[candidate], this, candidate)
      const snake = snakeCase(candidate)
      if (Object.hasOwn(this.value, snake)) return new JsonNode(this.value[snake], this, snake)
    }
    return new JsonNode(undefined, this, name)
  }

  items(): JsonNode[] {
    if (!Array.isArray(this.value)) throw this.unexpected('an array')
    return this.value.map((item, index) => new JsonNode(item, this, index))
  }

  /** What `read` makes of it, or null where it is missing, null or an empty string. */
  optional<T>(read: (node: JsonNode) => T): T | null {
    return this.present && this.value !== '' ? read(this) : null
  }

  text(): string {
    if (typeof this.value !== 'string') throw this.unexpected('text')
    return this.value
  }

  /** A number, or a string that is one. */
  decimal(): Decimal {
    const literal = this.#literal()
    const parsed = literal === undefined ? undefined : parseAmount(literal)
    if (literal === undefined || parsed === undefined) throw this.unexpected('a decimal number')
    return { literal, amount: parsed.amount, rounded: parsed.rounded }
  }

  /** A whole number that a float64 holds exactly, or a string that is one. */
  integer(): number {
    const literal = this.#literal()
    const value = literal !== undefined && /^-?\d+$/.test(literal) ? Number(literal) : Number.NaN
    if (!Number.isSafeInteger(value)) throw this.unexpected('a whole number')
    return value
  }

  /** true or false, or a string that says so. */
  boolean(): boolean {
    if (typeof this.value === 'boolean') return this.value
    const word = typeof this.value === 'string' ? this.value.toLowerCase() : ''
    if (word !== 'true' && word !== 'false') throw this.unexpected('true or false')
    return word === 'true'
  }

  /** An RFC 3339 instant, in ms since the epoch; digits finer than a millisecond are dropped. */
  instant(): number {
    const value = typeof this.value === 'string' && RFC_3339.test(this.value) ? Date.parse(this.value) : NaN
    if (Number.isNaN(value)) throw this.unexpected('an RFC 3339 instant')
    return value
  }

  /** The error to throw when this is not `wanted`. Says what kind of value is there, never the value. */
  unexpected(wanted: string): JsonShapeError {
    return new JsonShapeError(this.path, `expected ${wanted}, found ${kindOf(this.value)}`)
  }

  #literal(): string | undefined {
    if (isLosslessNumber(this.value)) return this.value.value
    return typeof this.value === 'string' ? this.value : undefined
  }
}

const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})$/

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isLosslessNumber(value)
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (isLosslessNumber(value)) return 'a number'
  return typeof value === 'object' ? 'an object' : typeof value === 'string' ? 'text' : typeof value
}
