import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DAY, HOUR, MINUTE, SECOND } from '../clock.ts'
import type { Kind } from './field.ts'
import {
  accountName,
  duration,
  formatDuration,
  integer,
  onOff,
  oneOf,
  teamName,
  text,
  variableName,
  zone,
} from './kinds.ts'

function value<T>(kind: Kind<T>, given: string): T | undefined {
  const parsed = kind.parse(given)
  return 'value' in parsed ? parsed.value : undefined
}

function problem(kind: Kind<unknown>, given: string): string | undefined {
  const parsed = kind.parse(given)
  return 'problem' in parsed ? parsed.problem : undefined
}

describe('a duration', () => {
  const anyDuration = duration(SECOND, 90 * DAY)

  it.each([
    ['30s', 30 * SECOND],
    ['5m', 5 * MINUTE],
    ['1h', HOUR],
    ['90d', 90 * DAY],
    ['1s', SECOND],
  ])('reads %s', (given, ms) => {
    expect(value(anyDuration, given)).toBe(ms)
  })

  it.each(['', '5', '5 m', '5min', '-5m', '1.5h', '1h30m', '5M', '1e3s', '0x5s', '9999999999s', '٥m'])(
    'refuses "%s" with an example of what it takes',
    (given) => {
      expect(problem(anyDuration, given)).toContain('30s, 5m, 1h or 90d')
    },
  )

  it('takes both ends of its range and nothing beyond', () => {
    const range = duration(10 * SECOND, MINUTE)
    expect(value(range, '10s')).toBe(10 * SECOND)
    expect(value(range, '60s')).toBe(MINUTE)
    expect(problem(range, '9s')).toBe('must be from 10s to 1m')
    expect(problem(range, '61s')).toBe('must be from 10s to 1m')
  })

  it('is written in the longest unit that says it exactly, and read back the same', () => {
    expect(formatDuration(90 * DAY)).toBe('90d')
    expect(formatDuration(90 * SECOND)).toBe('90s')
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 7_776_000 }), (seconds) => {
        expect(value(anyDuration, formatDuration(seconds * SECOND))).toBe(seconds * SECOND)
      }),
    )
  })
})

describe('a whole number', () => {
  it('takes both ends of its range and nothing beyond', () => {
    const range = integer(1, 100)
    expect([value(range, '1'), value(range, '100')]).toEqual([1, 100])
    expect(problem(range, '0')).toBe('must be a whole number from 1 to 100')
    expect(problem(range, '101')).toBe('must be a whole number from 1 to 100')
  })

  it.each(['', '1.0', '1e1', '0x10', '-1', 'many', ' 1', 'Infinity'])('refuses "%s"', (given) => {
    expect(problem(integer(0, 100), given)).toBeDefined()
  })
})

describe('a switch', () => {
  it('is on or off, or as YAML writes it', () => {
    expect(['on', 'true', 'off', 'false'].map((given) => value(onOff, given))).toEqual([
      true,
      true,
      false,
      false,
    ])
  })

  it.each(['yes', '1', 'ON', ''])('refuses "%s"', (given) => {
    expect(problem(onOff, given)).toBe('must be on or off')
  })
})

describe('one of a list of words', () => {
  const levels = oneOf('info', 'debug')

  it('takes its words only', () => {
    expect(value(levels, 'debug')).toBe('debug')
    expect(problem(levels, 'verbose')).toBe('must be one of info, debug')
  })

  it('says which word a near miss was meant to be', () => {
    expect(problem(levels, 'Info')).toBe('"Info" is not known; did you mean "info"?')
  })
})

describe('a zone', () => {
  it.each(['UTC', 'Europe/Berlin', 'America/New_York', 'Etc/GMT+3'])('takes %s', (given) => {
    expect(value(zone, given)).toBe(given)
  })

  it.each(['', 'Mars/Olympus', '+02:00', 'local', 'UTC+3'])('refuses "%s"', (given) => {
    expect(problem(zone, given)).toContain('IANA zone')
  })

  it('says which zone a near miss was meant to be', () => {
    expect(problem(zone, 'Europe/Berln')).toContain('did you mean "Europe/Berlin"?')
  })

  it.each(['Asia/Kolkata', 'Asia/Kathmandu', 'Australia/Lord_Howe'])(
    'refuses %s, off the full hour for at least half the year, and says why',
    (given) => {
      expect(problem(zone, given)).toContain('usage is known by the hour')
    },
  )
})

describe('names', () => {
  it('of accounts are fit for labels and paths', () => {
    expect(value(accountName, 'prod-1.eu_west')).toBe('prod-1.eu_west')
    expect(value(accountName, 'a'.repeat(63))).toHaveLength(63)
    for (const given of ['', '-a', 'a b', 'a/b', 'é', 'a'.repeat(64)]) {
      expect(problem(accountName, given)).toContain('1 to 63 letters')
    }
  })

  it('leave the words with a meaning of their own alone', () => {
    expect(problem(accountName, 'demo')).toContain('built-in demo')
    for (const given of ['other', 'unassigned', 'unallocated', 'unattributed']) {
      expect(problem(teamName, given)).toContain('already has a meaning')
      expect(problem(accountName, given)).toContain('already has a meaning')
    }
    expect(value(teamName, 'others')).toBe('others')
  })

  it('of variables cannot be a key with a dash in it', () => {
    expect(value(variableName, 'XAI_KEY_2')).toBe('XAI_KEY_2')
    expect(problem(variableName, 'xai-token-1')).toBe(
      'must be the name of an environment variable, not the key itself',
    )
    expect(problem(variableName, '2XAI')).toBeDefined()
  })

  it('in free text are one line of 1 to 200 characters, of any script', () => {
    expect(value(text, 'Forschung "Süd" 🚀')).toBe('Forschung "Süd" 🚀')
    expect(value(text, 'x'.repeat(200))).toHaveLength(200)
    expect(problem(text, 'x'.repeat(201))).toBe('must be at most 200 characters')
    expect(problem(text, '  ')).toBe('must not be empty')
    expect(problem(text, 'a\nb')).toContain('one line')
    expect(problem(text, 'a\u001b[2Jb')).toContain('one line')
  })
})
