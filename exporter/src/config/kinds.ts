/** Kinds of values: how each is written, checked and described. Problems never repeat the value. */
import { IANAZone } from 'luxon'
import { OTHER, UNALLOCATED, UNASSIGNED, UNATTRIBUTED } from '../usage/dimensions.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../clock.ts'
import type { Kind, Parsed } from './field.ts'
import { type ListenAddress, parseBaseUrl, parseListen, parseWebUrl } from './network.ts'
import { suggest } from './suggest.ts'

/** A duration's units in ms, longest first. */
const UNITS: readonly (readonly [string, number])[] = [
  ['d', DAY],
  ['h', HOUR],
  ['m', MINUTE],
  ['s', SECOND],
]

/** Writes a length in ms in the longest unit that divides it: 90d, 5m, 61s. */
export function formatDuration(ms: number): string {
  const [unit, length] = UNITS.find(([, unitMs]) => ms % unitMs === 0) ?? ['ms', 1]
  return `${ms / length}${unit}`
}

/** A length such as `30s`, `5m`, `1h` or `90d`, read as ms. The bounds are inclusive. */
export function duration(minMs: number, maxMs: number): Kind<number> {
  const range = `from ${formatDuration(minMs)} to ${formatDuration(maxMs)}`
  return {
    name: `duration ${range}`,
    schema: { type: 'string', pattern: '^[0-9]{1,9}[smhd]$' },
    parse(text) {
      const match = /^(\d{1,9})([smhd])$/.exec(text)
      const unitMs = UNITS.find(([unit]) => unit === match?.[2])?.[1]
      if (match === null || unitMs === undefined) {
        return { problem: 'must be a whole number with a unit, such as 30s, 5m, 1h or 90d' }
      }
      const ms = Number(match[1]) * unitMs
      return ms >= minMs && ms <= maxMs ? { value: ms } : { problem: `must be ${range}` }
    },
  }
}

/** A whole number. The bounds are inclusive. */
export function integer(min: number, max: number): Kind<number> {
  const name = `whole number from ${min} to ${max}`
  return {
    name,
    schema: { type: 'integer', minimum: min, maximum: max },
    parse(text) {
      const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
      return value >= min && value <= max ? { value } : { problem: `must be a ${name}` }
    },
  }
}

export const onOff: Kind<boolean> = {
  name: '`on` or `off`',
  schema: { enum: [true, false, 'on', 'off'] },
  parse(text) {
    if (['on', 'true'].includes(text)) return { value: true }
    if (['off', 'false'].includes(text)) return { value: false }
    return { problem: 'must be on or off' }
  },
}

/** One of a closed list of words. */
export function oneOf<W extends string>(...words: readonly W[]): Kind<W> {
  return {
    name: words.map((word) => `\`${word}\``).join(', '),
    schema: { enum: words },
    parse(text) {
      const value = words.find((word) => word === text)
      if (value !== undefined) return { value }
      const meant = suggest(text, words)
      if (meant !== undefined) return { problem: `"${text}" is not known; did you mean "${meant}"?` }
      return { problem: words.length === 1 ? `must be ${words[0]}` : `must be one of ${words.join(', ')}` }
    },
  }
}

/** An IANA zone. Usage comes in hours, so days of a zone off the full hour cannot be summed from it. */
export const zone: Kind<string> = {
  name: 'IANA time zone',
  schema: { type: 'string', pattern: '^[A-Za-z]' },
  parse(text) {
    // Intl also takes bare offsets such as +02:00, which know no daylight saving.
    if (!/^[A-Za-z]/.test(text) || !IANAZone.isValidZone(text)) {
      const meant = suggest(text, Intl.supportedValuesOf('timeZone'))
      if (meant !== undefined) return { problem: `"${text}" is not an IANA zone; did you mean "${meant}"?` }
      return { problem: 'must be an IANA zone such as UTC or Europe/Berlin' }
    }
    const now = Date.now()
    const halves = [now, now - 182 * DAY, now + 182 * DAY].map((at) => IANAZone.create(text).offset(at) % 60)
    if (halves.every((minutes) => minutes === 0)) return { value: text }
    return {
      problem:
        'is not a whole number of hours from UTC, and usage is known by the hour; take a zone of whole hours, such as UTC',
    }
  },
}

export const listenAddress: Kind<ListenAddress> = {
  name: 'host:port',
  schema: { type: 'string', pattern: ':[0-9]{1,5}$' },
  parse: parseListen,
}

const URL_SCHEMA = { type: 'string', format: 'uri', pattern: '^https?://' }

export const webUrl: Kind<string> = { name: 'URL', schema: URL_SCHEMA, parse: parseWebUrl }

export const baseUrl: Kind<string> = {
  name: 'URL, https unless on loopback',
  schema: URL_SCHEMA,
  parse: parseBaseUrl,
}

/** A number or a word such as `on` is text too, as it is written. */
const TEXT_SCHEMA = { type: ['string', 'number', 'boolean'], minLength: 1, maxLength: 200 }

/** Free text for a person or a pattern: one line, not empty. */
export const text: Kind<string> = { name: 'text', schema: TEXT_SCHEMA, parse: parseText }

/** A value that may also be left out. */
export function optional<T>(kind: Kind<T>): Kind<T | undefined> {
  return {
    name: kind.name,
    schema: kind.schema,
    parse: (given) => (given === '' ? { value: undefined } : kind.parse(given)),
  }
}

export const path: Kind<string> = { name: 'path', schema: TEXT_SCHEMA, parse: parseText }

/** The name of an environment variable. */
export const variableName: Kind<string> = {
  name: 'variable name',
  schema: { type: 'string', pattern: '^[A-Za-z_][A-Za-z0-9_]*$' },
  parse(given) {
    if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(given)) return { value: given }
    return { problem: 'must be the name of an environment variable, not the key itself' }
  },
}

/** Words that answers and labels use with a meaning of their own. */
const RESERVED: readonly string[] = [OTHER, UNALLOCATED, UNASSIGNED, UNATTRIBUTED]

export const accountName: Kind<string> = {
  name: 'letters, digits, `.`, `_` and `-`, at most 63',
  schema: { type: ['string', 'number'], pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$' },
  parse(given) {
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(given)) {
      return { problem: 'must be 1 to 63 letters, digits, ".", "_" or "-", the first a letter or digit' }
    }
    // Dashboards and alerts tell simulated data by this name.
    return given === 'demo' ? { problem: '"demo" is kept for the built-in demo' } : notReserved(given)
  },
}

export const teamName: Kind<string> = {
  name: 'text',
  schema: TEXT_SCHEMA,
  parse(given) {
    const parsed = parseText(given)
    return 'problem' in parsed ? parsed : notReserved(given)
  },
}

function parseText(given: string): Parsed<string> {
  if (given.trim() === '') return { problem: 'must not be empty' }
  // eslint-disable-next-line no-control-regex -- these would break log lines and terminals
  if (/[\u0000-\u001f\u007f]/.test(given)) return { problem: 'must be one line without control characters' }
  return given.length > 200 ? { problem: 'must be at most 200 characters' } : { value: given }
}

function notReserved(given: string): Parsed<string> {
  if (!RESERVED.includes(given)) return { value: given }
  return { problem: `"${given}" already has a meaning in answers; choose another name` }
}
