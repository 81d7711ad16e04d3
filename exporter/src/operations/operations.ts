/** What an operator has the running service do. Each may take its time and tells how far it is. */
import { isAbsolute } from 'node:path'
import type { Config } from '../config/config.ts'
import { UsageExplorerError } from '../errors.ts'
import type { BackupOutcome, Ledger } from '../ledger/ledger.ts'
import type { BackfillStep, SourceBackfill } from '../polling/backfill-task.ts'
import type { Polling } from '../polling/polling.ts'
import { MOMENT_FORMS, parseMoment, resolveMoment } from '../usage/moment.ts'

export interface Operations {
  /** @throws UsageExplorerError BACKUP_FAILED */
  backUp(order: { readonly path: string }): Promise<BackupOutcome>
  /**
   * Reads a stretch of an account again; without one, all of its look-back.
   *
   * @throws UsageExplorerError ACCOUNT_UNKNOWN, QUERY_INVALID, STOPPING, or what keeps the account from being read
   */
  backfill(order: BackfillOrder, step: (step: BackfillStep) => void): Promise<readonly SourceBackfill[]>
  /** Publishes nothing of an account any more. @throws UsageExplorerError ACCOUNT_UNKNOWN, ACCOUNT_CONFIGURED */
  remove(order: { readonly account: string }): Promise<{ readonly removed: string }>
  /** Deletes all of an account. @throws UsageExplorerError ACCOUNT_UNKNOWN, ACCOUNT_CONFIGURED */
  purge(order: { readonly account: string }): Promise<{ readonly purged: string }>
}

export interface BackfillOrder {
  readonly account: string
  /** See MOMENT_FORMS; days begin in UTC. */
  readonly from?: string | undefined
  readonly to?: string | undefined
}

export function createOperations(options: {
  readonly ledger: Ledger
  readonly polling: Polling
  readonly config: () => Config
  readonly now: () => number
}): Operations {
  const { ledger, polling, config, now } = options

  const refuseUnlessGone = (account: string): void => {
    if (config().accounts.some(({ name }) => name === account)) {
      throw new UsageExplorerError('ACCOUNT_CONFIGURED', 'the account is still configured')
    }
    const known = [...new Set(ledger.sources().map(({ key }) => key.account))]
    if (known.includes(account)) return
    throw new UsageExplorerError(
      'ACCOUNT_UNKNOWN',
      `the ledger holds no such account; it holds ${known.join(', ')}`,
    )
  }

  return {
    backUp: async ({ path }) => {
      if (!isAbsolute(path)) throw new UsageExplorerError('BACKUP_FAILED', 'path: must be absolute')
      return ledger.backUp(path)
    },
    backfill: async ({ account, from, to }, step) => {
      const { accounts } = config()
      const configured = accounts.find(({ name }) => name === account)
      if (configured === undefined) {
        const known = accounts.map(({ name }) => name).join(', ')
        throw new UsageExplorerError('ACCOUNT_UNKNOWN', `no such account is configured; there are ${known}`)
      }
      const window = {
        from: from === undefined ? now() - configured.lookbackMs : instant('from', from),
        to: to === undefined ? now() : instant('to', to),
      }
      if (window.from >= window.to) throw new UsageExplorerError('QUERY_INVALID', 'from: must be before to')
      if (window.from < now() - config().retentionMs) {
        throw new UsageExplorerError('QUERY_INVALID', 'from: lies beyond the retention of the ledger')
      }
      return polling.backfill(account, window, step)
    },
    remove: async ({ account }) => {
      refuseUnlessGone(account)
      await ledger.hide(account, true)
      return { removed: account }
    },
    purge: async ({ account }) => {
      refuseUnlessGone(account)
      await ledger.purge(account)
      return { purged: account }
    },
  }

  function instant(field: 'from' | 'to', text: string): number {
    const moment = parseMoment(text)
    if (moment === undefined)
      throw new UsageExplorerError('QUERY_INVALID', `${field}: must be ${MOMENT_FORMS}`)
    return resolveMoment(moment, field, now(), 'UTC')
  }
}
