/** What all readers of one xAI account share: the client, the team, the last price list. */
import type { ListedModel } from '@usage-explorer/core/models'
import type { AccountConfig } from '../../config/config.ts'
import { UsageExplorerError } from '../../errors.ts'
import type { PriceEntry } from '../../usage/facts.ts'
import type { SourceKey, SourceSpec } from '../../usage/source.ts'
import { HttpClient } from '../http.ts'
import type { AccountIdentity, ProviderDependencies } from '../provider.ts'

/** ACL that the billing endpoints need, "Billing: Read" in the console. */
export const BILLING_READ = 'team-token:endpoint:BillingRead'
/** ACL for listing a team's API keys. */
export const LIST_API_KEYS = 'team-token:endpoint:ListApiKeys'

export interface PriceList {
  readonly models: readonly ListedModel[]
  readonly prices: readonly PriceEntry[]
}

export class XaiAccount {
  readonly config: AccountConfig
  readonly client: HttpClient
  readonly now: () => number
  /** As the models reader last saw it; undefined until then. */
  priceList: PriceList | undefined
  #team: string | undefined

  constructor(config: AccountConfig, dependencies: ProviderDependencies) {
    this.config = config
    this.now = dependencies.now
    this.client = new HttpClient({
      baseUrl: config.url,
      credential: config.credential,
      timeoutMs: config.timeoutMs,
      ...dependencies,
    })
    this.#team = config.project
  }

  source(spec: SourceSpec): SourceKey {
    return { provider: this.config.provider, account: this.config.name, source: spec.id }
  }

  /** The team id, asked for where it is not known yet. */
  async team(signal: AbortSignal): Promise<string> {
    return this.#team ?? (await this.identify(signal)).project
  }

  async billingPath(signal: AbortSignal, rest: string): Promise<string> {
    return `/v1/billing/teams/${encodeURIComponent(await this.team(signal))}/${rest}`
  }

  async authPath(signal: AbortSignal, rest: string): Promise<string> {
    return `/auth/teams/${encodeURIComponent(await this.team(signal))}/${rest}`
  }

  /**
   * Asks the management key whose it is. A configured team wins; the key is then still asked for its permissions, but
   * a failure there only leaves them unknown (empty).
   */
  async identify(signal: AbortSignal): Promise<AccountIdentity> {
    const configured = this.config.project
    const validation = await this.#validate(signal).catch((error: unknown) => {
      signal.throwIfAborted()
      if (configured === undefined) throw error
      return { team: null, permissions: [] }
    })
    const project = configured ?? validation.team
    if (project === null) {
      throw new UsageExplorerError(
        'ACCOUNT_UNIDENTIFIED',
        `The management key of account ${this.config.name} belongs to an organization, not to one team; set XAI_TEAM_ID.`,
      )
    }
    this.#team = project
    return { project, projectName: null, permissions: validation.permissions }
  }

  async #validate(signal: AbortSignal): Promise<{ team: string | null; permissions: string[] }> {
    const { value } = await this.client.get(
      '/auth/management-keys/validation',
      (root) => {
        const permissions = root
          .get('acls', 'aclStrings')
          .optional((acls) => acls.items().map((acl) => acl.text()))
        const scope = root.get('scope').optional((node) => node.text())
        const scopeId = root.get('scopeId').optional((node) => node.text())
        // Deprecated in favour of scope and scopeId, and all that older answers have.
        const teamId = root.get('teamId').optional((node) => node.text())
        if (scope !== 'SCOPE_ORGANIZATION' && scopeId === null && teamId === null) {
          throw root.get('scopeId').unexpected('a team id')
        }
        const team = scope === 'SCOPE_ORGANIZATION' ? teamId : (scopeId ?? teamId)
        return { team, permissions: permissions ?? [] }
      },
      { signal },
    )
    return value
  }
}
