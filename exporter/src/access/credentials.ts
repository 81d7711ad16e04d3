/** What a request's headers hold of credentials. Nothing here is ever logged or repeated. */
import type { IncomingHttpHeaders } from 'node:http'

/** Keys as xAI, OpenAI, Anthropic and OpenRouter write them, whatever scheme or header they come in. */
const PROVIDER_KEY = /(?:^|[\s:"=])(?:xai|sk)-\S/i

export function carriesProviderKey(headers: IncomingHttpHeaders): boolean {
  const basic = basicPassword(headers.authorization)
  return [headers.authorization, headers['x-api-key'], basic]
    .flat()
    .some((value) => value !== undefined && PROVIDER_KEY.test(value))
}

/**
 * The token that a request gives: as Bearer (RFC 6750), or as the password of Basic (RFC 7617) because a browser can
 * send that. undefined where there is no Authorization header; '' where it holds neither.
 */
export function givenToken(headers: IncomingHttpHeaders): string | undefined {
  const { authorization } = headers
  if (authorization === undefined) return undefined
  return /^Bearer +(\S+) *$/i.exec(authorization)?.[1] ?? basicPassword(authorization) ?? ''
}

function basicPassword(authorization: string | undefined): string | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/_=-]+) *$/i.exec(authorization ?? '')?.[1]
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon < 0 ? undefined : text.slice(colon + 1)
}
