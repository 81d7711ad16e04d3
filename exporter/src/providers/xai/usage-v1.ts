/** `api: usage-v1`: GET {url}/v1/usage, days by key and by model, for gateways and exporters that answer this call. */
import { JsonShapeError, type Decimal, type JsonNode } from '@usage-explorer/core/json'
import { DAY } from '../../clock.ts'
import type { AccountConfig } from '../../config/config.ts'
import { UsageExplorerError } from '../../errors.ts'
import { defineCut, type Cut } from '../../usage/cut.ts'
import type { StatedDimension } from '../../usage/dimensions.ts'
import type { Measure } from '../../usage/measures.ts'
import type { Answer, UsageRecord, Window } from '../../usage/record.ts'
import type { SourceSpec } from '../../usage/source.ts'
import type { ProviderAccount, ProviderDependencies, ReadContext } from '../provider.ts'
import { XaiAccount } from './account.ts'
import { mergeCells } from './records.ts'
import { HISTORY_MS, USAGE_V1_COST, USAGE_V1_REQUESTS, USAGE_V1_TOKENS } from './sources.ts'

type Group = 'api_key' | 'model'

/** A figure of a row: its field, and its type where the source has types. */
interface Figure {
  readonly field: string
  readonly type?: string
}

/** What belongs into one source, because a row that states the one need not state the other. */
interface Part {
  readonly spec: SourceSpec
  readonly measure: Measure
  readonly rawUnit: string
  readonly figures: readonly Figure[]
}

const COST: Part = { spec: USAGE_V1_COST, measure: 'cost', rawUnit: 'usd', figures: [{ field: 'cost' }] }
const TOKENS: Part = {
  spec: USAGE_V1_TOKENS,
  measure: 'tokens',
  rawUnit: 'token',
  // Whether cached and reasoning tokens are inside is not said, hence the unsplit types.
  figures: [
    { field: 'input_tokens', type: 'input_unsplit' },
    { field: 'output_tokens', type: 'output_unsplit' },
  ],
}
const REQUESTS: Part = {
  spec: USAGE_V1_REQUESTS,
  measure: 'requests',
  rawUnit: 'request',
  figures: [{ field: 'requests' }],
}
const PARTS = [COST, TOKENS, REQUESTS]

interface Row {
  readonly bucketStart: number
  readonly group: string | null
  readonly figures: ReadonlyMap<Figure, Decimal>
}

/** The team is only known where it is configured; this API has no call to ask for it. */
export function openUsageV1(config: AccountConfig, dependencies: ProviderDependencies): ProviderAccount {
  const account = new XaiAccount(config, dependencies)
  return {
    identify: () => Promise.resolve({ project: config.project ?? '', projectName: null, permissions: [] }),
    usage: [
      {
        source: USAGE_V1_COST,
        widthMs: DAY,
        historyMs: HISTORY_MS,
        maxWindowMs: 31 * DAY,
        read: (window, context) => read(account, window, context),
      },
    ],
    facts: [],
  }
}

/** By key and by model, each where it is accepted; neither is an error. */
async function* read(account: XaiAccount, window: Window, context: ReadContext): AsyncGenerator<Answer> {
  let rejection: UsageExplorerError | undefined
  let accepted = 0
  for (const group of ['api_key', 'model'] as const) {
    try {
      const answers = await ask(account, group, window, context.signal)
      accepted++
      yield* answers
    } catch (error) {
      if (!(error instanceof UsageExplorerError) || error.code !== 'UPSTREAM_REJECTED') throw error
      rejection = error
    }
  }
  if (accepted === 0) throw rejection ?? new Error('nothing was asked')
}

async function ask(
  account: XaiAccount,
  group: Group,
  window: Window,
  signal: AbortSignal,
): Promise<Answer[]> {
  const { value: rows, fetchedAt } = await account.client.get(
    '/v1/usage',
    (root) =>
      root
        .get('usage')
        .items()
        .map((row) => readRow(row, group, window)),
    { signal, query: { start_date: day(window.from), end_date: day(window.to - DAY), group_by: group } },
  )
  const answers = PARTS.map(async (part): Promise<Answer[]> => {
    const records = rows.flatMap((row) => toRecords(account, row, group, part))
    // Rows that never state a measure say nothing about it, not even that it is 0.
    if (records.length === 0 && (rows.length > 0 || part !== COST)) return []
    const whole = rows.every((row) => part.figures.every((figure) => row.figures.has(figure)))
    const completeness = whole ? 'complete' : 'truncated'
    const source = account.source(part.spec)
    const cut = cutOf(account, group, part)
    return [
      { source, cut, window, widthMs: DAY, fetchedAt, completeness, records: await mergeCells(records) },
    ]
  })
  return (await Promise.all(answers)).flat()
}

function cutOf(account: XaiAccount, group: Group, part: Part): Cut {
  const dimensions: StatedDimension[] = [group]
  if (account.config.project !== undefined) dimensions.push('project')
  if (part === TOKENS) dimensions.push('type')
  return defineCut(dimensions)
}

function readRow(row: JsonNode, group: Group, window: Window): Row {
  const figures = new Map<Figure, Decimal>()
  for (const figure of PARTS.flatMap((part) => part.figures)) {
    const value = row.get(figure.field).optional((node) => node.decimal())
    if (value !== null) figures.set(figure, value)
  }
  const name = group === 'model' ? row.get('model', 'id') : row.get('api_key', 'api_key_id', 'id')
  return {
    bucketStart: readDay(row.get('date'), window),
    group: name.optional((node) => node.text()),
    figures,
  }
}

/** A row without a date is about the window as a whole, which is a day only if the window is. */
function readDay(date: JsonNode, window: Window): number {
  if (!date.present && window.to - window.from === DAY) return window.from
  const text = date.text()
  const start = /^\d{4}-\d{2}-\d{2}(?:T00:00:00(?:\.0+)?Z)?$/.test(text) ? Date.parse(text.slice(0, 10)) : NaN
  if (Number.isNaN(start)) throw date.unexpected('a date')
  if (start < window.from || start >= window.to) {
    throw new JsonShapeError(date.path, 'the day lies outside the window that was asked for')
  }
  return start
}

function toRecords(account: XaiAccount, row: Row, group: Group, part: Part): UsageRecord[] {
  const { project } = account.config
  return part.figures.flatMap((figure) => {
    const value = row.figures.get(figure)
    if (value === undefined) return []
    const record: UsageRecord = {
      bucketStart: row.bucketStart,
      stated: {
        ...(project === undefined ? {} : { project }),
        [group]: row.group,
        ...(figure.type === undefined ? {} : { type: figure.type }),
      },
      measure: part.measure,
      currency: part.measure === 'cost' ? 'USD' : '',
      amount: value.amount,
      raw: value.literal,
      rawUnit: part.rawUnit,
      ...(value.rounded ? { rounded: true } : {}),
    }
    return [record]
  })
}

function day(instant: number): string {
  return new Date(instant).toISOString().slice(0, 10)
}
