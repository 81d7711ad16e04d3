/** One call while it runs: fed by a hook, ended exactly once however it ends. */
import { EventResponseReader } from '@usage-explorer/core/calls/event-response'
import { JsonResponseReader } from '@usage-explorer/core/calls/json-response'
import {
  errorTypeOf,
  streamErrorType,
  thrownErrorType,
  type ErrorType,
} from '@usage-explorer/core/calls/error-type'
import type { Target } from '@usage-explorer/core/calls/recognise'
import { FactsCollector, type ResponseFacts, type ResponseReader } from '@usage-explorer/core/calls/response'
import type { KeyIdentity } from './key.ts'
import type { Labels } from './labels.ts'

export interface CallStart {
  readonly target: Target
  readonly requestModel: string | undefined
  readonly key: KeyIdentity | undefined
  readonly labels: Labels
  /** Which attempt of its client this is; 0 for the first. */
  readonly retry: number
  /** Of the span in which it was made, '' where there is none. */
  readonly traceId: string
}

/** Header names in lower case. */
export type Headers = Iterable<readonly [name: string, value: string]>

export interface CallEnd {
  readonly facts: ResponseFacts
  readonly errorType: ErrorType | undefined
  readonly endedAt: number
}

/** Answers whose bytes are not text have nothing to read. */
const READ = /json|event-stream|text\//

export class WatchedCall {
  readonly start: CallStart
  readonly #onEnd: (call: WatchedCall) => void
  readonly #now: () => number
  readonly startedAt: number
  firstContentAt: number | undefined
  status: number | undefined
  #headers: Headers = []
  #ender: ((call: WatchedCall) => void) | undefined
  streamed = false
  endedAt = 0
  #reader: ResponseReader | undefined
  #thrown: unknown
  #ended = false
  #wasCut = false

  constructor(start: CallStart, now: () => number, onEnd: (call: WatchedCall) => void) {
    this.start = start
    this.#now = now
    this.#onEnd = onEnd
    this.startedAt = now()
  }

  get ended(): boolean {
    return this.#ended
  }

  /** The status line and headers are in. */
  responded(status: number, headers: Headers): void {
    this.status = status
    this.#headers = headers
    const type = contentType(headers)
    this.streamed = type.startsWith('text/event-stream')
    if (this.streamed) this.#reader = new EventResponseReader()
    else if (READ.test(type)) this.#reader = new JsonResponseReader()
  }

  /** A piece of the body, decoded, before the app gets it. */
  chunk(bytes: Uint8Array): void {
    if (this.#ended || this.#reader === undefined) return
    this.#reader.push(bytes)
    if (this.firstContentAt === undefined && this.#reader.sawContent) this.firstContentAt = this.#now()
  }

  /** All of the body, parsed by the app's own reading of it. */
  document(value: unknown): void {
    if (this.#ended) return
    const collector = new FactsCollector()
    collector.add(value)
    this.#reader = { push: () => undefined, end: () => collector.facts(), sawContent: false }
  }

  /** Of the response; made only when they are asked for. */
  get headers(): ReadonlyMap<string, string> {
    return new Map(this.#headers)
  }

  /** Called when it ends, or at once. */
  onceEnded(ender: (call: WatchedCall) => void): void {
    if (this.#ended) ender(this)
    else this.#ender = ender
  }

  /** All of the body came. */
  complete(): void {
    this.#end()
  }

  /** Whoever reads it has had enough before its end. */
  cut(): void {
    this.#wasCut = true
    this.#end()
  }

  /** Request or body ended in an error. */
  failed(thrown: unknown): void {
    this.#thrown = thrown ?? new Error('failed')
    this.#end()
  }

  /** What it told; to be asked once, after its end. */
  result(): CallEnd {
    const facts = this.#reader?.end() ?? NO_FACTS
    this.#reader = undefined
    return { facts, errorType: this.#errorType(facts), endedAt: this.endedAt }
  }

  #errorType({ error, usage }: ResponseFacts): ErrorType | undefined {
    if (this.#thrown !== undefined) return thrownErrorType(this.#thrown)
    const byStatus = this.status === undefined ? undefined : errorTypeOf(this.status, error)
    if (byStatus !== undefined) return byStatus
    if (this.streamed && error !== undefined) return streamErrorType(error)
    // Cut after its usage was told, all of it had come.
    return this.#wasCut && usage === undefined ? 'aborted' : undefined
  }

  #end(): void {
    if (this.#ended) return
    this.#ended = true
    this.endedAt = this.#now()
    this.#ender?.(this)
    this.#onEnd(this)
  }
}

function contentType(headers: Headers): string {
  if (headers instanceof globalThis.Headers) return headers.get('content-type') ?? ''
  for (const [name, value] of headers) if (name === 'content-type') return value
  return ''
}

const NO_FACTS: ResponseFacts = { usage: undefined, model: undefined, id: undefined, error: undefined }
