/**
 * Tokens on disk: `<data dir>/tokens/<id>.json`, one file each, so that commands beside the running service add and
 * revoke them without a lock.
 */
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { UsageExplorerError } from '../errors.ts'
import {
  findToken,
  generateToken,
  hashToken,
  SCOPES,
  type Scope,
  type StoredToken,
  type Token,
} from './token.ts'

export interface TokenOrder {
  readonly scope: Scope
  /** undefined: every team. */
  readonly teams: readonly string[] | undefined
  readonly name: string | undefined
  /** ms since the epoch. */
  readonly now: number
}

const ID = /^[0-9a-f]{8}$/

const STORED = z.strictObject({
  id: z.string().regex(ID),
  scope: z.enum(SCOPES),
  teams: z.array(z.string().min(1)).min(1).nullable(),
  name: z.string().nullable(),
  createdAt: z.number(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})

/**
 * Makes a token. `text` is not kept anywhere: show it once.
 *
 * @param dataDir is made if it is missing
 * @throws UsageExplorerError TOKENS_FAILED where the folder cannot be written
 */
export function createToken(
  dataDir: string,
  { scope, teams, name, now }: TokenOrder,
): { readonly token: Token; readonly text: string } {
  const { id, text } = generateToken()
  const token: Token = { id, scope, teams, name, createdAt: now }
  const stored = { ...token, teams: teams ?? null, name: name ?? null, sha256: hashToken(text) }
  attempt(() => {
    const folder = folderOf(dataDir)
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    // A reader must never meet half a file.
    const unfinished = join(folder, `${id}.new`)
    try {
      writeFileSync(unfinished, `${JSON.stringify(stored, undefined, 2)}\n`, {
        mode: 0o600,
        flag: 'wx',
        flush: true,
      })
      renameSync(unfinished, join(folder, `${id}.json`))
    } catch (thrown) {
      rmSync(unfinished, { force: true })
      throw thrown
    }
  })
  return { token, text }
}

/**
 * All tokens, the oldest first.
 *
 * @throws UsageExplorerError TOKENS_FAILED where a file cannot be read or is not a token
 */
export function listTokens(dataDir: string): readonly Token[] {
  return readTokens(dataDir).map(({ id, scope, teams, name, createdAt }) => ({
    id,
    scope,
    teams,
    name,
    createdAt,
  }))
}

/**
 * From now on nothing is let in by it.
 *
 * @returns false where there is no such token
 * @throws UsageExplorerError TOKENS_FAILED where the folder cannot be written
 */
export function revokeToken(dataDir: string, id: string): boolean {
  if (!ID.test(id)) return false
  return attempt(() => {
    try {
      rmSync(join(folderOf(dataDir), `${id}.json`))
      return true
    } catch (thrown) {
      if (isMissing(thrown)) return false
      throw thrown
    }
  })
}

/** Finds the token that a text is. Reads the folder again whenever a token was added or revoked. */
export function tokenFinder(dataDir: string): (text: string) => Token | undefined {
  let known: { readonly changedAt: bigint | undefined; readonly tokens: readonly StoredToken[] } | undefined
  return (text) => {
    // Both a rename into the folder and a removal change its time.
    const changedAt = attempt(
      () => statSync(folderOf(dataDir), { bigint: true, throwIfNoEntry: false })?.mtimeNs,
    )
    if (known === undefined || known.changedAt !== changedAt)
      known = { changedAt, tokens: readTokens(dataDir) }
    return findToken(known.tokens, text)
  }
}

function readTokens(dataDir: string): StoredToken[] {
  const folder = folderOf(dataDir)
  const tokens = attempt(() => {
    const names = namesIn(folder).filter((name) => name.endsWith('.json'))
    return names.flatMap((name) => readToken(join(folder, name)) ?? [])
  })
  return tokens.sort((a, b) => a.createdAt - b.createdAt)
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (thrown) {
    if (isMissing(thrown)) return []
    throw thrown
  }
}

/** undefined where it was revoked since the folder was listed. */
function readToken(path: string): StoredToken | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (thrown) {
    if (isMissing(thrown)) return undefined
    throw thrown
  }
  const { teams, name, ...rest } = STORED.parse(JSON.parse(text))
  return { ...rest, teams: teams ?? undefined, name: name ?? undefined }
}

function attempt<T>(action: () => T): T {
  try {
    return action()
  } catch (cause) {
    // The cause may quote a file; which one and why is enough.
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'not a token file'
    throw new UsageExplorerError('TOKENS_FAILED', `the folder of tokens cannot be used: ${code}`, { cause })
  }
}

function isMissing(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT'
}

function folderOf(dataDir: string): string {
  return join(dataDir, 'tokens')
}
