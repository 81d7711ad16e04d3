/** The ledger with what names its series: what everything else stands on. */
import type { Clock } from './clock.ts'
import type { Config } from './config/config.ts'
import type { Identity } from './identity/identity.ts'
import { createIdentity } from './identity/resolver.ts'
import type { Ledger, LedgerFacts } from './ledger/ledger.ts'
import { openLedger } from './ledger/open.ts'
import { createBooking, type MetricsBooking } from './metrics/booking.ts'
import { PROVIDERS } from './providers/registry.ts'
import { OTLP_SOURCE } from './usage/observed.ts'

export interface Store {
  readonly ledger: Ledger
  readonly identity: Identity
  readonly booking: MetricsBooking
}

const NO_FACTS: LedgerFacts = { names: [], prices: [], levels: [] }

/** Throws LEDGER_…, with nothing left open. Whoever opens it closes the ledger. */
export async function openStore(config: Config, clock: Clock): Promise<Store> {
  let opened: Ledger | undefined
  const identity = createIdentity({ mappings: config.mappings, facts: () => opened?.facts() ?? NO_FACTS })
  const { caps, user: includeUser, endpoint: includeEndpoint } = config.metrics
  const booking = createBooking({ identity, caps, includeUser, includeEndpoint })
  const ledger = await openLedger({
    dataDir: config.dataDir,
    sources: [...Object.values(PROVIDERS).flatMap((provider) => provider.sources), OTLP_SOURCE],
    booking,
    now: () => clock.now(),
    retentionMs: config.retentionMs,
    scrapeIntervalMs: config.scrapeIntervalMs,
    onOpen: (ledger) => (opened = ledger),
  })
  return { ledger, identity, booking }
}
