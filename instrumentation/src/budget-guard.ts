/** Refuses or warns of calls whose budget is used up, by what the exporter said last. It never waits, and fails open. */
import { diag } from '@opentelemetry/api'
import type { Fetch, Guard } from './hooks/fetch.ts'
import { identifyKey, secretIn } from './key.ts'
import { labelsHere } from './labels.ts'

/** A call was not made, because a budget that blocks is used up. */
export class BudgetExceededError extends Error {
  override readonly name = 'BudgetExceededError'
  readonly code = 'BUDGET_EXCEEDED'
  /** Name of the budget. */
  readonly budget: string

  constructor(budget: string) {
    super(`the budget "${budget}" is used up; the call was not made`)
    this.budget = budget
  }
}

/** What `GET /api/v1/budgets/state` tells of each budget. */
interface BudgetState {
  readonly name: string
  readonly exceeded: boolean
  readonly action: 'notify' | 'block'
  /** Values of each dimension that the budget is about; one that is not named is about all. */
  readonly selector: Partial<Record<'team' | 'user' | 'model' | 'api_key', readonly string[]>>
}

export interface BudgetGuard {
  readonly guard: Guard
  /** Asks once more; for tests and for the beginning. Never rejects. */
  refresh(): Promise<void>
  stop(): void
}

const EVERY_MS = 30_000
/** What was said longer ago says nothing any more. */
const STALE_MS = 5 * 60_000

export function createBudgetGuard(options: {
  readonly endpoint: URL
  readonly token: string | undefined
  readonly mode: 'warn' | 'block'
  readonly fetch: Fetch
  readonly now: () => number
}): BudgetGuard {
  const { endpoint, token, mode, fetch, now } = options
  let known: { readonly at: number; readonly exceeded: readonly BudgetState[] } | undefined
  const warned = new Map<string, number>()

  const refresh = async (): Promise<void> => {
    try {
      const response = await fetch(new URL('/api/v1/budgets/state', endpoint), {
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(10_000),
      })
      const body = (await response.json()) as { budgets?: readonly BudgetState[] }
      if (!response.ok || !Array.isArray(body.budgets)) return
      known = { at: now(), exceeded: body.budgets.filter(({ exceeded }) => exceeded) }
    } catch {
      // What was said before holds until it is stale; then nothing is refused.
    }
  }
  const timer = setInterval(() => void refresh(), EVERY_MS)
  timer.unref()

  return {
    refresh,
    stop: () => clearInterval(timer),
    guard: ({ body, header }) => {
      if (known === undefined || known.exceeded.length === 0 || now() - known.at > STALE_MS) return undefined
      const { team, user } = labelsHere()
      const values = {
        team,
        user,
        model: /"model"\s*:\s*"([^"\\]{1,200})"/.exec(body)?.[1],
        api_key: identifyKey(secretIn(header))?.fingerprint,
      }
      const hit = known.exceeded.find(({ selector }) =>
        Object.entries(selector).every(([dimension, accepted]) =>
          accepted.includes(values[dimension as keyof typeof values] ?? ''),
        ),
      )
      if (hit === undefined) return undefined
      if (mode === 'block' && hit.action === 'block') return new BudgetExceededError(hit.name)
      if (now() - (warned.get(hit.name) ?? 0) > 60_000) {
        warned.set(hit.name, now())
        diag.warn(`usage-explorer: the budget "${hit.name}" is used up`)
      }
      return undefined
    },
  }
}
