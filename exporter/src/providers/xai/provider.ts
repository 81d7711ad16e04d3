/** xAI: dollars by key, description and unit type; tokens only by model, month to date; prices, limits, balance. */
import type { Provider } from '../provider.ts'
import { XaiAccount } from './account.ts'
import { apiKeysReader } from './api-keys.ts'
import { invoicePreviewReader, invoicesReader } from './invoices.ts'
import { modelsReader } from './models.ts'
import { balanceReader, spendingLimitsReader } from './money.ts'
import {
  BILLING_USAGE,
  DERIVED_TOKENS,
  INVOICE_PREVIEW,
  USAGE_V1_COST,
  USAGE_V1_REQUESTS,
  USAGE_V1_TOKENS,
} from './sources.ts'
import { usageReader } from './usage.ts'
import { openUsageV1 } from './usage-v1.ts'

const INSTRUMENT = 'instrument the app or put a gateway in front'

export const xai: Provider = {
  id: 'xai',
  title: 'xAI',
  sources: [
    BILLING_USAGE,
    INVOICE_PREVIEW,
    DERIVED_TOKENS,
    USAGE_V1_COST,
    USAGE_V1_TOKENS,
    USAGE_V1_REQUESTS,
  ],
  neverReports: {
    requests: `xAI's management API counts no requests: ${INSTRUMENT}.`,
    errors: `xAI's management API reports no errors: ${INSTRUMENT}.`,
    latency: `xAI's management API reports no latency: ${INSTRUMENT}.`,
    tokens_by_key: `xAI states tokens per model and month to date, not per key: ${INSTRUMENT}.`,
  },
  open(config, dependencies) {
    if (config.api === 'usage-v1') return openUsageV1(config, dependencies)
    const account = new XaiAccount(config, dependencies)
    return {
      identify: (signal) => account.identify(signal),
      usage: [usageReader(account)],
      // Models come first: with prices known, the first usage answers already give derived tokens.
      facts: [
        modelsReader(account),
        apiKeysReader(account),
        invoicePreviewReader(account),
        balanceReader(account),
        spendingLimitsReader(account),
        invoicesReader(account),
      ],
    }
  },
}
