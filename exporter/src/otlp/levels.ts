/** Figures of apps that stand as they are: calls under way, rate limits as headers told them last. In memory only. */
import { MINUTE } from '../clock.ts'
import type { LevelMeaning } from './dialects/dialect.ts'
import { textOf } from './dialects/dialect.ts'
import type { Subject } from './subject.ts'
import type { Point } from './wire/request.ts'

/** An app that was silent for so long says nothing any more. */
const SILENCE_MS = 5 * MINUTE

export interface ObservedLevel {
  readonly subject: Subject
  readonly level: LevelMeaning['level']
  /** Of rate limits: `requests`, `input_tokens`…, and over which time where that is told. */
  readonly kind: string
  readonly window: string
  readonly value: number
  readonly at: number
}

export interface Levels {
  set(key: string, subject: Subject, level: LevelMeaning['level'], point: Point): void
  /** What apps told in the last minutes. */
  current(): readonly ObservedLevel[]
}

export function createLevels(now: () => number): Levels {
  const known = new Map<string, ObservedLevel>()
  return {
    set(key, subject, level, { attributes, value, timeMs }) {
      const number = typeof value === 'bigint' ? Number(value) : value
      if (typeof number !== 'number' || !Number.isFinite(number)) return
      const kind = textOf(attributes, 'llm.rate_limit.kind') ?? ''
      const window = textOf(attributes, 'llm.rate_limit.window') ?? ''
      known.set(key, { subject, level, kind, window, value: number, at: timeMs })
    },
    current() {
      const since = now() - SILENCE_MS
      for (const [key, { at }] of known) if (at < since) known.delete(key)
      return [...known.values()]
    },
  }
}
