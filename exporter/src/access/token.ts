/** What a token is, how it is written and what is kept of it. Pure. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/**
 * - `metrics`: `/metrics` and nothing else, for Prometheus
 * - `read`: `/metrics` and every question, for Grafana and people
 * - `ingest`: sending what instrumented apps observe
 * - `admin`: everything
 */
export const SCOPES = ['metrics', 'read', 'ingest', 'admin'] as const
export type Scope = (typeof SCOPES)[number]

/** All that is known of a token once it was shown. */
export interface Token {
  /** Names it in lists and to revoke it; a part of its text, not secret. */
  readonly id: string
  readonly scope: Scope
  /** Only what belongs to these teams; undefined: everything. Never empty. */
  readonly teams: readonly string[] | undefined
  /** What its maker calls it. */
  readonly name: string | undefined
  /** ms since the epoch. */
  readonly createdAt: number
}

/** As it is stored. */
export interface StoredToken extends Token {
  /** SHA-256 of the whole text, hexadecimal. The text has 256 random bits, so no slow hash is needed. */
  readonly sha256: string
}

const ALLOWS: Readonly<Record<Scope, readonly Scope[]>> = {
  metrics: ['metrics'],
  read: ['read', 'metrics'],
  ingest: ['ingest'],
  admin: SCOPES,
}

/** Whether a token of scope `held` may do what needs `needed`. */
export function allows(held: Scope, needed: Scope): boolean {
  return ALLOWS[held].includes(needed)
}

/** A new token's id and text, such as `ue_1f2e3d4c_…`: the prefix lets secret scanners find leaked ones. */
export function generateToken(): { readonly id: string; readonly text: string } {
  const id = randomBytes(4).toString('hex')
  return { id, text: `ue_${id}_${randomBytes(32).toString('base64url')}` }
}

export function hashToken(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** The stored token whose text this is. Compares in constant time, so that no answer's delay tells a hash. */
export function findToken(stored: readonly StoredToken[], text: string): StoredToken | undefined {
  const given = Buffer.from(hashToken(text), 'hex')
  let found: StoredToken | undefined
  for (const token of stored) {
    const known = Buffer.from(token.sha256, 'hex')
    if (known.length === given.length && timingSafeEqual(known, given)) found = token
  }
  return found
}
