/** What is counted, and the types that partition each measure (no type overlaps another). */

/**
 * Times come as two measures each: their sum in seconds, and the calls that were timed, typed by the upper bound of the
 * bucket that each fell into, so that means and percentiles are exact sums away.
 */
export const MEASURES = [
  'cost',
  'tokens',
  'requests',
  'errors',
  'tool_calls',
  'duration',
  'duration_calls',
  'first_token',
  'first_token_calls',
] as const
export type Measure = (typeof MEASURES)[number]

/** The type of a row whose answer was not split by type. */
export const UNSPLIT = 'unsplit'
/** The type of requests that went well; others are typed by what went wrong. */
export const SUCCESS = 'success'
