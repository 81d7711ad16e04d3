/** Sorts failed calls into few kinds, the same for every provider. */

export const ERROR_TYPES = [
  'rate_limit',
  'quota',
  'auth',
  'bad_request',
  'server',
  'timeout',
  'aborted',
  'network',
] as const
export type ErrorType = (typeof ERROR_TYPES)[number]

/** Words with which providers say that money ran out; the status alone does not tell (xAI: 403, OpenAI: 429). */
const OUT_OF_CREDIT =
  /insufficient_quota|insufficient credits|used all available credits|spending limit|enforced_spend_limit|credit balance is too low|billing_hard_limit/i

/**
 * The kind of an answer with this status, or undefined for a success.
 *
 * @param text what the body says, as far as it was read
 */
export function errorTypeOf(status: number, text = ''): ErrorType | undefined {
  if (status < 400) return undefined
  if (status === 402 || OUT_OF_CREDIT.test(text)) return 'quota'
  if (status === 429) return 'rate_limit'
  if (status === 401 || status === 403) return 'auth'
  if (status === 408 || status === 504 || status === 524) return 'timeout'
  return status < 500 ? 'bad_request' : 'server'
}

/** The kind of an error that a stream told after it began with a 200. */
export function streamErrorType(text: string): ErrorType {
  if (OUT_OF_CREDIT.test(text)) return 'quota'
  if (/rate_limit/i.test(text)) return 'rate_limit'
  if (/authentication|permission/i.test(text)) return 'auth'
  if (/timeout/i.test(text)) return 'timeout'
  return /invalid_request/i.test(text) ? 'bad_request' : 'server'
}

/** The kind of what `fetch` or a socket threw. */
export function thrownErrorType(thrown: unknown): ErrorType {
  const names: string[] = []
  for (let one = thrown, depth = 0; one instanceof Error && depth < 4; one = one.cause, depth++) {
    names.push(one.name, 'code' in one ? String(one.code) : '')
  }
  const text = names.join(' ')
  if (/timeout|ETIMEDOUT/i.test(text)) return 'timeout'
  return /abort|cancel/i.test(text) ? 'aborted' : 'network'
}
