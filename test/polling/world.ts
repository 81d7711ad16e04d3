/** Polling of scripted vendors into a real ledger on a virtual clock. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import type { Amount } from '@usage-explorer/core/amount'
import { onTestFinished } from 'vitest'
import { DAY, HOUR, MINUTE, SECOND } from '../../exporter/src/clock.ts'
import { Secret, type AccountConfig } from '../../exporter/src/config/config.ts'
import { createLog } from '../../exporter/src/log.ts'
import type { Booking, CutState, Ledger } from '../../exporter/src/ledger/ledger.ts'
import { openLedger } from '../../exporter/src/ledger/open.ts'
import { createPolling, type Polling } from '../../exporter/src/polling/polling.ts'
import type { AccountStatus, BackfillEvent, PollEvent } from '../../exporter/src/polling/status.ts'
import type { Cut } from '../../exporter/src/usage/cut.ts'
import { cutName } from '../../exporter/src/usage/cut.ts'
import type { Window } from '../../exporter/src/usage/record.ts'
import { BILLING, Vendor } from './vendor.ts'
import { VirtualClock } from './virtual-clock.ts'

export const START: number = Date.UTC(2026, 10, 20, 10, 25)
const RETENTION_MS = 400 * DAY

const BOOKING: Booking = {
  admit: () => undefined,
  counterFor: (_source, _spec, { stated }) => ({ family: 'cost', labels: { key: stated.api_key ?? '' } }),
  restatementFor: () => undefined,
}

export class World {
  readonly clock = new VirtualClock(START)
  readonly vendors: readonly Vendor[]
  readonly polled: PollEvent[] = []
  readonly progress: BackfillEvent[] = []
  readonly lines: Record<string, unknown>[] = []
  /** While true the disk that holds the ledger is full. */
  diskFull: (() => void) | undefined
  config: Partial<AccountConfig> = {}
  ledger!: Ledger
  polling!: Polling
  readonly #dataDir: string

  private constructor(dataDir: string, names: readonly string[]) {
    this.#dataDir = dataDir
    this.vendors = names.map((name) => new Vendor(name, this.clock))
  }

  static async create(...names: readonly string[]): Promise<World> {
    const dataDir = await mkdtemp(join(tmpdir(), 'usage-explorer-polling-'))
    const world = new World(dataDir, names.length === 0 ? ['main'] : names)
    onTestFinished(async () => {
      await world.stop()
      await rm(dataDir, { recursive: true })
    })
    return world
  }

  get vendor(): Vendor {
    const [vendor] = this.vendors
    if (vendor === undefined) throw new Error('a world has a vendor')
    return vendor
  }

  async start(): Promise<void> {
    const real = await openLedger({
      dataDir: this.#dataDir,
      sources: [BILLING],
      booking: BOOKING,
      now: () => this.clock.now(),
      retentionMs: RETENTION_MS,
      scrapeIntervalMs: MINUTE,
    })
    this.ledger = this.#onDisk(real)
    let seed = 1
    this.polling = createPolling({
      accounts: this.vendors.map((vendor) => ({
        config: this.#configOf(vendor.name),
        account: vendor,
        provider: vendor.provider,
      })),
      ledger: this.ledger,
      clock: this.clock,
      log: createLog('info', {
        write: (line) => this.lines.push(JSON.parse(line) as Record<string, unknown>),
      }),
      observer: {
        polled: (event) => this.polled.push(event),
        progress: (event) => this.progress.push(event),
      },
      retentionMs: RETENTION_MS,
      random: () => (seed = (seed * 16807) % 2147483647) / 2147483647,
    })
    this.polling.start()
  }

  /** Stops and closes, as at the end of the process. */
  async stop(): Promise<void> {
    await this.polling.stop()
    await this.ledger.close()
  }

  /** Lets time pass once all loops sleep, but for `hanging` ones. */
  async advance(ms: number, hanging = 0): Promise<void> {
    await this.clock.advance(ms, this.vendors.length + 1 - hanging)
  }

  /** Waits, while simulated time stands still. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await turn()
  }

  status(account = 'main'): AccountStatus {
    const status = this.polling.status().find((one) => one.account === account)
    if (status === undefined) throw new Error(`no account is called ${account}`)
    return status
  }

  cut(cut: Cut, account = 'main'): CutState | undefined {
    const source = this.ledger.sources().find(({ key }) => key.account === account)
    return source?.cuts.find((state) => cutName(state.cut) === cutName(cut))
  }

  /** The ledger's sum over a window in one cut. */
  async sum(cut: Cut, window: Window, account = 'main'): Promise<Amount> {
    const state = this.cut(cut, account)
    if (state === undefined) return 0n
    const groups = new Map(this.ledger.series(state.id).map(({ id }) => [id, 0]))
    const rows = await this.ledger.sums({ cutId: state.id, window, groups, bucketStarts: [window.from] })
    return rows.reduce((sum, { amount }) => sum + amount, 0n)
  }

  #configOf(name: string): AccountConfig {
    return {
      name,
      provider: 'xai',
      api: 'management',
      credential: new Secret('unused'),
      project: undefined,
      url: 'http://127.0.0.1',
      intervalMs: 10 * MINUTE,
      lookbackEveryMs: HOUR,
      lookbackMs: 90 * DAY,
      timeoutMs: 30 * SECOND,
      reconcile: false,
      ...this.config,
    }
  }

  /** The real ledger, with the one thing that a test cannot do to the machine's disk. */
  #onDisk(ledger: Ledger): Ledger {
    const writes = new Set([
      'commit',
      'commitFacts',
      'commitReadings',
      'remember',
      'retire',
      'release',
      'prune',
    ])
    return new Proxy(ledger, {
      get: (target, property) => {
        const value: unknown = Reflect.get(target, property, target)
        if (typeof value !== 'function') return value
        return (...given: unknown[]): unknown => {
          if (writes.has(String(property))) this.diskFull?.()
          return Reflect.apply(value, target, given) as unknown
        }
      },
    })
  }
}

/** What the vendor bills in a window. */
export function billed(vendor: Vendor, { from, to }: Window): Amount {
  let sum = 0n
  for (let start = from; start < to; start += HOUR) sum += vendor.bill(start)
  return sum
}
