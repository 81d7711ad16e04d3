/** How long a prepaid balance lasts at the rate of the last seven days that are in. */
import { toNumber } from '@usage-explorer/core/amount'
import { DAY, SECOND } from '../clock.ts'
import type { LedgerFacts } from '../ledger/ledger.ts'
import type { Sample } from '../metrics/snapshot.ts'

const WINDOW = '7d'
const WINDOW_SECONDS = (7 * DAY) / SECOND

/**
 * One sample an account and currency whose `live` balance and last seven days are both known; none where nothing was
 * spent, because then no end is in sight. An overdrawn balance lasts 0 s.
 *
 * @param windowCosts samples of `llm_usage_window_cost`
 */
export function runwaySamples(windowCosts: readonly Sample[], levels: LedgerFacts['levels']): Sample[] {
  return levels.flatMap(({ provider, account, family, kind, currency, amount }): Sample[] => {
    if (family !== 'balance' || kind !== 'live') return []
    const spent = windowCosts
      .filter(
        ({ labels }) =>
          labels['window'] === WINDOW &&
          labels['provider'] === provider &&
          labels['account'] === account &&
          labels['currency'] === currency,
      )
      .reduce((sum, { value }) => sum + value, 0)
    if (spent <= 0) return []
    const value = Math.max(0, (toNumber(amount) / spent) * WINDOW_SECONDS)
    return [{ labels: { provider, account, kind }, value }]
  })
}
