/** Failures of a provider's HTTP API as coded errors. No message holds the credential, also if the provider echoes it. */
import { JsonShapeError, parseJson } from '@usage-explorer/core/json'
import { UsageExplorerError, toCodedError, type ErrorCode } from '../errors.ts'
import { SECOND } from '../clock.ts'

const EXCERPT_LENGTH = 300

/** What the texts of a failure may name and what they must not. */
export interface CallContext {
  /** Method and URL without the query: "POST https://management-api.x.ai/v1/…". */
  readonly call: string
  /** Permission that the call needs, as the provider names it. */
  readonly permission: string | null
  /** Removes the credential from a text. Applied before anything is shortened, else half a key would get through. */
  readonly redact: (text: string) => string
  readonly now: number
}

/**
 * xAI: 403, sometimes 429, with words like "used all available credits or reached its monthly spending limit". A refusal
 * to show spending limits is none.
 */
const OUT_OF_CREDIT =
  /\b(?:used all (?:of )?(?:your |its )?(?:available )?credits?|(?:reached|exceeded) (?:\w+ ){0,3}spending limit|spending limit (?:\w+ ){0,2}(?:reached|exceeded)|out of credits?|insufficient (?:credits?|funds|balance|quota))/i
/** xAI's inference API answers a wrong key with 400 (https://github.com/continuedev/continue/issues/10778). */
const WRONG_KEY = /\b(?:incorrect|invalid)(?:%20|[ _-])(?:api|management)(?:%20|[ _-])key/i

/** A coded error for an answer that is not a 2xx. */
export function statusFailure(context: CallContext, response: Response, body: string): UsageExplorerError {
  const { status, headers } = response
  const html = isHtml(headers, body)
  // What a proxy's page says about permissions or requests is not the provider's word.
  const code = html && status < 500 && status !== 429 ? 'UPSTREAM_UNREADABLE' : codeOf(status, body)
  const said = html
    ? 'an HTML page, perhaps of a proxy'
    : status < 400
      ? 'a redirect, not followed because the credential would go with it'
      : excerpt(context, body)
  const needs =
    code === 'UPSTREAM_FORBIDDEN' && context.permission !== null ? `; it needs ${context.permission}` : ''
  const retryAfterMs = retryAfter(headers, context.now)
  return new UsageExplorerError(
    code,
    `${context.call}: ${status}${said === '' ? '' : ` (${said})`}${needs}`,
    retryAfterMs === undefined ? {} : { retryAfterMs },
  )
}

function codeOf(status: number, body: string): ErrorCode {
  if (status === 402) return 'UPSTREAM_OUT_OF_CREDIT'
  if ((status === 403 || status === 429) && OUT_OF_CREDIT.test(body)) return 'UPSTREAM_OUT_OF_CREDIT'
  if (status === 401 || (status === 400 && WRONG_KEY.test(body))) return 'UPSTREAM_UNAUTHORIZED'
  if (status === 403) return 'UPSTREAM_FORBIDDEN'
  if (status === 404) return 'UPSTREAM_NOT_FOUND'
  if (status === 407) return 'UPSTREAM_UNREACHABLE'
  if (status === 408) return 'UPSTREAM_TIMEOUT'
  if (status === 429) return 'UPSTREAM_RATE_LIMITED'
  if (status >= 500) return 'UPSTREAM_FAILED'
  return status >= 400 ? 'UPSTREAM_REJECTED' : 'UPSTREAM_UNREADABLE'
}

/** A coded error for what fetch or the body stream threw. */
export function networkFailure(context: CallContext, thrown: unknown): UsageExplorerError {
  if (thrown instanceof UsageExplorerError) return thrown
  const code = systemCode(thrown)
  const timedOut = code !== undefined && /TIMEOUT|ETIMEDOUT/.test(code)
  const tls = code !== undefined && /CERT|TLS|SSL|SIGNATURE|ISSUER/.test(code) ? 'TLS: ' : ''
  const reason =
    proxyRefusal(thrown) ?? code ?? excerpt(context, thrown instanceof Error ? thrown.message : '')
  return new UsageExplorerError(
    timedOut ? 'UPSTREAM_TIMEOUT' : 'UPSTREAM_UNREACHABLE',
    `${context.call}: ${tls}${reason === '' ? 'the connection failed' : reason}`,
    { cause: thrown },
  )
}

/** A coded error for a 2xx answer that could not be understood. */
export function unreadable(context: CallContext, thrown: unknown): UsageExplorerError {
  if (thrown instanceof JsonShapeError) {
    return new UsageExplorerError(
      'UPSTREAM_UNREADABLE',
      `${context.call}: ${context.redact(thrown.message)}`,
      {
        cause: thrown,
      },
    )
  }
  return toCodedError(thrown)
}

export function isHtml(headers: Headers, body: string): boolean {
  return /^text\/html\b/i.test(headers.get('content-type') ?? '') || /^\s*<(?:!doctype|html)/i.test(body)
}

/**
 * How long an answer asks to wait, in ms, from `Retry-After` in seconds or as a date. A date is measured against the
 * answer's own `Date` where it has one, so that a wrong clock here does not matter.
 */
function retryAfter(headers: Headers, now: number): number | undefined {
  const value = headers.get('retry-after')?.trim()
  if (value === undefined || value === '') return undefined
  if (/^\d{1,9}$/.test(value)) return Number(value) * SECOND
  // Every date of HTTP begins with the name of a day; Date.parse takes "-5" for one too.
  const until = /^[a-z]/i.test(value) ? Date.parse(value) : NaN
  if (Number.isNaN(until)) return undefined
  return Math.max(0, until - (serverTime(headers) ?? now))
}

/** The server's clock by its `Date` header, in ms since the epoch, to the second. */
export function serverTime(headers: Headers): number | undefined {
  const time = Date.parse(headers.get('date') ?? '')
  return Number.isNaN(time) ? undefined : time
}

/** The provider's own words on a failure: `error`, `error.message`, `message` or `detail` of JSON, else plain text. */
function excerpt(context: CallContext, body: string): string {
  const words = jsonWords(body) ?? (/^\s*[<{[]/.test(body) ? '' : body)
  const line = context
    .redact(words)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
  return line.length > EXCERPT_LENGTH ? `${line.slice(0, EXCERPT_LENGTH)}…` : line
}

function jsonWords(body: string): string | undefined {
  try {
    const root = parseJson(body)
    const error = root.get('error')
    const nested = error.present && typeof error.value === 'object' ? error.get('message') : error
    const found = [nested, root.get('message'), root.get('detail')].find(
      ({ value }) => typeof value === 'string',
    )
    return found?.text()
  } catch {
    return undefined
  }
}

/** What a proxy answered instead of opening the way: undici has the status only in its words. */
function proxyRefusal(thrown: unknown): string | undefined {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    const status = /^Proxy response \((\d{3})\)/.exec(error.message)?.[1]
    if (status !== undefined) return `the proxy that HTTPS_PROXY names answered ${status}`
  }
  return undefined
}

/** `ECONNRESET`, `ENOTFOUND`, `DEPTH_ZERO_SELF_SIGNED_CERT`…: fetch hides it in the causes. */
function systemCode(thrown: unknown): string | undefined {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if ('code' in error && typeof error.code === 'string') return error.code
  }
  return undefined
}
