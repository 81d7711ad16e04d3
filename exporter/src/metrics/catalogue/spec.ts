/** What the table of metrics says about each, and the labels that many share. */

export interface MetricSpec {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  /** One line: what it tells, in which time, and what never to do with it. */
  readonly help: string
  /** Every label that a sample may have. */
  readonly labels: readonly string[]
  /** The unit of a sample's value; currencies are named by the label `currency`. */
  readonly unit: 'currency' | 'tokens' | 'requests' | 'seconds' | 'bytes' | 'ratio' | 'boolean' | 'count'
  /**
   * `arrival`: changes when an answer comes in. `event`: stands for when the usage happened. `now`: a state at the
   * moment of the scrape or of the last reading.
   */
  readonly time: 'arrival' | 'event' | 'now'
  /** Heading in the docs. */
  readonly group:
    | 'Usage counters'
    | 'Observed calls'
    | 'Usage gauges'
    | 'Budgets'
    | 'Sources'
    | 'Accounts, keys and prices'
    | 'The service itself'
}

export const ACCOUNT_LABELS: readonly string[] = ['provider', 'account']

/** `user` and `endpoint` are used only where the configuration turns them on. */
export const USAGE_LABELS: readonly string[] = [
  ...ACCOUNT_LABELS,
  'project',
  'team',
  'api_key',
  'user',
  'endpoint',
  'model',
]

/** The twins by model come from a cut without keys. */
export const USAGE_LABELS_BY_MODEL: readonly string[] = USAGE_LABELS.filter((label) => label !== 'api_key')

/** Why the twins by model exist, and the one thing never to do with them. */
export const TWIN_HELP =
  'The same money by model, where it cannot be split by key and model at once: never add the two.'
