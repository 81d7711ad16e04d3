/** A vendor whose answers and failures a test scripts. It bills two keys by the hour and notes every request. */
import { fromInteger, type Amount } from '@usage-explorer/core/amount'
import { DAY, HOUR, type Clock } from '../../exporter/src/clock.ts'
import type { Provider, ProviderAccount, UsageReader } from '../../exporter/src/providers/provider.ts'
import { defineCut, type Cut } from '../../exporter/src/usage/cut.ts'
import type { AccountFacts } from '../../exporter/src/usage/facts.ts'
import type { Answer, UsageRecord, Window } from '../../exporter/src/usage/record.ts'
import type { SourceSpec } from '../../exporter/src/usage/source.ts'

export const BILLING: SourceSpec = {
  id: 'test.billing',
  kind: 'billed',
  measures: ['cost'],
  lagMs: 2 * HOUR,
  canState: ['api_key', 'model'],
}

export const BY_KEY: Cut = defineCut(['api_key'])
export const BY_MODEL: Cut = defineCut(['model'])
export const BY_BOTH: Cut = defineCut(['api_key', 'model'])

export interface Request {
  readonly reader: string
  readonly at: number
  readonly window?: Window
}

export class Vendor implements ProviderAccount {
  readonly name: string
  readonly requests: Request[] = []
  /** Runs at each request: a throw is the answer, and a promise that stays open a server that hangs. */
  respond: (request: Request) => Promise<void> | void = () => undefined
  /** How the bill is split. More than one cut means more than one answer a window. */
  cuts: readonly Cut[] = [BY_KEY]
  /** Cuts to retire at the next read. */
  retiring: readonly Cut[] = []
  keyName = 'first'
  project = 'project-1'
  maxWindowMs: number = DAY
  readonly #clock: Clock

  constructor(name: string, clock: Clock) {
    this.name = name
    this.#clock = clock
  }

  readonly provider: Provider = {
    id: 'test',
    title: 'Test',
    sources: [BILLING],
    neverReports: {},
    open: () => this,
  }

  async identify(): Promise<{ project: string; projectName: null; permissions: string[] }> {
    await this.#asked('identify')
    return { project: this.project, projectName: null, permissions: [] }
  }

  readonly facts: ProviderAccount['facts'] = [
    {
      id: 'test.keys',
      permission: null,
      everyMs: HOUR,
      read: async () => {
        await this.#asked('test.keys')
        return { facts: this.#names() }
      },
    },
    {
      id: 'test.balance',
      permission: 'balance:read',
      everyMs: HOUR,
      read: async () => {
        await this.#asked('test.balance')
        return {}
      },
    },
  ]

  get usage(): readonly UsageReader[] {
    return [
      {
        source: BILLING,
        widthMs: HOUR,
        historyMs: 10 * DAY,
        maxWindowMs: this.maxWindowMs,
        read: (window, context) => this.#bill(window, context.retire),
      },
    ]
  }

  /** What the vendor bills in a bucket, in whole dollars. */
  bill(bucketStart: number): Amount {
    return fromInteger((bucketStart / HOUR) % 97)
  }

  /** Windows of usage that were asked for since the given number of requests. */
  windows(since = 0): readonly Window[] {
    return this.requests.slice(since).flatMap(({ window }) => (window === undefined ? [] : [window]))
  }

  /** How often a reader was asked. */
  count(reader: string): number {
    return this.requests.filter((request) => request.reader === reader).length
  }

  async *#bill(window: Window, retire: (cuts: readonly Cut[]) => void): AsyncGenerator<Answer> {
    const fetchedAt = this.#clock.now()
    await this.#asked(BILLING.id, window)
    if (this.retiring.length > 0) retire(this.retiring)
    this.retiring = []
    for (const cut of this.cuts) {
      const records: UsageRecord[] = []
      for (let start = window.from; start < Math.min(window.to, fetchedAt); start += HOUR) {
        const stated = {
          ...(cut === BY_MODEL ? {} : { api_key: 'key-1' }),
          ...(cut === BY_KEY ? {} : { model: 'model-1' }),
        }
        const amount = this.bill(start)
        const raw = String(amount / fromInteger(1))
        records.push({
          bucketStart: start,
          stated,
          measure: 'cost',
          currency: 'USD',
          amount,
          raw,
          rawUnit: 'usd',
        })
      }
      const source = { provider: 'test', account: this.name, source: BILLING.id }
      yield { source, cut, window, widthMs: HOUR, fetchedAt, completeness: 'complete', records }
    }
  }

  async #asked(reader: string, window?: Window): Promise<void> {
    const request = { reader, at: this.#clock.now(), ...(window === undefined ? {} : { window }) }
    this.requests.push(request)
    await this.respond(request)
  }

  #names(): AccountFacts {
    const entry = {
      redacted: null,
      userId: null,
      disabled: false,
      createdAt: null,
      expiresAt: null,
      aliases: [],
    }
    return {
      provider: 'test',
      account: this.name,
      fetchedAt: this.#clock.now(),
      names: [{ kind: 'api_key', id: 'key-1', name: this.keyName, ...entry }],
    }
  }
}
