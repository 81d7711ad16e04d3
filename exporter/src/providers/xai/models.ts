/** Models, list prices and rate limits of a team: GET /auth/teams/{team_id}/models. */
import { divide, fromInteger, type Amount } from '@usage-explorer/core/amount'
import type { JsonNode } from '@usage-explorer/core/json'
import { HOUR } from '../../clock.ts'
import type { Level, NameEntry, PriceEntry } from '../../usage/facts.ts'
import type { FactReader } from '../provider.ts'
import type { XaiAccount } from './account.ts'

const MODEL_LISTS = [
  'languageModels',
  'embeddingModels',
  'imageGenerationModels',
  'audioModels',
  'videoGenerationModels',
]

/** `*TokenPrice` is in US cents per 100 million tokens: "2000" is $0.20 per million. */
const TOKENS_PER_DOLLAR_PRICE: Amount = fromInteger(100 * 100_000_000)
/** `searchPrice` is in US cents per thousand. */
const SEARCHES_PER_DOLLAR_PRICE: Amount = fromInteger(100 * 1000)

/** Field, cost type, tier. Reasoning is billed as completion. Prices of images and videos are not per token: left out. */
const PRICES: readonly (readonly [field: string, type: string, tier: string, divisor: Amount])[] = [
  ['promptTextTokenPrice', 'input', 'standard', TOKENS_PER_DOLLAR_PRICE],
  ['cachedPromptTokenPrice', 'cache_read', 'standard', TOKENS_PER_DOLLAR_PRICE],
  ['completionTextTokenPrice', 'output', 'standard', TOKENS_PER_DOLLAR_PRICE],
  ['completionTextTokenPrice', 'reasoning', 'standard', TOKENS_PER_DOLLAR_PRICE],
  ['promptTextTokenPriceLongContext', 'input', 'long_context', TOKENS_PER_DOLLAR_PRICE],
  ['completionTokenPriceLongContext', 'output', 'long_context', TOKENS_PER_DOLLAR_PRICE],
  ['completionTokenPriceLongContext', 'reasoning', 'long_context', TOKENS_PER_DOLLAR_PRICE],
  ['searchPrice', 'tool', 'standard', SEARCHES_PER_DOLLAR_PRICE],
]

const RATE_LIMITS = ['rps', 'rpm', 'rph', 'rpd', 'tpm']

interface ModelFacts {
  readonly names: NameEntry[]
  readonly prices: PriceEntry[]
  readonly levels: Level[]
}

export function modelsReader(account: XaiAccount): FactReader {
  return {
    id: 'xai.models',
    permission: null,
    everyMs: HOUR,
    async read(signal) {
      const path = await account.authPath(signal, 'models')
      const { value, fetchedAt } = await account.client.get(path, readModels, { signal })
      account.priceList = {
        models: value.names.map(({ id, aliases }) => ({ name: id, aliases })),
        prices: value.prices,
      }
      return {
        facts: { provider: account.config.provider, account: account.config.name, fetchedAt, ...value },
      }
    },
  }
}

/**
 * Models of all clusters. Usage does not tell its cluster, so a price on which clusters differ is left out, and of
 * limits the lowest counts.
 */
function readModels(root: JsonNode): ModelFacts {
  const names = new Map<string, NameEntry>()
  const prices = new Map<string, PriceEntry | undefined>()
  const levels = new Map<string, Level>()
  const models = root
    .get('clusterConfigs')
    .items()
    .flatMap((config) =>
      MODEL_LISTS.flatMap((list) => config.get(list).optional((node) => node.items()) ?? []),
    )
  for (const model of models) {
    const name = readName(model, names)
    names.set(name.id, name)
    for (const price of readPrices(model, name.id)) {
      const key = `${price.model} ${price.type} ${price.tier}`
      const agrees = !prices.has(key) || prices.get(key)?.perUnit === price.perUnit
      prices.set(key, agrees ? price : undefined)
    }
    for (const level of readLimits(model, name.id)) {
      const key = `${name.id} ${level.kind}`
      const other = levels.get(key)
      if (other === undefined || level.amount < other.amount) levels.set(key, level)
    }
  }
  return {
    names: [...names.values()],
    prices: [...prices.values()].filter((price) => price !== undefined),
    levels: [...levels.values()],
  }
}

function readName(model: JsonNode, known: ReadonlyMap<string, NameEntry>): NameEntry {
  const id = model.get('name').text()
  const aliases = model.get('aliases').optional((node) => node.items().map((alias) => alias.text())) ?? []
  return {
    kind: 'model',
    id,
    name: null,
    redacted: null,
    userId: null,
    disabled: false,
    createdAt: null,
    expiresAt: null,
    aliases: [...new Set([...(known.get(id)?.aliases ?? []), ...aliases])],
  }
}

/** A price of "0" says that the model is not sold by that unit (see image and long-context prices), not that it is free. */
function readPrices(model: JsonNode, name: string): PriceEntry[] {
  return PRICES.flatMap(([field, type, tier, divisor]) => {
    const price = model.get(field).optional((node) => node.decimal().amount) ?? 0n
    return price > 0n ? [{ model: name, type, tier, currency: 'USD', perUnit: divide(price, divisor) }] : []
  })
}

/** "0" means no limit. */
function readLimits(model: JsonNode, name: string): Level[] {
  return RATE_LIMITS.flatMap((kind) => {
    const limit = model.get(kind).optional((node) => node.decimal().amount) ?? 0n
    return limit > 0n
      ? [{ family: 'rate_limit' as const, kind, model: name, currency: '', amount: limit }]
      : []
  })
}
