/** What every request must pass before anything else looks at it. */
import type { IncomingMessage } from 'node:http'
import { isLoopbackHost } from '../config/network.ts'
import { UsageExplorerError } from '../errors.ts'

/** Characters of path and query string. */
export const LONGEST_URL = 8192

const HOST_HEADER = /^(\[[^\]]+\]|[^:[\]]+)(?::\d{1,5})?$/

/** Keys as xAI, OpenAI, Anthropic and OpenRouter write them, whatever scheme or header they come in. */
const PROVIDER_KEY = /(?:^|[\s:"=])(?:xai|sk)-\S/i

/**
 * Throws HOST_REFUSED, PROVIDER_KEY_REFUSED, METHOD_REFUSED or REQUEST_TOO_LONG; no message repeats what was sent.
 *
 * @param host that the service was told to listen on; loopback names and addresses pass anyway
 */
export function checkRequest(request: IncomingMessage, host: string): void {
  // A page on another site can make a browser send requests here under its own name once that name resolves to
  // 127.0.0.1 (DNS rebinding); it cannot make the browser lie about the name.
  if (!isOwnHost(request.headers.host, host)) {
    throw new UsageExplorerError('HOST_REFUSED', 'the Host header does not name this service')
  }
  const credentials = [request.headers.authorization, request.headers['x-api-key']].flat()
  if (credentials.some((value) => value !== undefined && PROVIDER_KEY.test(value))) {
    throw new UsageExplorerError(
      'PROVIDER_KEY_REFUSED',
      'the request carried what looks like a provider API key; it was neither used nor logged',
    )
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    throw new UsageExplorerError('METHOD_REFUSED', 'only GET and HEAD are answered')
  }
  if ((request.url ?? '').length > LONGEST_URL) {
    throw new UsageExplorerError('REQUEST_TOO_LONG', `the address may have ${LONGEST_URL} characters`)
  }
}

function isOwnHost(header: string | undefined, host: string): boolean {
  const named = HOST_HEADER.exec(header ?? '')?.[1]
  if (named === undefined) return false
  return isLoopbackHost(named) || bare(named) === bare(host)
}

function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1').toLowerCase()
}
