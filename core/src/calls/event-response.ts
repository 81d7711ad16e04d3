/** Reads server-sent events. Only the few lines that can tell something are parsed. */
import { findObject } from './json-response.ts'
import { FactsCollector, type ResponseFacts, type ResponseReader } from './response.ts'

/** A line longer than this is not collected; of its start and end the usage may still be read. */
const LONGEST_LINE = 256 * 1024
/** A non-empty piece of generated text, of reasoning or of a tool call, whatever the provider calls it. */
const CONTENT =
  /"(?:content|text|delta|reasoning_content|reasoning|thinking|refusal|arguments|partial_json|transcript)"\s*:\s*"[^"]/

/** Format: html.spec.whatwg.org, server-sent events. */
export class EventResponseReader implements ResponseReader {
  readonly #decoder = new TextDecoder()
  readonly #collector = new FactsCollector()
  /** The line that is not at its end yet. */
  #rest = ''
  #events = 0
  sawContent = false

  push(chunk: Uint8Array): void {
    this.#read(this.#decoder.decode(chunk, { stream: true }))
  }

  end(): ResponseFacts {
    // The last line counts also where its end is missing: an aborted stream may have told its usage.
    this.#line(this.#rest)
    this.#rest = ''
    return this.#collector.facts()
  }

  #read(text: string): void {
    let from = 0
    for (;;) {
      const end = text.indexOf('\n', from)
      if (end < 0) break
      const part = text.slice(from, end)
      this.#line(this.#rest === '' ? part : this.#rest + part)
      this.#rest = ''
      from = end + 1
    }
    if (from >= text.length) return
    this.#rest += text.slice(from)
    if (this.#rest.length > LONGEST_LINE)
      this.#rest = `${this.#rest.slice(0, 1024)}${this.#rest.slice(-LONGEST_LINE / 2)}`
  }

  #line(line: string): void {
    if (!line.startsWith('data:')) return
    if (!this.sawContent && CONTENT.test(line)) this.sawContent = true
    this.#events++
    // The first event names model and id. `"usage"` also begins `"usageMetadata"`'s name but for its quote.
    if (this.#events > 1 && !line.includes('"usage') && !line.includes('"error"')) return
    const data = line.slice(5).trim()
    if (data === '' || data === '[DONE]') return
    try {
      this.#collector.add(JSON.parse(data))
    } catch {
      this.#collector.add({
        usage: findObject(data, 'usage'),
        usageMetadata: findObject(data, 'usageMetadata'),
      })
    }
  }
}
