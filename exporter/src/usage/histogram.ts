/** The one layout in which times are kept, whatever layout they come in. */

/**
 * Upper bounds in seconds: those of the semantic conventions' `gen_ai.client.operation.duration`, and two more, because
 * reasoning models take longer than 82 s.
 */
export const TIME_BOUNDS: readonly number[] = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92, 163.84, 327.68,
]

/** Type of the bucket that has no upper bound. */
const LAST = '+Inf'

/** Type of the bucket that a time falls into: its upper bound, as Prometheus' `le` writes it. */
export function bucketOf(seconds: number): string {
  const bound = TIME_BOUNDS.find((one) => seconds <= one)
  return bound === undefined ? LAST : String(bound)
}

/** All types of buckets, ascending. */
export const TIME_BUCKETS: readonly string[] = [...TIME_BOUNDS.map(String), LAST]
