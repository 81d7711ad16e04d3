/** Tokens derived from what was billed and the list price. Whether they may be shown is for the questions to decide. */
import { divide, type Amount } from '@usage-explorer/core/amount'
import { modelAliases, parseDescription, resolveModel } from '@usage-explorer/core/models'
import { TOKEN_TYPES } from '@usage-explorer/core/tokens'
import { inTurns } from '../../turns.ts'
import type { UsageRecord } from '../../usage/record.ts'
import type { PriceList } from './account.ts'

export interface Derived {
  readonly records: UsageRecord[]
  /** Some billed tokens have no known price, so that their absence does not mean 0. */
  readonly complete: boolean
}

/**
 * Tokens behind cost records that state `description` and `type`: cost ÷ standard price of model and type.
 * Amounts are not rounded to whole tokens: a fraction shows that a price does not fit.
 */
export async function deriveTokens(costs: readonly UsageRecord[], list: PriceList): Promise<Derived> {
  const aliases = modelAliases(list.models)
  const standard = list.prices.filter(({ tier, currency }) => tier === 'standard' && currency === 'USD')
  const prices = new Map(standard.map(({ model, type, perUnit }) => [`${model} ${type}`, perUnit]))
  const listed = new Set(list.models.map(({ name }) => name))
  const soldByToken = new Set(standard.filter(({ type }) => type !== 'tool').map(({ model }) => model))
  const records: UsageRecord[] = []
  let complete = true
  await inTurns(costs, (cost) => {
    const type = cost.stated.type ?? 'unsplit'
    if (type === 'tool' || cost.amount === 0n) return
    const named = parseDescription(cost.stated.description ?? '').model
    if (named === '' && type === 'unsplit') return
    const model = resolveModel(named, aliases)
    if (listed.has(model) && !soldByToken.has(model)) return
    const perUnit = prices.get(`${model} ${type}`)
    if (perUnit === undefined || !TOKEN_TYPES.some((known) => known === type)) complete = false
    else records.push(toTokens(cost, perUnit))
  })
  return { records, complete }
}

function toTokens(cost: UsageRecord, perUnit: Amount): UsageRecord {
  return { ...cost, measure: 'tokens', currency: '', amount: divide(cost.amount, perUnit) }
}
