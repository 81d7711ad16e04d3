/** Who asks, and what that one may see and do. */
import { UsageExplorerError } from '../errors.ts'
import { allows, type Scope } from './token.ts'

export interface Viewer {
  /** undefined: nobody said who they are, which is enough to read on loopback. */
  readonly scope: Scope | undefined
  /** Only these teams; undefined: everything. */
  readonly teams: readonly string[] | undefined
}

/** What a route needs. */
export type Access =
  /** Anybody, from anywhere. */
  | 'open'
  | {
      readonly scope: Scope
      /** What a token tied to teams gets: only what is theirs, or nothing. */
      readonly teams: 'limited' | 'refused'
    }

/** Whoever may open the socket in the data folder, which only its owner can. */
export const LOCAL_ADMIN: Viewer = { scope: 'admin', teams: undefined }

/** Whoever asks over loopback without a token. */
export const ON_LOOPBACK: Viewer = { scope: undefined, teams: undefined }

/** Whoever asks from elsewhere without a token: of what is open to all, the barest answer. */
export const STRANGER: Viewer = { scope: undefined, teams: [] }

/** @throws UsageExplorerError TOKEN_REQUIRED, SCOPE_MISSING or TEAM_TOKEN_REFUSED */
export function checkAccess({ scope, teams }: Viewer, access: Exclude<Access, 'open'>): void {
  if (scope === undefined) {
    if (access.scope !== 'admin') return
    throw new UsageExplorerError('TOKEN_REQUIRED', 'this changes things, which needs a token of scope admin')
  }
  if (!allows(scope, access.scope)) {
    throw new UsageExplorerError(
      'SCOPE_MISSING',
      `this needs a token of scope ${access.scope}; it has ${scope}`,
    )
  }
  if (teams !== undefined && access.teams === 'refused') {
    throw new UsageExplorerError(
      'TEAM_TOKEN_REFUSED',
      'this shows whole accounts, and the token is tied to teams',
    )
  }
}
