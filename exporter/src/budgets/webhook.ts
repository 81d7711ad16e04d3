/** Posts crossings of budgets to one address, for who runs no Alertmanager. Off unless configured. */
import { DAY, MINUTE, SECOND } from '../clock.ts'
import type { Secret } from '../config/config.ts'
import { toCodedError, UsageExplorerError } from '../errors.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Crossing } from './crossings.ts'

export interface CrossingWebhook {
  /** Posts what was not taken yet, oldest first, up to the first that is refused. Throws BUDGET_WEBHOOK_FAILED, LEDGER_…. */
  post(): Promise<void>
  /** Posts every minute. */
  start(): void
  /** Resolves once nothing of it runs any more. */
  stop(): Promise<void>
}

/** What is older is no news: a webhook that was set up today is not told of last month. */
const NEWS_MS = 7 * DAY
const TIMEOUT_MS = 10 * SECOND

export function createCrossingWebhook(options: {
  readonly url: Secret
  readonly ledger: Pick<Ledger, 'notes' | 'commitNotes'>
  readonly now: () => number
  /** Told after each minute's posts: of undefined, or of what went wrong. */
  readonly onOutcome: (failure: UsageExplorerError | undefined) => void
}): CrossingWebhook {
  const { url, ledger, now, onOutcome } = options
  const stopping = new AbortController()
  const post = async (): Promise<void> => {
    const since = now() - NEWS_MS
    const posted = new Set((await ledger.notes('posted', since)).map(({ id }) => id))
    const news = (await ledger.notes('crossing', since)).filter(({ id }) => !posted.has(id))
    for (const { id, body } of news.toReversed()) {
      await send(url, body as Crossing, AbortSignal.any([stopping.signal, AbortSignal.timeout(TIMEOUT_MS)]))
      // A crash just here posts it twice, which is better than never.
      await ledger.commitNotes([{ kind: 'posted', id, at: now(), body: null }])
    }
  }
  let running = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  return {
    post,
    start: () => {
      let busy = false
      timer = setInterval(() => {
        if (busy) return
        busy = true
        running = post()
          .then(() => onOutcome(undefined))
          .catch((thrown: unknown) => {
            if (!stopping.signal.aborted) onOutcome(toCodedError(thrown))
          })
          .finally(() => (busy = false))
      }, MINUTE)
    },
    stop: async () => {
      clearInterval(timer)
      stopping.abort()
      await running
    },
  }
}

async function send(url: Secret, crossing: Crossing, signal: AbortSignal): Promise<void> {
  const { host } = new URL(url.reveal())
  const response = await fetch(url.reveal(), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text: sentenceOf(crossing), ...crossing }),
    redirect: 'manual',
    signal,
  }).catch((cause: unknown) => {
    throw new UsageExplorerError('BUDGET_WEBHOOK_FAILED', `nothing answers at ${host}`, { cause })
  })
  await response.body?.cancel()
  if (!response.ok)
    throw new UsageExplorerError('BUDGET_WEBHOOK_FAILED', `${host} answered ${response.status}`)
}

/** `text` is what chats show of a webhook. */
function sentenceOf({ budget, threshold, used, amount, unit, period_start, crossed_at }: Crossing): string {
  const rounded = (figure: string): string =>
    Number(figure).toLocaleString('en-US', { maximumFractionDigits: 2 })
  return (
    `Budget ${budget} has reached ${threshold} %: ${rounded(used)} of ${rounded(amount)} ${unit} ` +
    `were used since ${period_start.slice(0, 10)}, as of ${crossed_at.slice(0, 16).replace('T', ' ')} UTC.`
  )
}
