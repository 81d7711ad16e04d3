/** Of two instrumentations that watch the same calls one counts (design §4.4). */
import { MINUTE } from '../clock.ts'

/** An instrumentation that was silent for so long gives its place to another. */
const SILENCE_MS = 15 * MINUTE

interface Active {
  readonly scope: string
  readonly rank: number
  seenAt: number
}

export interface ActiveScopes {
  /**
   * Whether a scope's points of one service and provider count now. A better one that comes later takes over at its next
   * export: what it counted before, the other has counted too.
   */
  counts(about: string, scope: { readonly name: string; readonly rank: number }, now: number): boolean
  /** Scopes whose points were left out, with the one that counts instead. */
  passedOver(): readonly { readonly about: string; readonly scope: string; readonly instead: string }[]
}

export function createActiveScopes(): ActiveScopes {
  const active = new Map<string, Active>()
  const others = new Map<string, { about: string; scope: string }>()

  return {
    counts(about, { name, rank }, now) {
      const current = active.get(about)
      if (current?.scope === name) {
        current.seenAt = now
        return true
      }
      const isFree = current === undefined || now - current.seenAt > SILENCE_MS
      if (isFree || rank < current.rank) {
        active.set(about, { scope: name, rank, seenAt: now })
        others.delete(`${about}/${name}`)
        if (current !== undefined && !isFree)
          others.set(`${about}/${current.scope}`, { about, scope: current.scope })
        return isFree
      }
      others.set(`${about}/${name}`, { about, scope: name })
      return false
    },
    passedOver: () =>
      [...others.values()].map((one) => ({ ...one, instead: active.get(one.about)?.scope ?? '' })),
  }
}
