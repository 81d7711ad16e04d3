/** Which budgets are used up, in words that an app knows of a call before it is made: for the library's guard. */
import { isObservedKey, readObservedKey } from '../identity/observed-key.ts'
import type { QuestionContext } from '../questions/context.ts'
import { guardSelector, type Budget } from '../usage/budget.ts'
import { OTLP_SOURCE } from '../usage/observed.ts'
import type { Budgets } from './budgets.ts'
import { isExceeded, type BudgetState } from './state.ts'

/** Dimension → values that a call must have; '' is a call that says nothing of it. Keys are fingerprints. */
export type CallSelector = Readonly<Partial<Record<'team' | 'user' | 'model' | 'api_key', readonly string[]>>>

export interface GuardAnswer {
  /** A budget has an entry for each way in which a call can belong to it. */
  readonly budgets: readonly {
    readonly name: string
    readonly exceeded: boolean
    readonly action: Budget['action']
    readonly selector: CallSelector
  }[]
}

/**
 * Of `GET /api/v1/budgets/state`.
 *
 * @param teams of the token that asks: told are their budgets, and those that block everybody's calls, without which
 *   theirs would not stop. What the token of one team sends is that team's, whatever it says.
 */
export async function answerGuard(
  budgets: Budgets,
  context: Pick<QuestionContext, 'ledger' | 'identity'>,
  teams: readonly string[] | undefined,
): Promise<GuardAnswer> {
  const states = await budgets.states()
  const observed = observedBy.get(states) ?? observedCalls(context)
  observedBy.set(states, observed)
  const aliases = new Map(
    context.ledger
      .facts()
      .names.flatMap((entry) => (entry.kind === 'model' ? [[entry.id, entry.aliases] as const] : [])),
  )
  return {
    budgets: states.flatMap((state) => {
      const { budget, label: name, team } = state
      const selector = guardSelector(budget, state.of)
      if (selector === undefined) return []
      const isTheirs = teams === undefined || teams.includes(team)
      if (!isTheirs && !(budget.action === 'block' && isEverybodys(selector))) return []
      return callSelectors(selector, { observed, aliases }, teams).map((one) => {
        return { name, exceeded: isExceeded(state), action: budget.action, selector: one }
      })
    }),
  }
}

/** Nobody's own: of all usage, or of models. */
function isEverybodys({ team, user, api_key: key }: CallSelector): boolean {
  return [team, user, key].every((values) => values === undefined)
}

/** Every app asks each half minute: what was observed is gone through once for all who get the same states. */
const observedBy = new WeakMap<readonly BudgetState[], readonly ObservedCalls[]>()

/** What an app said of calls, and what that means. */
interface ObservedCalls {
  readonly fingerprint: string
  readonly said: CallSelector
  readonly means: Readonly<Record<'team' | 'user' | 'model' | 'api_key', string>>
}

function observedCalls({ ledger, identity }: Pick<QuestionContext, 'ledger' | 'identity'>): ObservedCalls[] {
  const sources = ledger.sources().filter(({ spec }) => spec.id === OTLP_SOURCE.id)
  return sources.flatMap(({ key, cuts }) =>
    cuts.flatMap(({ id }) =>
      ledger.series(id).map((series): ObservedCalls => {
        const { api_key: stated, team, user, model } = series.stated
        const fingerprint = stated != null && isObservedKey(stated) ? readObservedKey(stated).fingerprint : ''
        const said = { team: [team ?? ''], user: [user ?? ''], model: [model ?? ''] }
        return { fingerprint, said, means: identity.resolve(key, series) }
      }),
    ),
  )
}

/** @param selector as the budget has it: ids, canonical models, teams however they come about */
function callSelectors(
  selector: CallSelector,
  {
    observed,
    aliases,
  }: { observed: readonly ObservedCalls[]; aliases: ReadonlyMap<string, readonly string[]> },
  teams: readonly string[] | undefined,
): CallSelector[] {
  const { team, user, model, api_key: keys } = selector
  const fingerprints = (of: 'team' | 'user' | 'api_key', values: readonly string[]): string[] => [
    ...new Set(
      observed.flatMap(({ fingerprint, said, means }) =>
        fingerprint !== '' && values.includes(means[of]) && (of === 'api_key' || said[of]?.[0] === '')
          ? [fingerprint]
          : [],
      ),
    ),
  ]
  const namesOf = (of: readonly string[]): string[] => [
    ...new Set([
      ...of.flatMap((one) => [one, ...(aliases.get(one) ?? [])]),
      ...observed.flatMap(({ said, means }) => (of.includes(means.model) ? (said.model ?? []) : [])),
    ]),
  ]
  const base: CallSelector = {
    ...(model === undefined ? {} : { model: namesOf(model) }),
    ...(keys === undefined ? {} : { api_key: fingerprints('api_key', keys) }),
  }
  const [only, another] = teams ?? []
  const isTheirs = team !== undefined && only !== undefined && another === undefined && team.includes(only)
  const said = {
    ...(isTheirs || team === undefined ? {} : { team }),
    ...(user === undefined ? {} : { user }),
  }
  return Object.entries(said).reduce(
    (selectors, [of, values]) =>
      selectors.flatMap((one) => {
        // A call that says nothing of its team or user is that of its key.
        const mapped = fingerprints(of === 'team' ? 'team' : 'user', values)
        const both = one.api_key?.filter((key) => mapped.includes(key)) ?? mapped
        return [
          { ...one, [of]: values },
          ...(both.length === 0 ? [] : [{ ...one, [of]: [''], api_key: both }]),
        ]
      }),
    [base],
  )
}
