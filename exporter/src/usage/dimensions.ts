/** What a record can be split by. Stated dimensions come from an answer; the others are resolved when read. */

/** Dimensions that an answer can state, in the order in which cuts and series keys list them. */
export const STATED_DIMENSIONS = [
  'project',
  'api_key',
  'user',
  'model',
  'endpoint',
  'service',
  'environment',
  'description',
  'service_tier',
  'batch',
  'context_window',
  'geo',
  'team',
  'price_source',
  'type',
] as const

/**
 * `type` is the kind within a measure: a cost type, a token type, an outcome. A cut that lacks it carries the
 * measure's unsplit part.
 */
export type StatedDimension = (typeof STATED_DIMENSIONS)[number]

/** Dimensions that a question can group and filter by. */
export const QUESTION_DIMENSIONS = [
  'provider',
  'account',
  'project',
  'team',
  'api_key',
  'user',
  'model',
  'endpoint',
  'service',
  'environment',
  'owner',
  'cost_centre',
  'currency',
  'type',
] as const

export type QuestionDimension = (typeof QUESTION_DIMENSIONS)[number]

/** The provider stated that it does not know (null in its answer). */
export const UNATTRIBUTED = 'unattributed'
/** No mapping in the configuration says whose it is. */
export const UNASSIGNED = 'unassigned'
/** Best source's total minus the rows taken. Never on counters. */
export const UNALLOCATED = 'unallocated'
/** The source gives a figure but cannot split it by this dimension. Never on counters. */
export const NOT_SPLIT = 'not_split'
/** Folded to keep cardinality bounded. */
export const OTHER = 'other'

/** Values of the dimensions that a cut holds; null is the provider's own null, a missing key was not asked. */
export type Stated = Readonly<Partial<Record<StatedDimension, string | null>>>
