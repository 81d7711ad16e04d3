/** The HTTP client that all providers share: JSON over GET and POST, bounded in time and size, failures coded. */
import { JsonTextError, parseJson, type JsonNode } from '@usage-explorer/core/json'
import { JsonItems } from '@usage-explorer/core/json-items'
import pRetry from 'p-retry'
import { DAY, HOUR, MINUTE, SECOND, systemClock } from '../clock.ts'
import type { Secret } from '../config/config.ts'
import { UsageExplorerError } from '../errors.ts'
import {
  isHtml,
  networkFailure,
  serverTime,
  statusFailure,
  unreadable,
  type CallContext,
} from './http-failures.ts'

const RETRIES = 2
/** Longer waits are the poller's to keep, so that one account's call does not sit on its turn. */
const LONGEST_WAIT_MS: number = 5 * SECOND
/** `Date` has whole seconds and answers take a moment: only more than this is a wrong clock. */
const CLOCK_TOLERANCE_MS = MINUTE
/** Beyond this one of the clocks is broken, or the answer is an old one out of a cache. */
const CLOCK_LIMIT_MS: number = DAY
/** Larger answers are asked for in parts. */
const LARGEST_BODY_BYTES = 16 * 1024 * 1024
const ERROR_BODY_BYTES = 64 * 1024

export interface HttpClientOptions {
  /** Without a trailing slash. */
  readonly baseUrl: string
  /** Sent as a bearer token. */
  readonly credential: Secret
  /** For one try, its body included. */
  readonly timeoutMs: number
  readonly now: () => number
  /** Largest body, uncompressed; 16 MiB unless given. */
  readonly maxBytes?: number
  /** Shortest wait before a second try; half a second unless given. */
  readonly retryDelayMs?: number
}

export interface CallOptions {
  readonly signal: AbortSignal
  readonly query?: Readonly<Record<string, string>>
  /** Named in the message when the provider answers 403. */
  readonly permission?: string | null
}

export interface Fetched<T> {
  readonly value: T
  /** When the request was sent, ms since the epoch; by the server's clock where ours runs ahead of it. */
  readonly fetchedAt: number
}

/** Turns an answer into what the caller wants; what it throws as JsonShapeError becomes UPSTREAM_UNREADABLE. */
export type ReadBody<T> = (root: JsonNode) => T

/** The same for answers with one long array: what is read of it may take its turns. */
export type ReadItems<T> = (document: JsonItems) => Promise<T>

type ReadText<T> = (text: string) => T | Promise<T>

export class HttpClient {
  readonly #options: HttpClientOptions

  constructor(options: HttpClientOptions) {
    this.#options = options
  }

  /** Throws a coded error; after an abort the signal's reason. */
  get<T>(path: string, read: ReadBody<T>, options: CallOptions): Promise<Fetched<T>> {
    return this.#call('GET', path, undefined, (text) => read(parseJson(text)), options)
  }

  /** For questions that need a body. Like GET it is tried again after a transient failure. */
  post<T>(path: string, body: unknown, read: ReadBody<T>, options: CallOptions): Promise<Fetched<T>> {
    return this.#call('POST', path, JSON.stringify(body), (text) => read(parseJson(text)), options)
  }

  /** @param name of the member that holds the long array */
  postForItems<T>(
    path: string,
    body: unknown,
    name: string,
    read: ReadItems<T>,
    options: CallOptions,
  ): Promise<Fetched<T>> {
    return this.#call('POST', path, JSON.stringify(body), (text) => read(new JsonItems(text, name)), options)
  }

  async #call<T>(
    method: 'GET' | 'POST',
    path: string,
    body: string | undefined,
    read: ReadText<T>,
    options: CallOptions,
  ): Promise<Fetched<T>> {
    const secret = this.#options.credential.reveal()
    const context = (): CallContext => ({
      call: `${method} ${this.#options.baseUrl}${path}`,
      permission: options.permission ?? null,
      redact: (text) => text.replaceAll(secret, '[secret]'),
      now: this.#options.now(),
    })
    if (!/^[\x21-\x7e]+$/.test(secret)) {
      // fetch would refuse such a header with a message that quotes it.
      throw new UsageExplorerError(
        'UPSTREAM_UNAUTHORIZED',
        'the credential holds a space, line break or the like',
      )
    }
    const query = new URLSearchParams(options.query).toString()
    const url = `${this.#options.baseUrl}${path}${query === '' ? '' : `?${query}`}`
    const headers = {
      accept: 'application/json',
      authorization: `Bearer ${secret}`,
      'user-agent': 'usage-explorer',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    }
    const request: RequestInit = {
      method,
      headers,
      redirect: 'manual',
      ...(body === undefined ? {} : { body }),
    }
    return pRetry(() => this.#try(url, request, read, context, options.signal), {
      retries: RETRIES,
      minTimeout: this.#options.retryDelayMs ?? SECOND / 2,
      randomize: true,
      signal: options.signal,
      shouldRetry: ({ error }) => isTransient(error),
      onFailedAttempt: async ({ error, retriesLeft }) => {
        const wait = retriesLeft > 0 && isTransient(error) ? waitOf(error) : undefined
        if (wait !== undefined) await systemClock.sleep(wait, options.signal)
      },
    })
  }

  async #try<T>(
    url: string,
    request: RequestInit,
    read: ReadText<T>,
    context: () => CallContext,
    signal: AbortSignal,
  ): Promise<Fetched<T>> {
    // Not AbortSignal.any: each call would leave something behind on the service's own long-lived signal.
    const attempt = new AbortController()
    const stop = (): void => attempt.abort(signal.reason)
    const timeout = AbortSignal.timeout(this.#options.timeoutMs)
    timeout.addEventListener('abort', () => attempt.abort(timeout.reason), { once: true })
    signal.addEventListener('abort', stop, { once: true })
    const sentAt = this.#options.now()
    try {
      const response = await fetch(url, { ...request, signal: attempt.signal })
      const maxBytes = response.ok ? (this.#options.maxBytes ?? LARGEST_BODY_BYTES) : ERROR_BODY_BYTES
      const text = await readBody(response, maxBytes, context)
      if (!response.ok) throw statusFailure(context(), response, text)
      const fetchedAt = this.#fetchedAt(sentAt, response.headers, context)
      return { value: await readText(text, response, read, context), fetchedAt }
    } catch (thrown) {
      signal.throwIfAborted()
      if (timeout.aborted && !(thrown instanceof UsageExplorerError)) {
        const { call } = context()
        const message = `${call}: no complete answer within ${this.#options.timeoutMs} ms`
        throw new UsageExplorerError('UPSTREAM_TIMEOUT', message, { cause: thrown })
      }
      throw networkFailure(context(), thrown)
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  /**
   * A clock that runs ahead would claim hours as read that the provider has not lived through yet, so beyond the
   * tolerance the server's own `Date` counts, less the time that the answer took. Never later than our own clock says:
   * what is stamped with the future would outrank every later answer.
   */
  #fetchedAt(sentAt: number, headers: Headers, context: () => CallContext): number {
    const server = serverTime(headers)
    if (server === undefined) return sentAt
    const ahead = sentAt - server
    if (Math.abs(ahead) > CLOCK_LIMIT_MS) {
      const [hours, direction] = [Math.round(Math.abs(ahead) / HOUR), ahead > 0 ? 'ahead of' : 'behind']
      throw new UsageExplorerError(
        'CLOCKS_DIFFER',
        `${context().call}: this clock is ${hours} hours ${direction} the answer's Date`,
      )
    }
    return ahead <= CLOCK_TOLERANCE_MS ? sentAt : server - Math.max(0, this.#options.now() - sentAt)
  }
}

async function readBody(response: Response, maxBytes: number, context: () => CallContext): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  const body: AsyncIterable<Uint8Array> | null = response.body
  for await (const chunk of body ?? []) {
    size += chunk.byteLength
    if (size > maxBytes) {
      if (!response.ok) break
      throw new UsageExplorerError('UPSTREAM_TOO_LARGE', `${context().call}: more than ${maxBytes} bytes`)
    }
    chunks.push(chunk)
  }
  return new TextDecoder().decode(Buffer.concat(chunks))
}

async function readText<T>(
  text: string,
  response: Response,
  read: ReadText<T>,
  context: () => CallContext,
): Promise<T> {
  const fail = (what: string): UsageExplorerError =>
    new UsageExplorerError('UPSTREAM_UNREADABLE', `${context().call}: ${response.status} with ${what}`)
  if (text.trim() === '') throw fail('an empty body')
  if (isHtml(response.headers, text)) throw fail('an HTML page, perhaps of a proxy')
  try {
    return await read(text)
  } catch (thrown) {
    if (thrown instanceof JsonTextError) {
      throw fail(thrown.tooDeep ? 'JSON nested too deeply' : 'a body that is not whole JSON')
    }
    throw unreadable(context(), thrown)
  }
}

function isTransient(error: Error): boolean {
  if (!(error instanceof UsageExplorerError)) return false
  const wait = waitOf(error)
  if (error.code === 'UPSTREAM_RATE_LIMITED') return wait !== undefined && wait <= LONGEST_WAIT_MS
  const passing = ['UPSTREAM_UNREACHABLE', 'UPSTREAM_TIMEOUT', 'UPSTREAM_FAILED'].includes(error.code)
  return passing && (wait === undefined || wait <= LONGEST_WAIT_MS)
}

function waitOf(error: Error): number | undefined {
  return error instanceof UsageExplorerError ? error.retryAfterMs : undefined
}
