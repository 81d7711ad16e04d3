/** What is known of accounts besides usage: balances, limits, prices and keys. */
import { toNumber } from '@usage-explorer/core/amount'
import { SECOND } from '../../clock.ts'
import type { Identity } from '../../identity/identity.ts'
import type { Ledger, LedgerFacts, Series } from '../../ledger/ledger.ts'
import type { Contributor, Family, Labels, Sample } from '../snapshot.ts'

type LevelFact = LedgerFacts['levels'][number]
type PriceFact = LedgerFacts['prices'][number]
type KeyFact = LedgerFacts['names'][number]

/** What providers call their limits, as what is counted and in which time. */
const RATE_LIMITS: Readonly<Record<string, { kind: string; window: string }>> = {
  rps: { kind: 'requests', window: 'second' },
  rpm: { kind: 'requests', window: 'minute' },
  rph: { kind: 'requests', window: 'hour' },
  rpd: { kind: 'requests', window: 'day' },
  tpm: { kind: 'tokens', window: 'minute' },
  tpd: { kind: 'tokens', window: 'day' },
  itpm: { kind: 'input_tokens', window: 'minute' },
  otpm: { kind: 'output_tokens', window: 'minute' },
}

/** Facts are the same object until they change, and so are the families made of them. */
export function contributeAccounts(ledger: Pick<Ledger, 'facts'>, identity: Identity): Contributor {
  let known: { facts: LedgerFacts; families: readonly Family[] } | undefined

  return (now) => {
    const facts = ledger.facts()
    if (known?.facts !== facts) {
      const keys = facts.names.filter((name) => name.kind === 'api_key')
      const infos = keys.map((key) => ({ labels: infoLabels(key, identity), value: 1 }))
      known = {
        facts,
        families: [
          ...levelFamilies(facts.levels),
          { name: 'llm_api_key_info', samples: infos },
          { name: 'llm_api_key_first_seen_timestamp_seconds', samples: keys.map(firstSeen) },
          { name: 'llm_model_price', samples: facts.prices.map(price) },
        ],
      }
    }
    return [...known.families, { name: 'llm_price_age_seconds', samples: priceAges(facts.prices, now) }]
  }
}

function levelFamilies(levels: readonly LevelFact[]): Family[] {
  const samples = (family: LevelFact['family'], toSample: (level: LevelFact) => Sample): Sample[] =>
    levels.filter((level) => level.family === family).map(toSample)
  const money = ({ provider, account, kind, currency, amount }: LevelFact): Sample => ({
    labels: { provider, account, kind, currency },
    value: toNumber(amount),
  })
  return [
    { name: 'llm_account_balance', samples: samples('balance', money) },
    { name: 'llm_account_spending_limit', samples: samples('spending_limit', money) },
    {
      name: 'llm_rate_limit',
      samples: samples('rate_limit', ({ provider, account, model, kind, amount }) => ({
        labels: { provider, account, model: model ?? '', ...(RATE_LIMITS[kind] ?? { kind, window: '' }) },
        value: toNumber(amount),
      })),
    },
  ]
}

function infoLabels(key: KeyFact, identity: Identity): Labels {
  const { provider, account, id } = key
  // A series that no cut holds, so that a key resolves just as its usage does.
  const series: Series = { id: 0, cutId: 0, stated: { api_key: id }, measure: 'cost', currency: '' }
  const { team, owner, environment } = identity.resolve({ provider, account, source: '' }, series)
  return {
    provider,
    account,
    api_key: id,
    name: identity.displayName('api_key', { provider, account, id }) ?? '',
    redacted: key.redacted ?? '',
    team,
    owner,
    environment,
    disabled: String(key.disabled),
    listed: String(key.listed),
  }
}

function firstSeen({ provider, account, id, firstSeenAt }: KeyFact): Sample {
  return { labels: { provider, account, api_key: id }, value: firstSeenAt / SECOND }
}

function price({ provider, account, model, type, tier, currency, perUnit }: PriceFact): Sample {
  return { labels: { provider, account, model, cost_type: type, tier, currency }, value: toNumber(perUnit) }
}

function priceAges(prices: readonly PriceFact[], now: number): Sample[] {
  const newest = new Map<string, { provider: string; account: string; seenAt: number }>()
  for (const { provider, account, seenAt } of prices) {
    const key = JSON.stringify([provider, account])
    if (seenAt > (newest.get(key)?.seenAt ?? -Infinity)) newest.set(key, { provider, account, seenAt })
  }
  return [...newest.values()].map(({ provider, account, seenAt }) => ({
    labels: { provider, account },
    value: (now - seenAt) / SECOND,
  }))
}
