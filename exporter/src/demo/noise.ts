/** Repeatable noise for the simulation: the same numbers on every machine, in every Node version, after every restart. */

/**
 * A number in [0, 1) that depends on nothing but its arguments. Integer arithmetic only (the mixing steps of
 * MurmurHash3), because the results of Math.pow or Math.sin may differ between engines.
 *
 * @param seed and @param parts whole numbers; their lowest 32 bits count
 */
export function noise(seed: number, ...parts: readonly number[]): number {
  let hash = seed | 0
  for (const part of parts) {
    hash ^= Math.imul(rotate(Math.imul(part, 0xcc9e2d51), 15), 0x1b873593)
    hash = (Math.imul(rotate(hash, 13), 5) + 0xe6546b64) | 0
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits))
}
