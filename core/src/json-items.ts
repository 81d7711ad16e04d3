/** Reads a large JSON document item by item, so that neither all of it is in memory as objects nor anybody has to wait. */
import { JsonNode, JsonShapeError, JsonTextError, parseJson } from './json.ts'

/**
 * A document that is an object with one long array in it. The items are found by their brackets and parsed one at a time;
 * what stands around the array is parsed when all items were taken.
 */
export class JsonItems {
  readonly #text: string
  readonly #name: string
  #at = 0
  /** The document with nothing in the array. */
  #rest: string | undefined

  /** @param name of the member that holds the array */
  constructor(text: string, name: string) {
    this.#text = text
    this.#name = name
  }

  /**
   * The items in order, to be taken once and wholly.
   *
   * Throws JsonTextError where the text is not JSON, JsonShapeError where it is not an object with such an array.
   */
  *items(): Generator<JsonNode, void> {
    const array = new JsonNode(undefined, new JsonNode(undefined, undefined, '$'), this.#name)
    const start = this.#findArray()
    this.#at = start
    if (start < 0) {
      // Nothing long to go through: whatever is wrong is told as for any document.
      const member = parseJson(this.#text).get(this.#name)
      throw member.unexpected('an array')
    }
    let index = 0
    for (;;) {
      this.#skipSpace()
      if (this.#text[this.#at] === ']') break
      if (index > 0) this.#take(',')
      const from = this.#at
      this.#skipValue()
      yield new JsonNode(parseJson(this.#text.slice(from, this.#at)).value, array, index)
      index += 1
    }
    this.#rest = this.#text.slice(0, start) + this.#text.slice(this.#at)
  }

  /** The document around the array. To be asked for after the last item. Throws JsonTextError where it is not JSON. */
  around(): JsonNode {
    if (this.#rest === undefined) throw new Error('the items come first')
    const root = parseJson(this.#rest)
    // A second array of the name would have been found by nobody.
    if (root.get(this.#name).items().length > 0)
      throw new JsonShapeError(`$.${this.#name}`, 'stands there twice')
    return root
  }

  /** Index after the bracket that opens the array, or -1. */
  #findArray(): number {
    this.#at = 0
    this.#skipSpace()
    if (this.#text[this.#at] !== '{') return -1
    this.#at += 1
    for (;;) {
      this.#skipSpace()
      if (this.#text[this.#at] !== '"') return -1
      const from = this.#at
      this.#skipString()
      const name = this.#text.slice(from + 1, this.#at - 1)
      this.#skipSpace()
      if (this.#text[this.#at] !== ':') return -1
      this.#at += 1
      this.#skipSpace()
      if (name === this.#name && this.#text[this.#at] === '[') return this.#at + 1
      this.#skipValue()
      this.#skipSpace()
      if (this.#text[this.#at] !== ',') return -1
      this.#at += 1
    }
  }

  #take(wanted: string): void {
    this.#skipSpace()
    if (this.#text[this.#at] !== wanted) throw new JsonTextError()
    this.#at += 1
    this.#skipSpace()
  }

  #skipSpace(): void {
    while (' \t\n\r'.includes(this.#text[this.#at] ?? 'x')) this.#at += 1
  }

  /** To the end of the value here. Whether it is JSON is for the parser to say. */
  #skipValue(): void {
    const from = this.#at
    let depth = 0
    for (; this.#at < this.#text.length; this.#at += 1) {
      const code = this.#text.charCodeAt(this.#at)
      if (code === QUOTE) {
        this.#skipString()
        this.#at -= 1
      } else if (code === OPEN_BRACE || code === OPEN_BRACKET) depth += 1
      else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
        if (depth === 0) break
        depth -= 1
      } else if (code === COMMA && depth === 0) break
    }
    if (depth > 0 || this.#at === from) throw new JsonTextError()
  }

  /** Past the string that begins here. */
  #skipString(): void {
    for (this.#at += 1; this.#at < this.#text.length; this.#at += 1) {
      const code = this.#text.charCodeAt(this.#at)
      if (code === BACKSLASH) this.#at += 1
      else if (code === QUOTE) {
        this.#at += 1
        return
      }
    }
    throw new JsonTextError()
  }
}

const [QUOTE, COMMA, BACKSLASH] = [34, 44, 92]
const [OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = [91, 93, 123, 125]
