/** `GET /api/v1/values`: what a dimension can be, for people to choose from. */
import { QUESTION_DIMENSIONS, type QuestionDimension, type Stated } from '../usage/dimensions.ts'
import type { NamedKind } from '../usage/facts.ts'
import type { Measure } from '../usage/measures.ts'
import { accountsOf, type QuestionContext } from './context.ts'
import { FILTER_DOC, oneOf, readFilters, type Filter } from '../usage/filters.ts'
import { ParameterReader, type ParameterDoc, type Parameters } from './parameters.ts'
import { namedKind, passes, valueOf } from './sums.ts'
import type { Resolved } from '../identity/identity.ts'
import type { Series } from '../ledger/ledger.ts'

const DEFAULT_LIMIT = 1000
const LARGEST_LIMIT = 10_000
/** Their types are bounds of a histogram, which nobody chooses. */
const NOT_CHOSEN: readonly Measure[] = ['duration', 'duration_calls', 'first_token', 'first_token_calls']
/** Of these the provider's lists are told too, so that a key that was never used can be chosen. */
const LISTED: Readonly<Partial<Record<NamedKind, keyof Stated>>> = {
  api_key: 'api_key',
  user: 'user',
  project: 'project',
}

export const VALUES_PARAMETERS: Readonly<Record<'dimension' | 'where' | 'search' | 'limit', ParameterDoc>> = {
  dimension: { doc: 'Whose values.', required: true, choice: QUESTION_DIMENSIONS },
  where: { doc: `Only values that occur together with these. ${FILTER_DOC}`, many: true },
  search: { doc: 'Only values whose id or name holds this text, in capitals or not.' },
  limit: { doc: `At most so many, 1 to ${LARGEST_LIMIT}. Default: ${DEFAULT_LIMIT}.` },
}

/** JSON. */
export interface ValuesAnswer {
  readonly dimension: QuestionDimension
  /** By what people see. */
  readonly values: readonly { readonly id: string; readonly name: string | null }[]
  /** There are more than `limit`. */
  readonly more: boolean
}

/**
 * Values that anything kept has or that a provider lists, at any time.
 *
 * @throws UsageExplorerError QUERY_INVALID
 */
export function answerValues(context: QuestionContext, parameters: Parameters): ValuesAnswer {
  const reader = new ParameterReader(parameters, VALUES_PARAMETERS)
  const dimension = reader.word('dimension', QUESTION_DIMENSIONS)
  const where = readFilters(reader.all('where'), (text) => reader.problem('where', text))
  const search = (reader.one('search') ?? '').toLowerCase()
  const limit = Number(reader.one('limit') ?? DEFAULT_LIMIT)
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= LARGEST_LIMIT))
    reader.problem('limit', `must be a whole number from 1 to ${LARGEST_LIMIT}`)
  if (dimension === undefined) {
    reader.problem('dimension', `must be one of ${QUESTION_DIMENSIONS.join(', ')}`)
    reader.check()
    throw new Error('a missing dimension is a problem that was checked')
  }
  reader.check()
  const filters = context.teams === undefined ? where : [...where, oneOf('team', context.teams)]
  const found = new Map<string, string | null>()
  for (const { resolved, series } of known(context, dimension)) {
    if (!filters.every((filter: Filter) => passes(context, filter, resolved, series))) continue
    const id = valueOf(dimension, resolved, series)
    if (id === '' || (found.get(id) ?? null) !== null) continue
    const kind = namedKind(dimension)
    const { provider, account } = resolved
    const name = kind && context.identity.displayName(kind, { provider, account, id })
    found.set(id, name === undefined || name === id ? null : name)
  }
  const values = [...found]
    .map(([id, name]) => ({ id, name }))
    .filter(({ id, name }) => [id, name ?? ''].some((text) => text.toLowerCase().includes(search)))
    .sort((a, b) => (a.name ?? a.id).localeCompare(b.name ?? b.id, 'en'))
  return { dimension, values: values.slice(0, limit), more: values.length > limit }
}

function* known(
  context: QuestionContext,
  dimension: QuestionDimension,
): Generator<{ resolved: Resolved; series: Series }> {
  const { ledger, identity } = context
  const accounts = new Set(accountsOf(context).map(({ provider, account }) => `${provider}/${account}`))
  const isAsked = (one: { provider: string; account: string }): boolean =>
    accounts.has(`${one.provider}/${one.account}`)
  for (const { key, cuts } of ledger.sources()) {
    for (const { id } of isAsked(key) ? cuts : []) {
      for (const series of ledger.series(id)) {
        if (!NOT_CHOSEN.includes(series.measure)) yield { resolved: identity.resolve(key, series), series }
      }
    }
  }
  for (const { kind, id, provider, account } of ledger.facts().names) {
    const stated = kind === namedKind(dimension) ? LISTED[kind] : undefined
    if (stated === undefined || !isAsked({ provider, account })) continue
    const series: Series = { id: 0, cutId: 0, stated: { [stated]: id }, measure: 'cost', currency: '' }
    yield { resolved: identity.resolve({ provider, account, source: '' }, series), series }
  }
}
