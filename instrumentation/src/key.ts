/** What tells API keys apart and gives none away. */
import { createHash } from 'node:crypto'

export interface KeyIdentity {
  /** The first 12 hexadecimal digits of its SHA-256. */
  readonly fingerprint: string
  /** As providers list it: the kind, and the last four characters (`xai-...3Xxp`). */
  readonly redacted: string
}

/** A process uses few keys; one that is given thousands serves others' keys, and forgets. */
const MOST_KNOWN = 1000
const known = new Map<string, KeyIdentity>()

/** Undefined where there is no key, or one too short to leave four characters of it standing. */
export function identifyKey(secret: string | undefined): KeyIdentity | undefined {
  if (secret === undefined || secret.length < 16) return undefined
  const before = known.get(secret)
  if (before !== undefined) return before
  if (known.size >= MOST_KNOWN) known.clear()
  const identity = {
    fingerprint: createHash('sha256').update(secret).digest('hex').slice(0, 12),
    redacted: `${/^[a-z]{2,6}-/.exec(secret)?.[0] ?? ''}...${secret.slice(-4)}`,
  }
  known.set(secret, identity)
  return identity
}

/** The key in a request's headers. */
export function secretIn(header: (name: string) => string | undefined): string | undefined {
  const authorization = header('authorization')
  if (authorization?.slice(0, 7).toLowerCase() === 'bearer ') return authorization.slice(7).trim()
  return header('x-api-key') ?? header('api-key') ?? header('x-goog-api-key')
}
