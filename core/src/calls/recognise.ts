/** Which requests are calls of a model: told by host and path, never by what is in them. */
import { providerOfHost, type CallProvider } from './providers.ts'
import type { Operation } from './usage.ts'

/** What the user says of an address that is not a provider's own. */
export interface Gateway {
  /** Every request whose address begins with it goes through the gateway. */
  readonly url: URL
  readonly provider: CallProvider
}

export interface Target {
  readonly provider: CallProvider
  readonly operation: Operation
  /** The path from the API's version on, without what identifies anything: `/v1/chat/completions`. */
  readonly endpoint: string
  readonly host: string
  readonly port: number
  /** Where the path names the model (Azure's deployments, Gemini). */
  readonly model: string | undefined
}

interface Endpoint {
  readonly path: RegExp
  readonly operation: Operation
  readonly endpoint: string
}

const ENDPOINTS: readonly Endpoint[] = [
  { path: /\/chat\/completions$/, operation: 'chat', endpoint: '/v1/chat/completions' },
  { path: /\/responses$/, operation: 'responses', endpoint: '/v1/responses' },
  { path: /\/messages$/, operation: 'chat', endpoint: '/v1/messages' },
  { path: /\/embeddings$/, operation: 'embeddings', endpoint: '/v1/embeddings' },
  { path: /\/images\/generations$/, operation: 'image_generation', endpoint: '/v1/images/generations' },
  { path: /\/images\/edits$/, operation: 'image_generation', endpoint: '/v1/images/edits' },
  { path: /\/images\/variations$/, operation: 'image_generation', endpoint: '/v1/images/variations' },
  { path: /\/audio\/speech$/, operation: 'audio', endpoint: '/v1/audio/speech' },
  { path: /\/audio\/transcriptions$/, operation: 'audio', endpoint: '/v1/audio/transcriptions' },
  { path: /\/audio\/translations$/, operation: 'audio', endpoint: '/v1/audio/translations' },
  { path: /\/completions$/, operation: 'text_completion', endpoint: '/v1/completions' },
  { path: /:(?:streamG|g)enerateContent$/, operation: 'generate_content', endpoint: ':generateContent' },
  { path: /:(?:batchE|e)mbedContents?$/, operation: 'embeddings', endpoint: ':embedContent' },
]

/**
 * The call that a POST to `url` is, or undefined.
 *
 * @param gateways the most specific first
 */
export function recognise(url: URL, gateways: readonly Gateway[]): Target | undefined {
  const provider = providerOf(url, gateways)
  if (provider === undefined) return undefined
  const path =
    url.pathname.length > 1 && url.pathname.endsWith('/') ? url.pathname.slice(0, -1) : url.pathname
  const endpoint = ENDPOINTS.find((candidate) => candidate.path.test(path))
  if (endpoint === undefined) return undefined
  return {
    provider,
    operation: endpoint.operation,
    endpoint: endpoint.endpoint,
    host: url.hostname,
    port: url.port === '' ? (url.protocol === 'http:' ? 80 : 443) : Number(url.port),
    model: /\/(?:deployments|models)\/([^/:]+)[/:]/.exec(path)?.[1],
  }
}

function providerOf(url: URL, gateways: readonly Gateway[]): CallProvider | undefined {
  for (const gateway of gateways) {
    if (gateway.url.host !== url.host) continue
    const base = gateway.url.pathname.replace(/\/$/, '')
    if (url.pathname === base || url.pathname.startsWith(`${base}/`)) return gateway.provider
  }
  return providerOfHost(url.hostname)
}
