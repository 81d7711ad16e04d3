/** How a failure is told over HTTP: a status, and the same three fields everywhere. */
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { ERRORS, UsageExplorerError, toCodedError, type ErrorCode } from '../errors.ts'

const STATUSES: Partial<Record<ErrorCode, number>> = {
  QUERY_INVALID: 400,
  QUERY_ZONE_UNSUPPORTED: 400,
  REQUEST_MALFORMED: 400,
  BODY_INVALID: 400,
  PROVIDER_KEY_REFUSED: 401,
  TOKEN_REQUIRED: 401,
  TOKEN_REFUSED: 401,
  SCOPE_MISSING: 403,
  TEAM_TOKEN_REFUSED: 403,
  NOT_FOUND: 404,
  METHOD_REFUSED: 405,
  BODY_TOO_LARGE: 413,
  REQUEST_TOO_LONG: 414,
  MEDIA_TYPE_REFUSED: 415,
  HOST_REFUSED: 421,
  LEDGER_DISK_FULL: 503,
  LEDGER_FAILED: 503,
  ACCOUNT_UNKNOWN: 404,
  BUDGET_UNKNOWN: 404,
  BUDGET_IN_FILE: 409,
  ACCOUNT_CONFIGURED: 409,
  BACKUP_FAILED: 409,
  STOPPING: 503,
  TOKENS_FAILED: 503,
  ANSWER_TIMEOUT: 503,
  RECEIVER_FULL: 503,
  OTLP_UNREADABLE: 400,
}

/** What fastify itself refuses. */
const FRAMEWORK: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'MEDIA_TYPE_REFUSED',
  FST_ERR_CTP_BODY_TOO_LARGE: 'BODY_TOO_LARGE',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'BODY_INVALID',
  FST_ERR_CTP_INVALID_JSON_BODY: 'BODY_INVALID',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'BODY_INVALID',
}

export interface FailureBody {
  readonly error: { readonly code: ErrorCode; readonly message: string; readonly remedy: string }
}

/** HTTP status of a code; 500 where none is more telling. */
export function statusOf(code: ErrorCode): number {
  return STATUSES[code] ?? 500
}

/** What the asker is told. A defect's own message stays in the log: nobody vouches for what is in it. */
export function failureBody({ code, message, remedy }: UsageExplorerError): FailureBody {
  return { error: { code, message: code === 'INTERNAL' ? ERRORS.INTERNAL.meaning : message, remedy } }
}

/** Whatever fastify, a guard or a question threw, as a coded error. */
export function toFailure(thrown: unknown): UsageExplorerError {
  if (thrown instanceof UsageExplorerError) return thrown
  const { code, statusCode } = Object(thrown) as { code?: unknown; statusCode?: unknown }
  if (code === 'FST_ERR_HANDLER_TIMEOUT') {
    return new UsageExplorerError('ANSWER_TIMEOUT', 'the answer took too long', { cause: thrown })
  }
  const refused = FRAMEWORK[String(code)]
  if (refused !== undefined)
    return new UsageExplorerError(refused, ERRORS[refused].meaning, { cause: thrown })
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return new UsageExplorerError('REQUEST_MALFORMED', 'the request cannot be read', { cause: thrown })
  }
  return toCodedError(thrown)
}

/** Answers on a connection whose request never became one: unreadable, too large a header, or too slow. */
export function refuseConnection(error: { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const known: Record<string, number> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 }
  const status = known[error.code ?? ''] ?? 400
  const body = JSON.stringify(
    failureBody(new UsageExplorerError('REQUEST_MALFORMED', STATUS_CODES[status] ?? 'Bad Request')),
  )
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}
