/** Budgets of the file and those made over HTTP: their states, kept up to date, and the crossings of their thresholds. */
import { HOUR, MINUTE, SECOND } from '../clock.ts'
import { parseBudget, writeBudget, type WrittenBudget } from '../config/budgets.ts'
import { toCodedError, UsageExplorerError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { QuestionContext } from '../questions/context.ts'
import type { Budget } from '../usage/budget.ts'
import type { Note } from '../usage/note.ts'
import { createBudgetReader } from './reading.ts'
import { newCrossings, type Crossing } from './crossings.ts'
import { stateOf, type BudgetState } from './state.ts'

export interface Budgets {
  /** Those of the file first. */
  all(): readonly Budget[]
  /** Every budget's states. Kept for a moment, so that scrapes and guards may ask as often as they like. */
  states(): Promise<readonly BudgetState[]>
  /** Newest first. */
  crossings(since: number): Promise<readonly Crossing[]>
  /** Names of those that the file holds, which nobody changes over HTTP. */
  readonly inFile: ReadonlySet<string>
  /** Adds a budget, or takes the place of the one with its name. Throws BODY_INVALID, BUDGET_IN_FILE. */
  set(written: WrittenBudget): Promise<Budget>
  /** Throws BUDGET_UNKNOWN, BUDGET_IN_FILE. */
  remove(name: string): Promise<void>
  /** Looks for crossings every minute, whether anybody asks or not. */
  start(): void
  /** Resolves once nothing of it runs any more. */
  stop(): Promise<void>
}

/** While apps send, the ledger changes each second; budgets are not looked at anew more often than this. */
const KEPT_MS = 10 * SECOND

export async function createBudgets(options: {
  readonly context: QuestionContext
  readonly log: Log
  /** Told of each new crossing. */
  readonly crossed: (crossing: Crossing) => void
}): Promise<Budgets> {
  const { context, log, crossed } = options
  const { ledger, config, now } = context
  const inFile = new Set(config.budgets.map(({ name }) => name))
  const made = new Map<string, Budget>()
  for (const { body } of await ledger.notes('budget', 0)) {
    const budget = parseBudget(body as WrittenBudget, config.zone)
    if (!inFile.has(budget.name)) made.set(budget.name, budget)
  }
  const noted = new Map((await ledger.notes('crossing', 0)).map(({ id, at }) => [id, at]))

  const all = (): readonly Budget[] => [...config.budgets, ...made.values()]

  let changes = 0
  let kept: { key: string; at: number; states: readonly BudgetState[] } | undefined
  let running: Promise<readonly BudgetState[]> | undefined

  const note = async (notes: readonly Note[]): Promise<void> => {
    if (notes.length === 0) return
    try {
      await ledger.commitNotes(notes)
    } catch (thrown) {
      log.error(
        { err: toCodedError(thrown) },
        'Crossings of budgets could not be kept; they will be tried again.',
      )
      return
    }
    for (const { id, at, body } of notes) {
      if (!noted.has(id)) crossed(body as Crossing)
      noted.set(id, at)
    }
  }
  const compute = async (): Promise<readonly BudgetState[]> => {
    const started = now()
    const key = `${ledger.revision}/${Math.floor(started / HOUR)}/${changes}`
    const states: BudgetState[] = []
    const read = createBudgetReader(context, started)
    // One after the other: a scrape must not keep the ledger from everybody else.
    for (const budget of all()) {
      try {
        states.push(...(await stateOf(read, budget, started)))
      } catch (thrown) {
        // One that cannot be told must not take the others with it, nor all of /metrics.
        log.error({ err: toCodedError(thrown), budget: budget.name }, 'A budget could not be looked at.')
      }
    }
    await note(states.flatMap((state) => newCrossings(state, noted, started)))
    kept = { key, at: started, states }
    return states
  }
  const states = (): Promise<readonly BudgetState[]> => {
    const key = `${ledger.revision}/${Math.floor(now() / HOUR)}/${changes}`
    const changed = kept?.key.split('/').at(-1) !== String(changes)
    if (kept !== undefined && (kept.key === key || (!changed && now() - kept.at < KEPT_MS))) {
      return Promise.resolve(kept.states)
    }
    running ??= compute().finally(() => {
      running = undefined
    })
    return running
  }
  const refuseInFile = (name: string): void => {
    if (inFile.has(name)) {
      throw new UsageExplorerError('BUDGET_IN_FILE', 'this budget stands in the configuration file')
    }
  }
  let timer: NodeJS.Timeout | undefined
  return {
    all,
    states,
    inFile,
    crossings: async (since) => (await ledger.notes('crossing', since)).map(({ body }) => body as Crossing),
    set: async (written) => {
      const budget = parseBudget(written, config.zone)
      refuseInFile(budget.name)
      await ledger.commitNotes([{ kind: 'budget', id: budget.name, at: now(), body: writeBudget(budget) }])
      made.set(budget.name, budget)
      changes++
      return budget
    },
    remove: async (name) => {
      refuseInFile(name)
      if (!made.has(name)) throw new UsageExplorerError('BUDGET_UNKNOWN', 'no budget has this name')
      await ledger.removeNote('budget', name)
      made.delete(name)
      changes++
    },
    start: () => {
      const look = (): void => {
        states().catch((thrown: unknown) =>
          log.error({ err: toCodedError(thrown) }, 'Budgets could not be looked at.'),
        )
      }
      timer = setInterval(look, MINUTE)
    },
    stop: async () => {
      clearInterval(timer)
      await running?.catch(() => undefined)
    },
  }
}
