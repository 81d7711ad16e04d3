/** "Did you mean": the known word that a mistyped one was meant to be. */
import { closest, distance } from 'fastest-levenshtein'

/**
 * The candidate that differs from `word` by at most two letters and a third of its length; `undefined` where none does.
 * Letter case and `-` for `_` do not count. Only words this close to a known one may be repeated in a message: anything else
 * could be a secret in the wrong place.
 */
export function suggest(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > 100 || candidates.length === 0) return undefined
  const typed = normalise(word)
  const nearest = closest(typed, candidates.map(normalise))
  const best = candidates.find((candidate) => normalise(candidate) === nearest)
  if (best === undefined) return undefined
  return distance(typed, nearest) <= Math.min(2, Math.floor(best.length / 3)) ? best : undefined
}

function normalise(word: string): string {
  return word.toLowerCase().replaceAll('-', '_')
}
