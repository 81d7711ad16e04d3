/** Reads a JSON body. A small one is parsed whole, of a large one only the usage object is looked for. */
import { FactsCollector, type ResponseFacts, type ResponseReader } from './response.ts'

/** Parsing this much takes about a millisecond; beyond it the watched app would feel it. */
const WHOLE_BYTES = 256 * 1024
/** Kept of either end of a larger body: providers put the usage first or last. */
const EDGE_BYTES = 32 * 1024

export class JsonResponseReader implements ResponseReader {
  #chunks: Uint8Array[] = []
  #bytes = 0
  #head: Uint8Array | undefined
  readonly sawContent = false

  push(chunk: Uint8Array): void {
    // The app may write into its buffer once it has it, so what is kept is a copy.
    if (this.#head !== undefined) this.#pushTail(chunk)
    else {
      this.#chunks.push(chunk.slice())
      this.#bytes += chunk.length
      if (this.#bytes > WHOLE_BYTES) this.#becomeLarge()
    }
  }

  end(): ResponseFacts {
    const collector = new FactsCollector()
    const whole = decode(join(this.#chunks))
    this.#chunks = []
    if (this.#head === undefined) addWhole(collector, whole)
    else addEdges(collector, decode(this.#head), whole)
    return collector.facts()
  }

  #becomeLarge(): void {
    const all = join(this.#chunks)
    this.#head = all.slice(0, EDGE_BYTES)
    this.#chunks = [all.slice(-EDGE_BYTES)]
    this.#bytes = EDGE_BYTES
  }

  #pushTail(chunk: Uint8Array): void {
    this.#chunks.push(chunk.length > EDGE_BYTES ? chunk.slice(-EDGE_BYTES) : chunk.slice())
    this.#bytes += Math.min(chunk.length, EDGE_BYTES)
    // Joined only now and then, so that many small chunks cost no more than few large ones.
    if (this.#bytes <= 4 * EDGE_BYTES) return
    this.#chunks = [join(this.#chunks).slice(-EDGE_BYTES)]
    this.#bytes = EDGE_BYTES
  }
}

function addWhole(collector: FactsCollector, text: string): void {
  try {
    collector.add(JSON.parse(text))
  } catch {
    // No JSON, or cut off: an error page still says which error it is.
    collector.addError(text)
  }
}

function addEdges(collector: FactsCollector, head: string, tail: string): void {
  const fields: Record<string, unknown> = {}
  for (const name of ['model', 'modelVersion', 'id', 'responseId']) {
    fields[name] = new RegExp(`"${name}"\\s*:\\s*"([^"\\\\]{1,200})"`).exec(head)?.[1]
  }
  for (const name of ['usage', 'usageMetadata'])
    fields[name] = findObject(tail, name) ?? findObject(head, name)
  collector.add(fields)
}

/**
 * The last object that is a member of this name. A quote inside a JSON string is escaped, so that text which the model
 * wrote cannot look like one.
 */
export function findObject(text: string, name: string): unknown {
  const member = new RegExp(`"${name}"\\s*:\\s*\\{`, 'g')
  let found: unknown
  for (const match of text.matchAll(member)) {
    const start = match.index + match[0].length - 1
    const end = endOfObject(text, start)
    if (end === undefined) continue
    try {
      found = JSON.parse(text.slice(start, end))
    } catch {
      // Not an object after all: what was found before stands.
    }
  }
  return found
}

function endOfObject(text: string, start: number): number | undefined {
  let depth = 0
  let inString = false
  for (let at = start; at < text.length; at++) {
    const character = text[at]
    if (inString) {
      if (character === '\\') at++
      else if (character === '"') inString = false
    } else if (character === '"') inString = true
    else if (character === '{') depth++
    else if (character === '}' && --depth === 0) return at + 1
  }
  return undefined
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

function join(chunks: readonly Uint8Array[]): Uint8Array {
  const [only] = chunks
  if (chunks.length === 1 && only !== undefined) return only
  const all = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const chunk of chunks) {
    all.set(chunk, at)
    at += chunk.length
  }
  return all
}
