/** The endpoints under /auth: the management key itself, API keys with their pages, models with their prices. */
import { z } from 'zod'
import { keysAt, MANAGEMENT_KEY, ORGANISATION, TEAM_ID, USERS, type DemoKey } from './organisation.ts'
import { CACHED_PROMPT, COMPLETION, PRODUCTS, PROMPT, SEARCH_TICKS, type Product } from './products.ts'

/** `/auth/management-keys/validation`. */
export function managementKeyDocument(): object {
  return {
    apiKeyId: 'demo-management-key-id',
    teamId: TEAM_ID,
    scope: 'SCOPE_TEAM',
    scopeId: TEAM_ID,
    ownerUserId: USERS.engineering,
    createTime: '2024-11-04T09:00:00.000000Z',
    modifyTime: '2024-11-04T09:00:00.000000Z',
    name: `${ORGANISATION} usage reader`,
    acls: ['team-token:endpoint:BillingRead', 'team-token:endpoint:ListApiKeys'],
    redactedApiKey: `xai-token-...${MANAGEMENT_KEY.slice(-4)}`,
    ipRanges: null,
  }
}

const keysQuery = z.object({
  pageSize: z.coerce.number().int().min(1).optional(),
  paginationToken: z
    .string()
    .regex(/^(from-\d+)?$/)
    .optional(),
  activeOnly: z.enum(['true', 'false']).optional(),
})

/**
 * `/auth/teams/{teamId}/api-keys`: everything in one page unless `pageSize` is given; the last page has no token.
 *
 * @returns undefined where the query is malformed
 */
export function apiKeysDocument(query: unknown, now: number, historyMs: number): object | undefined {
  const parsed = keysQuery.safeParse(query)
  if (!parsed.success) return undefined
  const { pageSize = Infinity, paginationToken = '', activeOnly } = parsed.data
  const isDisabled = (key: DemoKey): boolean => (key.disabledAt ?? Infinity) <= now
  const keys = keysAt(now, historyMs).filter((key) => activeOnly !== 'true' || !isDisabled(key))
  const from = Number(paginationToken.slice('from-'.length))
  const to = from + pageSize
  const apiKeys = keys.slice(from, to).map((key) => ({
    redactedApiKey: key.redacted,
    userId: key.userId,
    name: key.name,
    createTime: new Date(key.createdAt).toISOString(),
    modifyTime: new Date(isDisabled(key) ? (key.disabledAt ?? 0) : key.createdAt).toISOString(),
    teamId: TEAM_ID,
    apiKeyId: key.id,
    // xAI documents a boolean and answers with a string; likewise the spelling of the last field.
    disabled: String(isDisabled(key)),
    qps: 8,
    qpm: 480,
    tpm: '2000000',
    acl_strings: ['api-key:endpoint:*', 'api-key:model:*'],
  }))
  return to < keys.length ? { apiKeys, paginationToken: `from-${to}` } : { apiKeys }
}

/** `/auth/teams/{teamId}/models`. */
export function modelsDocument(): object {
  const ofKind = (kind: Product['kind']): Product[] => Object.values(PRODUCTS).filter((p) => p.kind === kind)
  return {
    clusterConfigs: [
      {
        clusterName: 'us-east-1',
        languageModels: ofKind('language').map((product) => ({
          ...modelHead(product),
          inputModalities: ['TEXT'],
          outputModalities: ['TEXT'],
          promptTextTokenPrice: price(product, PROMPT),
          promptImageTokenPrice: '0',
          promptTextTokenPriceLongContext: '0',
          cachedPromptTokenPrice: price(product, CACHED_PROMPT),
          completionTextTokenPrice: price(product, COMPLETION),
          completionTokenPriceLongContext: '0',
          // Cents per 1000 searches.
          searchPrice: String(SEARCH_TICKS / 100_000),
          maxPromptLength: 256_000,
          features: { functionCalling: true, structuredOutputs: true, reasoning: product.units.length > 3 },
        })),
        embeddingModels: [],
        imageGenerationModels: ofKind('image').map((product) => ({
          ...modelHead(product),
          inputModalities: ['TEXT'],
          outputModalities: ['IMAGE'],
          imagePrice: price(product, 'Images'),
        })),
        audioModels: [],
        videoGenerationModels: ofKind('video').map((product) => ({
          ...modelHead(product),
          inputModalities: ['TEXT'],
          outputModalities: ['VIDEO'],
          videoPrice: price(product, 'Video seconds'),
        })),
      },
    ],
  }
}

function modelHead({ model, aliases }: Product): object {
  return { name: model, version: '1.0', aliases, rps: '8', rpm: '480', tpm: '2000000', cluster: 'us-east-1' }
}

function price(product: Product, unitType: string): string {
  return String(product.units.find((unit) => unit.unitType === unitType)?.ticks ?? 0)
}
