/** Every failure a person can meet has a stable code, a row in docs/reference/errors.md and a sentence on what to do. */

interface ErrorRow {
  /** What happened, in one sentence. */
  readonly meaning: string
  /** What the reader should do, in one sentence. */
  readonly remedy: string
  /** Polling again unchanged cannot succeed: shown, and tried rarely. */
  readonly permanent?: true
}

/** Codes are never reused for another meaning. */
export const ERRORS = {
  CONFIG_INVALID: {
    meaning: 'The configuration has problems; all of them are listed.',
    remedy: 'Correct each listed line; docs/reference/config.md names every setting.',
    permanent: true,
  },
  LISTEN_FAILED: {
    meaning: 'The listen address could not be bound.',
    remedy: 'Stop what holds the port, or set USAGE_EXPLORER_LISTEN to a free one.',
  },
  TLS_FAILED: {
    meaning: 'The certificate or its key cannot be read, or they do not belong together.',
    remedy: 'Give PEM files that belong together; changed files are taken over while the service runs.',
    permanent: true,
  },
  TOKENS_FAILED: {
    meaning:
      'The folder of tokens in the data folder cannot be read or written; no token is let in meanwhile.',
    remedy:
      'Make `tokens` in the data folder readable and writable for the user of the service; remove what is no token.',
  },
  TOKEN_UNKNOWN: {
    meaning: 'There is no token with that id.',
    remedy: 'See `usage-explorer token list`.',
    permanent: true,
  },
  SERVICE_UNREACHABLE: {
    meaning: 'The command needs the running service, and none answers.',
    remedy:
      'Start it with `usage-explorer serve` on the same data folder, or name another with --url and USAGE_EXPLORER_TOKEN.',
  },
  BUDGET_UNKNOWN: {
    meaning: 'There is no budget with that name.',
    remedy: 'See `GET /api/v1/budgets`.',
    permanent: true,
  },
  BUDGET_IN_FILE: {
    meaning: 'The budget stands in the configuration file, and only there it is changed.',
    remedy: 'Change it in the file and restart, or give the other one a name of its own.',
    permanent: true,
  },
  LEDGER_LOCKED: {
    meaning: 'Another process holds the ledger.',
    remedy: 'Stop the other process, or give this one its own USAGE_EXPLORER_DATA_DIR.',
  },
  LEDGER_DISK_FULL: {
    meaning: 'The disk that holds the ledger is full; polling pauses and nothing acknowledged is lost.',
    remedy: 'Free space; the service resumes by itself.',
  },
  LEDGER_TOO_NEW: {
    meaning: 'The ledger was written by a newer version.',
    remedy: 'Run the newer version, or restore the backup that it made before its migration.',
    permanent: true,
  },
  LEDGER_FAILED: {
    meaning: 'The ledger could not be read or written.',
    remedy: 'Look at the cause; the last committed state is intact.',
  },
  RECEIVER_FULL: {
    meaning: 'More observed points wait than the service takes; nothing of the request was counted.',
    remedy: 'Send it again after the time in Retry-After; OpenTelemetry exporters do so by themselves.',
  },
  OTLP_UNREADABLE: {
    meaning: 'The body is no OTLP request.',
    remedy: 'Send OTLP/HTTP: protobuf as application/x-protobuf, or JSON as application/json.',
  },
  BACKUP_FAILED: {
    meaning: 'The backup could not be written or read; the ledger is as it was.',
    remedy: 'Give a path that is free, in a folder that can be written and has room.',
  },
  ACCOUNT_CONFIGURED: {
    meaning: 'The account is still configured, so it would come back at once.',
    remedy: 'Take it out of the configuration, restart or reload, and try again.',
    permanent: true,
  },
  ACCOUNT_UNKNOWN: {
    meaning: 'There is no account of that name.',
    remedy: 'The message lists the names that there are.',
    permanent: true,
  },
  NOT_CONFIRMED: {
    meaning: 'It was not confirmed that something is to be deleted.',
    remedy: 'Type the name when asked, or give --yes.',
    permanent: true,
  },
  UPSTREAM_UNREACHABLE: {
    meaning: 'The provider could not be reached (name, connection, TLS or reset).',
    remedy: 'Check the network, HTTPS_PROXY and the url of the account; polling retries by itself.',
  },
  UPSTREAM_TIMEOUT: {
    meaning: 'The provider did not answer in time.',
    remedy: 'Nothing to do if it passes; polling retries by itself.',
  },
  UPSTREAM_UNAUTHORIZED: {
    meaning: 'The provider refused the credential (401).',
    remedy: 'Give a valid management key; an inference key does not work.',
    permanent: true,
  },
  UPSTREAM_FORBIDDEN: {
    meaning: 'The credential lacks a permission that this call needs (403).',
    remedy: "Grant the named permission to the key in the provider's console.",
    permanent: true,
  },
  UPSTREAM_OUT_OF_CREDIT: {
    meaning: 'The provider says that the account is out of credit or at its spending limit.',
    remedy: "Top up or raise the limit in the provider's console.",
    permanent: true,
  },
  UPSTREAM_NOT_FOUND: {
    meaning: 'The provider does not know the address or the team (404).',
    remedy: "Check the account's team_id and url.",
    permanent: true,
  },
  ACCOUNT_UNIDENTIFIED: {
    meaning: 'The credential does not tell which team (organisation, workspace) to read.',
    remedy: 'Set XAI_TEAM_ID, or team_id in the account.',
    permanent: true,
  },
  UPSTREAM_RATE_LIMITED: {
    meaning: 'The provider asks for fewer calls (429).',
    remedy: "Nothing to do if it passes; raise the account's interval if it stays.",
  },
  UPSTREAM_REJECTED: {
    meaning: 'The provider rejected the request as malformed (400).',
    remedy: 'Report it with the message; the provider may have changed its API.',
    permanent: true,
  },
  UPSTREAM_FAILED: {
    meaning: 'The provider answered with a server error (5xx).',
    remedy: 'Nothing to do if it passes; polling retries by itself.',
  },
  UPSTREAM_UNREADABLE: {
    meaning:
      'The answer was not what the provider documents (truncated, HTML, fields missing); nothing of it was used.',
    remedy: 'Look for a proxy in between; report it if it stays.',
  },
  UPSTREAM_TOO_LARGE: {
    meaning: 'The answer exceeded the size limit; nothing of it was used.',
    remedy: 'Nothing to do: the range is split and asked again.',
  },
  CLOCKS_DIFFER: {
    meaning:
      "This machine's clock and the provider's differ by more than a day; nothing of the answer was used.",
    remedy:
      'Set the clock right (NTP); if it is right, look for a proxy in between that answers from a cache.',
    permanent: true,
  },
  PUSH_FAILED: {
    meaning: 'The OTLP endpoint did not take the metrics; the next push says all of it again.',
    remedy: 'Look at the endpoint, its limits and the headers that it wants.',
  },
  BUDGET_WEBHOOK_FAILED: {
    meaning: 'The webhook for crossings of budgets did not take one; it is posted again every minute.',
    remedy: 'Look at what USAGE_EXPLORER_BUDGET_WEBHOOK names, and whether it takes JSON.',
  },
  QUERY_INVALID: {
    meaning: 'A request parameter is missing or out of its range.',
    remedy: 'Correct the named field; the message says what is allowed.',
    permanent: true,
  },
  QUERY_ZONE_UNSUPPORTED: {
    meaning: 'The zone is not a whole number of hours from UTC in this range, and the data is hourly.',
    remedy: 'Ask in UTC or in a zone of whole hours.',
    permanent: true,
  },
  PROVIDER_KEY_REFUSED: {
    meaning: 'The request carried a provider API key; this service takes none and did not log it.',
    remedy: 'Remove the key from the request.',
    permanent: true,
  },
  TOKEN_REQUIRED: {
    meaning: 'The request needs a token and carries none.',
    remedy: 'Make one with `usage-explorer token create`, and send it as `Authorization: Bearer …`.',
    permanent: true,
  },
  TOKEN_REFUSED: {
    meaning: 'The request carries a token that does not exist, or no longer does.',
    remedy: 'Make a new one with `usage-explorer token create`.',
    permanent: true,
  },
  SCOPE_MISSING: {
    meaning: 'The token is not for this.',
    remedy: 'Use a token of the scope that the message names.',
    permanent: true,
  },
  TEAM_TOKEN_REFUSED: {
    meaning: 'The token is tied to teams, and what was asked for cannot be told by team.',
    remedy: 'Use a token that is not tied to teams.',
    permanent: true,
  },
  HOST_REFUSED: {
    meaning: 'The Host header does not name a loopback address, as a rebinding attack would not.',
    remedy: 'Use the address that the service printed.',
    permanent: true,
  },
  NOT_FOUND: {
    meaning: 'There is nothing at this path.',
    remedy: 'See the paths listed at /.',
    permanent: true,
  },
  METHOD_REFUSED: {
    meaning: 'Nothing at this path takes that method.',
    remedy: 'Use a method that the Allow header of the answer names.',
    permanent: true,
  },
  MEDIA_TYPE_REFUSED: {
    meaning: 'The body is of a type that is not read here, such as a form.',
    remedy: 'Send `content-type: application/json`.',
    permanent: true,
  },
  BODY_TOO_LARGE: {
    meaning: 'The body is larger than the service reads.',
    remedy: 'Send less at once.',
    permanent: true,
  },
  BODY_INVALID: {
    meaning: 'The body is not what this path takes.',
    remedy: 'Correct what the message names; /openapi.json tells the form.',
    permanent: true,
  },
  REQUEST_TOO_LONG: {
    meaning: 'The address with its parameters is longer than the service reads.',
    remedy: 'Ask for less at once.',
    permanent: true,
  },
  REQUEST_MALFORMED: {
    meaning: 'The request is not HTTP that the service can read.',
    remedy: 'Correct the address or the headers.',
    permanent: true,
  },
  STOPPING: {
    meaning: 'The service stops, and gave up what it was doing for the request.',
    remedy: 'Ask again once it runs.',
  },
  ANSWER_TIMEOUT: {
    meaning: 'The answer took too long and was given up.',
    remedy: 'Ask for a shorter range or fewer groups.',
  },
  INTERNAL: {
    meaning: 'A defect of this service.',
    remedy: 'Report it with the log line.',
  },
} as const

/** Fails to compile where a row of the table is not whole. */
type Whole<T extends Record<string, ErrorRow>> = T

export type ErrorCode = keyof Whole<typeof ERRORS>

/** The one error class. `message` is for people and never holds a secret. */
export class UsageExplorerError extends Error {
  override readonly name = 'UsageExplorerError'
  readonly code: ErrorCode
  /** How long the provider asked to wait, where it did. */
  readonly retryAfterMs: number | undefined

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; retryAfterMs?: number } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.code = code
    this.retryAfterMs = options.retryAfterMs
  }

  get permanent(): boolean {
    return 'permanent' in ERRORS[this.code]
  }

  get remedy(): string {
    return ERRORS[this.code].remedy
  }
}

/** Any thrown value as a coded error; what is not one already becomes `fallback` with the cause kept. */
export function toCodedError(thrown: unknown, fallback: ErrorCode = 'INTERNAL'): UsageExplorerError {
  if (thrown instanceof UsageExplorerError) return thrown
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return new UsageExplorerError(fallback, message, { cause: thrown })
}
