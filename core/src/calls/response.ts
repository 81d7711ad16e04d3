/** Reads what a response says of itself while its bytes pass: usage, model, id, an error. Never holds more than a little. */
import { object, type UsageObject } from './usage.ts'

export interface ResponseFacts {
  /** Undefined where the response tells no usage, or was cut off before. */
  readonly usage: UsageObject | undefined
  readonly model: string | undefined
  readonly id: string | undefined
  /** Text of the error that the body tells, shortened. Only to be sorted, never to be kept. */
  readonly error: string | undefined
}

export interface ResponseReader {
  /** @param chunk read at once and not kept by reference after `end` */
  push(chunk: Uint8Array): void
  /** Whether generated content came yet, so that the first of it can be timed. */
  readonly sawContent: boolean
  /** To be called once; a body that was cut off gives what it told until then. */
  end(): ResponseFacts
}

/** Collects facts from one document or from the events of a stream, later ones over earlier ones. */
export class FactsCollector {
  #usage: Record<string, unknown> | undefined
  #model: string | undefined
  #id: string | undefined
  #error: string | undefined

  /** Takes a parsed body or event in. Lists, which Gemini streams, are taken item by item. */
  add(document: unknown): void {
    if (Array.isArray(document)) {
      for (const item of document) this.add(item)
      return
    }
    const root = object(document)
    // Responses' events carry the response, Anthropic's first event the message.
    const inner = object(root['response'] ?? root['message'])
    const usage = root['usage'] ?? inner['usage'] ?? root['usageMetadata']
    // Anthropic's events tell their counts apart, so that later ones are laid over earlier ones.
    if (typeof usage === 'object' && usage !== null) this.#usage = { ...this.#usage, ...stated(usage) }
    this.#model = text(root['model']) ?? text(inner['model']) ?? text(root['modelVersion']) ?? this.#model
    this.#id = text(root['id']) ?? text(inner['id']) ?? text(root['responseId']) ?? this.#id
    const error = root['error'] ?? inner['error']
    if (error !== undefined && error !== null) this.addError(root)
  }

  addError(of: unknown): void {
    this.#error ??= (typeof of === 'string' ? of : JSON.stringify(of)).slice(0, 2000)
  }

  facts(): ResponseFacts {
    return { usage: this.#usage, model: this.#model, id: this.#id, error: this.#error }
  }
}

/** A null does not take back what an earlier event stated. */
function stated(usage: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(usage).filter(([, value]) => value !== null))
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, 200) : undefined
}
