/** How many values of a dimension a metric family shows under their own names (design §4.9). */
import type { CappedDimension } from '../config/config.ts'
import { OTHER, UNATTRIBUTED } from '../usage/dimensions.ts'

export const CAPPED: readonly CappedDimension[] = ['project', 'api_key', 'user', 'endpoint', 'model']

/** Values that stand for no single thing: they take no place under a cap and never fold. */
const RESERVED: ReadonlySet<string> = new Set(['', UNATTRIBUTED, OTHER])

export interface Caps {
  /** The value, or `other` where its family is full. */
  fold(family: string, dimension: CappedDimension, value: string): string
  /** Gives a value that was shown before its place back, also beyond a cap that was lowered since. */
  admit(family: string, dimension: CappedDimension, value: string): void
}

/** A value that has a place keeps it as long as the service runs, so that no series flips to `other` and back. */
export function createCaps(caps: Readonly<Record<CappedDimension, number>>): Caps {
  const shown = new Map<string, Set<string>>()
  const shelf = (family: string, dimension: CappedDimension): Set<string> => {
    const key = `${family}/${dimension}`
    const values = shown.get(key) ?? new Set()
    shown.set(key, values)
    return values
  }
  return {
    fold: (family, dimension, value) => {
      if (RESERVED.has(value)) return value
      const values = shelf(family, dimension)
      if (!values.has(value) && values.size >= caps[dimension]) return OTHER
      values.add(value)
      return value
    },
    admit: (family, dimension, value) => {
      if (!RESERVED.has(value)) shelf(family, dimension).add(value)
    },
  }
}
