/** The log: one line an event, as JSON for machines or readable on a terminal. */
import { type Logger, pino, stdSerializers, stdTimeFunctions } from 'pino'
import { UsageExplorerError } from './errors.ts'

export type Log = Logger

/** Where lines go. */
export interface LogStream {
  /** On a terminal lines are written for people. */
  readonly isTTY?: boolean
  write(line: string): unknown
}

// Secrets are wrapped where they are read; this holds back what a careless call or a library's error may still carry.
const SECRET_NAMES = [
  'credential',
  'authorization',
  'Authorization',
  'cookie',
  'password',
  'secret',
  'token',
  'apiKey',
]

const REDACTED = ['', '*.', '*.*.'].flatMap((above) => SECRET_NAMES.map((name) => above + name))

/**
 * A log that keeps `level` and whatever is more severe.
 *
 * @param stream standard output unless given
 */
export function createLog(level: string, stream: LogStream = process.stdout): Log {
  const options = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: REDACTED, censor: '[secret]' },
    serializers: { err: describeError },
  }
  const onTerminal = { write: (line: string) => stream.write(toReadable(line)) }
  return pino(options, stream.isTTY === true ? onTerminal : stream)
}

/** A coded error is expected and says what to do; a stack is for defects only. */
function describeError(thrown: unknown): unknown {
  if (!(thrown instanceof Error)) return thrown
  if (!(thrown instanceof UsageExplorerError) || thrown.code === 'INTERNAL') return stdSerializers.err(thrown)
  const { code, message, remedy, cause } = thrown
  return {
    code,
    message,
    remedy,
    ...(cause instanceof Error && { cause: stdSerializers.err(cause).message }),
  }
}

/** `12:30:01 WARN  message  account=xai  err.code=UPSTREAM_TIMEOUT` from a JSON line; a stack follows on its own lines. */
function toReadable(line: string): string {
  const entry = new Map(flatten(JSON.parse(line), ''))
  const time = (entry.get('time') ?? '').slice(11, 19)
  const head = `${time} ${(entry.get('level') ?? '').toUpperCase().padEnd(5)} ${entry.get('msg') ?? ''}`
  const stack = entry.get('err.stack')
  for (const shown of ['time', 'level', 'msg', 'err.stack']) entry.delete(shown)
  const details = [...entry].map(([name, value]) => `${name}=${quoted(value)}`)
  return `${printable([head, ...details].join('  '))}${stack === undefined ? '' : `\n${printable(stack)}`}\n`
}

function flatten(value: unknown, name: string): [string, string][] {
  if (typeof value !== 'object' || value === null) return [[name, String(value)]]
  return Object.entries(value).flatMap(([key, below]) => flatten(below, name === '' ? key : `${name}.${key}`))
}

function quoted(value: string): string {
  return value === '' || /[\s"=]/.test(value) ? JSON.stringify(value) : value
}

/** Without the control characters by which a name from outside could steer the terminal. */
function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- exactly these are dropped; line feeds stay
  return text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, ' ')
}
