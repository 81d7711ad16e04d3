/** The parameters of a request's address. */
import type { FastifyRequest } from 'fastify'
import { UsageExplorerError } from '../errors.ts'
import type { Parameters } from '../questions/parameters.ts'

/** A query string may hold this many parameters. */
export const MOST_PARAMETERS = 100

/**
 * The parameters of a request's address, or undefined where there are more than {@link MOST_PARAMETERS}.
 *
 * @param url path and query string, such as `/api/v1/query?group_by=model&group_by=team`
 */
function readParameters(url: string): Parameters | undefined {
  const start = url.indexOf('?')
  const pairs = [...new URLSearchParams(start === -1 ? '' : url.slice(start + 1))]
  if (pairs.length > MOST_PARAMETERS) return undefined
  const values = new Map<string, string | string[]>()
  for (const [name, value] of pairs) {
    const known = values.get(name)
    if (known === undefined) values.set(name, value)
    else if (typeof known === 'string') values.set(name, [known, value])
    else known.push(value)
  }
  return Object.fromEntries(values)
}

/** @throws UsageExplorerError QUERY_INVALID where there are more than {@link MOST_PARAMETERS} */
export function parametersOf(request: FastifyRequest): Parameters {
  const parameters = readParameters(request.url)
  if (parameters !== undefined) return parameters
  throw new UsageExplorerError('QUERY_INVALID', `at most ${MOST_PARAMETERS} parameters are read`)
}
