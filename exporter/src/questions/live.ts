/** `GET /api/v1/live`: how fast calls, tokens, errors and money run now, by what instrumented apps told. */
import { formatAmount, toNumber, type Amount } from '@usage-explorer/core/amount'
import { MINUTE, SECOND } from '../clock.ts'
import type { Resolved } from '../identity/identity.ts'
import type { Levels } from '../otlp/levels.ts'
import { LONGEST_LIVE_MS, type LiveBoard } from '../otlp/live-board.ts'
import { NOT_SPLIT, type Stated } from '../usage/dimensions.ts'
import type { SourceKey } from '../usage/source.ts'
import type { QuestionContext } from './context.ts'
import { ParameterReader, type Parameters, type ParameterTable } from './parameters.ts'
import { iso } from './present.ts'

export const LIVE_PARAMETERS: ParameterTable = {
  window: {
    doc: `Seconds up to now that rates are taken over, 10 to ${LONGEST_LIVE_MS / SECOND}. Default: 120.`,
  },
}

/** Dimensions that rates are split by. */
const GROUPS = ['provider', 'account', 'api_key', 'model', 'team', 'service'] as const

export interface LiveRates {
  readonly requests_per_second: number
  readonly active_requests: number
  readonly tokens_per_second: number
  readonly errors_per_second: number
  /** null where nothing ended. */
  readonly error_ratio: number | null
  readonly errors_by_type: Readonly<Record<string, number>>
  /** Currency → exact amount a minute. */
  readonly cost_per_minute: Readonly<Record<string, string>>
}

export interface LiveAnswer {
  readonly at: string
  readonly window_seconds: number
  readonly totals: LiveRates
  /** By provider, account, api_key, model, team and service. */
  readonly by: Readonly<Record<string, readonly (LiveRates & { id: string; name: string | null })[]>>
}

interface Source {
  readonly board: LiveBoard
  readonly levels: Levels
}

/** @throws UsageExplorerError QUERY_INVALID */
export function answerLive(
  context: QuestionContext,
  { board, levels }: Source,
  parameters: Parameters,
): LiveAnswer {
  const reader = new ParameterReader(parameters, LIVE_PARAMETERS)
  const seconds = Number(reader.one('window') ?? 120)
  if (!(Number.isInteger(seconds) && seconds >= 10 && seconds <= LONGEST_LIVE_MS / SECOND)) {
    reader.problem('window', `must be whole seconds from 10 to ${LONGEST_LIVE_MS / SECOND}`)
  }
  reader.check()
  const now = context.now()
  const resolve = (source: SourceKey, stated: Stated): Resolved =>
    context.identity.resolve(source, { id: 0, cutId: 0, stated, measure: 'requests', currency: '' })
  const isTheirs = ({ team }: Resolved): boolean => context.teams?.includes(team) ?? true
  const all = new Sums()
  const groups = new Map(GROUPS.map((name) => [name, new Map<string, { sums: Sums; of: Resolved }>()]))
  const each = (of: Resolved, use: (sums: Sums) => void): void => {
    use(all)
    for (const [name, members] of groups) {
      const id = of[name] === '' ? NOT_SPLIT : of[name]
      const member = members.get(id) ?? { sums: new Sums(), of }
      members.set(id, member)
      use(member.sums)
    }
  }
  for (const line of board.lines(now, seconds * SECOND)) {
    const of = resolve(line.source, line.stated)
    if (!isTheirs(of)) continue
    each(of, (sums) => {
      sums.requests += line.requests
      sums.tokens += line.tokens
      for (const [type, amount] of line.errors) sums.errors.set(type, (sums.errors.get(type) ?? 0n) + amount)
      for (const [currency, amount] of line.cost)
        sums.cost.set(currency, (sums.cost.get(currency) ?? 0n) + amount)
    })
  }
  for (const { subject, level, value } of levels.current()) {
    if (level !== 'active') continue
    const of = resolve(subject.source, subject.stated)
    if (isTheirs(of)) each(of, (sums) => void (sums.active += value))
  }
  const named = (name: (typeof GROUPS)[number], id: string, of: Resolved): string | null =>
    (name === 'api_key' || name === 'model'
      ? context.identity.displayName(name, { ...of, id })
      : undefined) ?? null
  return {
    at: iso(now),
    window_seconds: seconds,
    totals: all.rates(seconds),
    by: Object.fromEntries(
      [...groups].map(([name, members]) => [
        name,
        [...members].map(([id, { sums, of }]) => ({ id, name: named(name, id, of), ...sums.rates(seconds) })),
      ]),
    ),
  }
}

class Sums {
  requests: Amount = 0n
  tokens: Amount = 0n
  active = 0
  readonly errors = new Map<string, Amount>()
  readonly cost = new Map<string, Amount>()

  rates(seconds: number): LiveRates {
    const perSecond = (amount: Amount): number => toNumber(amount) / seconds
    const errors = [...this.errors.values()].reduce((a, b) => a + b, 0n)
    return {
      requests_per_second: perSecond(this.requests),
      active_requests: this.active,
      tokens_per_second: perSecond(this.tokens),
      errors_per_second: perSecond(errors),
      error_ratio: this.requests === 0n ? null : toNumber(errors) / toNumber(this.requests),
      errors_by_type: Object.fromEntries([...this.errors].map(([type, amount]) => [type, perSecond(amount)])),
      cost_per_minute: Object.fromEntries(
        [...this.cost].map(([currency, amount]) => [
          currency,
          formatAmount((amount * BigInt(MINUTE / SECOND)) / BigInt(seconds)),
        ]),
      ),
    }
  }
}
