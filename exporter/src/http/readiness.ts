/** Whether answers and metrics have something to stand on, and if not, why. */
import type { Ledger } from '../ledger/ledger.ts'
import type { AccountStatus } from '../polling/status.ts'

export interface Readiness {
  readonly ready: boolean
  /** One line for each account that has brought nothing yet; empty when ready. */
  readonly reasons: readonly string[]
}

/**
 * Ready as soon as one account has been read, in this run or an earlier one: what the ledger holds is served also
 * while a provider is down.
 */
export function assessReadiness(
  accounts: readonly AccountStatus[],
  ledger: Pick<Ledger, 'sources'>,
): Readiness {
  // It only takes what apps send, and it can do that at once.
  if (accounts.length === 0) return { ready: true, reasons: [] }
  const read = accounts.some((account) => account.lastSuccessAt !== undefined)
  const stored = ledger.sources().some((source) => source.cuts.some((cut) => cut.coverage.length > 0))
  if (read || stored) return { ready: true, reasons: [] }
  return { ready: false, reasons: accounts.flatMap(describe) }
}

function describe({ provider, account, state, problems }: AccountStatus): string[] {
  const name = `${provider}/${account}`
  if (problems.length === 0) return [`${name}: ${state}, nothing has been read yet`]
  return problems.map(({ code, message, remedy }) => `${name}: ${code}: ${message} ${remedy}`)
}
