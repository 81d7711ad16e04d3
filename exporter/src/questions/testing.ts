/** A ledger on disk with small answers in it, for the tests of questions. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseAmount } from '@usage-explorer/core/amount'
import { DAY, HOUR, MINUTE } from '../clock.ts'
import type { Config, Mappings } from '../config/config.ts'
import { createIdentity } from '../identity/resolver.ts'
import type { Booking } from '../ledger/ledger.ts'
import { openLedger } from '../ledger/open.ts'
import { defineCut } from '../usage/cut.ts'
import { STATED_DIMENSIONS, type Stated } from '../usage/dimensions.ts'
import type { NameEntry } from '../usage/facts.ts'
import type { Measure } from '../usage/measures.ts'
import type { Answer } from '../usage/record.ts'
import type { SourceKey, SourceSpec } from '../usage/source.ts'
import type { QueryAnswer } from './present.ts'
import type { QuestionContext } from './context.ts'

export const BILLED: SourceSpec = {
  id: 'xai.billing',
  kind: 'billed',
  measures: ['cost'],
  lagMs: HOUR,
  canState: ['api_key', 'description', 'type'],
}
export const METERED: SourceSpec = {
  ...BILLED,
  id: 'xai.metered',
  kind: 'metered',
  measures: ['tokens'],
}
export const DERIVED: SourceSpec = { ...BILLED, id: 'xai.derived', kind: 'derived', measures: ['tokens'] }
export const OBSERVED: SourceSpec = {
  ...BILLED,
  id: 'otlp',
  kind: 'observed',
  measures: ['cost', 'requests', 'errors'],
  lagMs: 0,
}

/** Another way to the same money. */
export const BILLED_V1: SourceSpec = { ...BILLED, id: 'xai.usage_v1' }

export const NO_MAPPINGS: Mappings = { keys: [], users: [], projects: [], teams: {} }

const booking: Booking = {
  admit: () => undefined,
  counterFor: () => undefined,
  restatementFor: () => undefined,
}

export interface Told {
  readonly source: SourceSpec
  readonly account?: string
  /** ISO 8601. */
  readonly from: string
  readonly to: string
  /** When it was asked; late enough for the whole window to be in unless given. */
  readonly fetchedAt?: string
  readonly widthMs?: number
  readonly truncated?: boolean
  /** Dimensions of the cut, where there are no rows to take them from. */
  readonly cut?: readonly (typeof STATED_DIMENSIONS)[number][]
  /** Hours after `from`, what is stated, the amount. */
  readonly rows?: readonly (readonly [number, Stated, string])[]
  readonly measure?: 'cost' | 'tokens' | 'requests'
  readonly currency?: string
}

/** Series as "a/b currency": amounts. */
export function amounts({ series }: QueryAnswer): Record<string, (string | null)[]> {
  return Object.fromEntries(
    series.map(({ dimensions, currency, points }) => [
      [...Object.values(dimensions), currency].join(' ').trim(),
      points.map(({ amount }) => amount),
    ]),
  )
}

export function codes({ notices }: QueryAnswer): string[] {
  return notices.map(({ code }) => code)
}

export class World {
  readonly context: QuestionContext
  readonly #clock: { now: number }
  readonly #directory: string

  static async open(options: {
    now: string
    mappings?: Mappings
    config?: Partial<Config>
    neverReports?: Record<string, string>
  }): Promise<World> {
    const directory = await mkdtemp(join(tmpdir(), 'questions-'))
    const clock = { now: Date.parse(options.now) }
    const now = (): number => clock.now
    const ledger = await openLedger({
      dataDir: directory,
      sources: [BILLED, BILLED_V1, METERED, DERIVED, OBSERVED],
      booking,
      now,
      retentionMs: 400 * DAY,
      scrapeIntervalMs: MINUTE,
    })
    const mappings = options.mappings ?? NO_MAPPINGS
    const config: Config = {
      listen: { host: '127.0.0.1', port: 0 },
      tls: undefined,
      otlp: undefined,
      dataDir: directory,
      logLevel: 'silent',
      zone: 'UTC',
      scrapeIntervalMs: MINUTE,
      retentionMs: 400 * DAY,
      metrics: {
        user: false,
        endpoint: false,
        caps: { user: 100, endpoint: 100, api_key: 100, project: 100, model: 100 },
      },
      accounts: [],
      mappings,
      budgets: [],
      budgetWebhook: undefined,
      demo: false,
      ...options.config,
    }
    const context: QuestionContext = {
      ledger,
      identity: createIdentity({ mappings, facts: () => ledger.facts() }),
      config,
      now,
      neverReports: () => options.neverReports ?? {},
    }
    return new World(context, clock, directory)
  }

  private constructor(context: QuestionContext, clock: { now: number }, directory: string) {
    this.context = context
    this.#clock = clock
    this.#directory = directory
  }

  get now(): number {
    return this.#clock.now
  }

  set now(at: number) {
    this.#clock.now = at
  }

  /** Commits one answer of several measures, all in its first hour. */
  async tellBoth(
    source: SourceSpec,
    { from, to }: { readonly from: string; readonly to: string },
    rows: readonly (readonly [measure: Measure, stated: Stated, amount: string, currency: string])[],
  ): Promise<void> {
    const window = { from: Date.parse(from), to: Date.parse(to) }
    const stated = STATED_DIMENSIONS.filter((dimension) => rows.some(([, values]) => dimension in values))
    await this.context.ledger.commit({
      source: sourceKey(source),
      cut: defineCut(stated),
      window,
      widthMs: HOUR,
      fetchedAt: Math.min(window.to + source.lagMs, this.now),
      completeness: 'complete',
      records: rows.map(([measure, values, raw, currency]) => ({
        bucketStart: window.from,
        stated: values,
        measure,
        currency,
        amount: parseAmount(raw)?.amount ?? 0n,
        raw,
        rawUnit: 'unit',
      })),
    })
  }

  /** Commits one answer; the cut is what the rows state. */
  async tell(told: Told): Promise<void> {
    const { source, rows = [], widthMs = HOUR, measure = source.measures[0] ?? 'cost' } = told
    const window = { from: Date.parse(told.from), to: Date.parse(told.to) }
    const stated = STATED_DIMENSIONS.filter((dimension) => rows.some(([, values]) => dimension in values))
    const answer: Answer = {
      source: sourceKey(source, told.account),
      cut: defineCut(told.cut ?? stated),
      window,
      widthMs,
      fetchedAt: told.fetchedAt === undefined ? window.to + source.lagMs : Date.parse(told.fetchedAt),
      completeness: told.truncated === true ? 'truncated' : 'complete',
      records: rows.map(([hour, values, raw]) => ({
        bucketStart: window.from + hour * HOUR,
        stated: values,
        measure,
        currency: told.currency ?? (measure === 'cost' ? 'USD' : ''),
        amount: parseAmount(raw)?.amount ?? 0n,
        raw,
        rawUnit: 'unit',
      })),
    }
    await this.context.ledger.commit(answer)
  }

  async name(entries: readonly (Pick<NameEntry, 'kind' | 'id'> & Partial<NameEntry>)[]): Promise<void> {
    const names = entries.map((entry): NameEntry => ({
      name: null,
      redacted: null,
      userId: null,
      disabled: false,
      createdAt: null,
      expiresAt: null,
      aliases: [],
      ...entry,
    }))
    await this.context.ledger.commitFacts({ provider: 'xai', account: 'main', fetchedAt: this.now, names })
  }

  async close(): Promise<void> {
    await this.context.ledger.close()
    await rm(this.#directory, { recursive: true })
  }
}

export function sourceKey(source: SourceSpec, account = 'main'): SourceKey {
  return { provider: 'xai', account, source: source.id }
}
