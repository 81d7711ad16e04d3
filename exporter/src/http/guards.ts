/** What every request must pass before anything else looks at it, and who it turns out to be from. */
import type { IncomingMessage } from 'node:http'
import { carriesProviderKey, givenToken } from '../access/credentials.ts'
import type { Token } from '../access/token.ts'
import {
  checkAccess,
  LOCAL_ADMIN,
  ON_LOOPBACK,
  STRANGER,
  type Access,
  type Viewer,
} from '../access/viewer.ts'
import { isLoopbackHost } from '../config/network.ts'
import { UsageExplorerError } from '../errors.ts'

/** Characters of path and query string. */
export const LONGEST_URL = 8192

const HOST_HEADER = /^(\[[^\]]+\]|[^:[\]]+)(?::\d{1,5})?$/

export interface GuardOptions {
  /** That the service was told to listen on. */
  readonly host: string
  /** @throws UsageExplorerError TOKENS_FAILED */
  readonly findToken: (text: string) => Token | undefined
  /** Whether the request came through the socket in the data folder. */
  readonly isLocal: (request: IncomingMessage) => boolean
}

/** Lets a request through and tells who asks, or throws. No message repeats what was sent. */
export type Guard = (request: IncomingMessage, access: Access) => Viewer

/**
 * The guard throws PROVIDER_KEY_REFUSED, REQUEST_TOO_LONG, HOST_REFUSED, TOKEN_REQUIRED, TOKEN_REFUSED, SCOPE_MISSING,
 * TEAM_TOKEN_REFUSED or TOKENS_FAILED.
 */
export function createGuard({ host, findToken, isLocal }: GuardOptions): Guard {
  const onLoopback = isLoopbackHost(host)

  const identify = (request: IncomingMessage): Viewer | undefined => {
    if (isLocal(request)) return LOCAL_ADMIN
    const text = givenToken(request.headers)
    if (text === undefined) return undefined
    const token = findToken(text)
    if (token === undefined) throw new UsageExplorerError('TOKEN_REFUSED', 'there is no such token')
    return token
  }

  return (request, access) => {
    if (carriesProviderKey(request.headers)) {
      throw new UsageExplorerError(
        'PROVIDER_KEY_REFUSED',
        'the request carried what looks like a provider API key; it was neither used nor logged',
      )
    }
    if ((request.url ?? '').length > LONGEST_URL) {
      throw new UsageExplorerError('REQUEST_TOO_LONG', `the address may have ${LONGEST_URL} characters`)
    }
    const known = identify(request)
    if (known === undefined && onLoopback && !isOwnHost(request.headers.host, host)) {
      // A page on another site can make a browser send requests here under its own name once that name resolves to
      // 127.0.0.1 (DNS rebinding). It cannot make the browser lie about the name, nor does it have a token.
      throw new UsageExplorerError('HOST_REFUSED', 'the Host header does not name this service')
    }
    if (access === 'open') return known ?? (onLoopback ? ON_LOOPBACK : STRANGER)
    if (known === undefined && !onLoopback) {
      throw new UsageExplorerError(
        'TOKEN_REQUIRED',
        'a token is required, because the service listens beyond loopback',
      )
    }
    const viewer = known ?? ON_LOOPBACK
    checkAccess(viewer, access)
    return viewer
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
