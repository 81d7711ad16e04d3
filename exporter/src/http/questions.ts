/** The questions that this server passes on, as it needs them; the composition root gives the real ones. */

/** A parsed query string; a repeated parameter is an array. */
export type QueryParameters = Readonly<Record<string, string | readonly string[] | undefined>>

/**
 * Each throws or rejects with QUERY_INVALID (or another coded error) for parameters that it cannot answer. Where `teams`
 * is given, only what belongs to them is counted or named.
 */
export interface Questions {
  /** `GET /api/v1/query`; JSON text. */
  query(parameters: QueryParameters, teams: Teams): Promise<string>
  /** `GET /api/v1/summary`; JSON text. */
  summary(parameters: QueryParameters, teams: Teams): Promise<string>
  /** `GET /api/v1/sources`; a JSON value. */
  sources(): object
  /** `GET /api/v1/live`; a JSON value. */
  live(parameters: QueryParameters, teams: Teams): object
  /** `GET /api/v1/calls/top`; a JSON value. */
  calls(parameters: QueryParameters, teams: Teams): Promise<object>
  /** `GET /api/v1/reconciliation`; a JSON value. */
  reconciliation(parameters: QueryParameters): Promise<object>
  /** `GET /api/v1/user/usage`; JSON text. */
  userUsage(parameters: QueryParameters, teams: Teams): Promise<string>
  /** `GET /v1/usage`: JSON text, because its money is written as exact number literals. */
  usageV1(parameters: QueryParameters, teams: Teams): Promise<string>
}

export type Teams = readonly string[] | undefined

/** A query string may hold this many parameters. */
export const MOST_PARAMETERS = 100

/**
 * The parameters of a request's address, or undefined where there are more than {@link MOST_PARAMETERS}.
 *
 * @param url path and query string, such as `/api/v1/query?group_by=model&group_by=team`
 */
export function readParameters(url: string): QueryParameters | undefined {
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
