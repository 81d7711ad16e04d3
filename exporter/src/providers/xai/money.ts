/** Balance and spending limits. Unlike usage, these endpoints speak in US cents, as strings. */
import { divide, fromInteger, type Amount } from '@usage-explorer/core/amount'
import type { JsonNode } from '@usage-explorer/core/json'
import { MINUTE } from '../../clock.ts'
import type { Level } from '../../usage/facts.ts'
import type { FactReader } from '../provider.ts'
import { BILLING_READ, type XaiAccount } from './account.ts'

const EVERY_MS: number = 10 * MINUTE

const LIMITS = {
  softSl: 'soft',
  effectiveSl: 'effective',
  hardSlAuto: 'hard',
  hardSlOverride: 'hard_override',
  effectiveHardSl: 'effective_hard',
} as const

/** Reads `{"val": "2250"}`, US cents, as US dollars. */
export function dollars(node: JsonNode): Amount {
  return divide(node.get('val').decimal().amount, fromInteger(100))
}

/**
 * The prepaid ledger. Its sign is inverted: credit is negative. It settles when a cycle closes, so its level is
 * `settled`; what is left now is estimated from the invoice preview as `live`.
 */
export function balanceReader(account: XaiAccount): FactReader {
  return levelsReader(account, 'xai.balance', 'prepaid/balance', (root) => [
    { family: 'balance', kind: 'settled', model: null, currency: 'USD', amount: -dollars(root.get('total')) },
  ])
}

export function spendingLimitsReader(account: XaiAccount): FactReader {
  return levelsReader(account, 'xai.spending_limits', 'postpaid/spending-limits', (root) => {
    const limits = root.get('spendingLimits')
    return Object.entries(LIMITS).flatMap(([field, kind]): Level[] => {
      const amount = limits.get(field).optional(dollars)
      return amount === null ? [] : [{ family: 'spending_limit', kind, model: null, currency: 'USD', amount }]
    })
  })
}

function levelsReader(
  account: XaiAccount,
  id: string,
  rest: string,
  read: (root: JsonNode) => Level[],
): FactReader {
  return {
    id,
    permission: BILLING_READ,
    everyMs: EVERY_MS,
    async read(signal) {
      const path = await account.billingPath(signal, rest)
      const { value, fetchedAt } = await account.client.get(path, read, { signal, permission: BILLING_READ })
      const { provider, name } = account.config
      return { facts: { provider, account: name, fetchedAt, levels: value } }
    },
  }
}
