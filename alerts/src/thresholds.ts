/** When alerts fire: every number of the rules, in one place. Change one, run `npm run alerts`, and load the rules again. */

export const THRESHOLDS = {
  /** Times what the budget allows in as much time. Six times for six hours is 5 % of a month's budget. */
  burnFast: 6,
  /** A slow burn is told only where the forecast is over the limit by so much. */
  forecastOver: 1.05,
  /** Per cents of a budget from which reaching a threshold is a warning, and critical. */
  budgetWarning: 0.8,
  budgetCritical: 1,
  /** Times what is usual for those six hours of the week, and so much more in units of the currency. */
  spikeTimes: 3,
  spikeFloor: 25,
  /** Share of calls that fail, over five minutes and over an hour, and the calls that an hour must have. */
  errorRatio: 0.05,
  errorCalls: 50,
  /** Share of a rate limit that is left, and share of calls that are refused for one. */
  headroom: 0.1,
  refusedRatio: 0.05,
  /** Seconds that prepaid credit still lasts. */
  runwayWarning: 7 * 86_400,
  runwayCritical: 2 * 86_400,
  /** Share of the provider's spending limit that the month has used. */
  limitWarning: 0.8,
  limitCritical: 0.95,
  /** Seconds that data may be late beyond what is usual for its source. */
  staleSeconds: 6 * 3600,

  /** Tokens of a team in a day. */
  tokensPerDay: 1e9,
  /** Times the same hours a week before. */
  latencyTimes: 2,
  /** Cost of a key in its first days, in units of the currency. */
  newKeyFloor: 10,
  newKeyDays: 7,
  unusedDays: 30,
  /** Share of the day's cost that fell outside office hours, and the cost that the day must have. */
  offHoursFloor: 50,
  /** Points by which the share of cached input fell against a week before. */
  cacheFall: 0.2,
  priceDays: 14,
  /** Tokens of a model in six hours of which no cost is known. */
  unpricedTokens: 100_000,
  /** Share of the bill that no app observed. */
  gapRatio: 0.2,
  diskFreeBytes: 2 * 1024 ** 3,
} as const
