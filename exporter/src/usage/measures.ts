/** What is counted, and the types that partition each measure (no type overlaps another). */

export const MEASURES = ['cost', 'tokens', 'requests', 'errors', 'tool_calls'] as const
export type Measure = (typeof MEASURES)[number]

export const TOKEN_TYPES = [
  'input',
  'cache_read',
  'cache_write',
  'output',
  'reasoning',
  'input_unsplit',
  'output_unsplit',
  'unsplit',
] as const

/** The type of a row whose answer was not split by type. */
export const UNSPLIT = 'unsplit'
