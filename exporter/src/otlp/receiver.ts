/** Takes exports of instrumented apps in: answers once they are committed, so that an acknowledged point is there once. */
import { DAY, MINUTE } from '../clock.ts'
import { UsageExplorerError, toCodedError } from '../errors.ts'
import type { Ledger, LedgerFacts } from '../ledger/ledger.ts'
import { createLine, inTurns } from '../turns.ts'
import type { Increment } from '../usage/observed.ts'
import type { SourceKey } from '../usage/source.ts'
import { createActiveScopes, type ActiveScopes } from './active-scope.ts'
import { readExpensiveCalls } from './calls.ts'
import { createBatches } from './batches.ts'
import { isTokenCounter, OLD_TOKENS } from './dialects/conventions.ts'
import { dialectOf } from './dialects/registry.ts'
import { createLevels, type Levels } from './levels.ts'
import { readPoint } from './reading.ts'
import { advance } from './stream.ts'
import { incrementsOf, Streams, type Stream } from './streams.ts'
import { createSubjects } from './subject.ts'
import { attributesAlias, attributesKey } from './keys.ts'
import type { Dialect } from './dialects/dialect.ts'
import type {
  Attributes,
  Metric,
  Point,
  ResourceLogs,
  ResourceMetrics,
  ScopeMetrics,
} from './wire/request.ts'

export interface Accepted {
  /** Points that could not be counted, and why. */
  readonly rejected: number
  readonly reason: string
}

export interface Receiver {
  /**
   * Resolves when what the request adds is committed. Throws RECEIVER_FULL, LEDGER_DISK_FULL or LEDGER_FAILED, with
   * nothing of it counted.
   *
   * @param team that all of it belongs to, whatever it states
   */
  readonly receive: (request: readonly ResourceMetrics[], team: string | undefined) => Promise<Accepted>
  /** Keeps the expensive calls among log records. Throws as {@link receive} does. */
  readonly receiveCalls: (request: readonly ResourceLogs[], team: string | undefined) => Promise<Accepted>
  readonly levels: Levels
  readonly scopes: Pick<ActiveScopes, 'passedOver'>
  /** Commits what is pending. */
  close(): Promise<void>
}

export interface ReceiverOptions {
  readonly ledger: Pick<Ledger, 'commitObserved' | 'commitCalls' | 'streams'>
  readonly accounts: readonly { readonly provider: string; readonly name: string }[]
  readonly names: () => LedgerFacts['names']
  readonly now: () => number
  /** Told of increments once they are committed. */
  readonly observed?: (source: SourceKey, increments: readonly Increment[]) => void
  /** How long a request waits for others to share its commit; 500 unless given. */
  readonly gatherMs?: number
  /** How many points were read, by what became of them. */
  readonly counted?: (outcome: 'counted' | 'ignored' | 'rejected' | 'repeated', points: number) => void
}

/** A point this far ahead has a wrong clock behind it. */
const FUTURE_MS = 10 * MINUTE
/** Streams are told apart by far fewer; beyond it somebody puts ids into labels. */
const MOST_STREAMS = 500_000
/** Of one request; apps send a few dozen an hour. */
const MOST_CALLS = 1000

export async function createReceiver(options: ReceiverOptions): Promise<Receiver> {
  const { ledger, accounts, names, now, observed = () => undefined, counted = () => undefined } = options
  const { gatherMs = 500 } = options
  const { since, states } = await ledger.streams()
  const streams = new Streams(states)
  const subjectOf = createSubjects({ accounts, names })
  const scopes = createActiveScopes()
  const levels = createLevels(now)
  const batches = createBatches({ ledger, streams, observed, gatherMs })
  const line = createLine()
  // Long keys of resources as short numbers.
  const numbers = new Map<string, number>()
  const originNumber = (key: string): number => {
    const number = numbers.get(key) ?? numbers.size
    numbers.set(key, number)
    return number
  }
  let forgottenAt = now()

  const receive: Receiver['receive'] = async (request, team) => {
    batches.refuseWhenFull()
    const { failures } = batches
    const at = now()
    if (at - forgottenAt > 10 * MINUTE) {
      streams.forget(at - DAY)
      numbers.clear()
      forgottenAt = at
    }
    if (streams.size > MOST_STREAMS) {
      throw new UsageExplorerError('RECEIVER_FULL', `there are more than ${MOST_STREAMS} streams of points`)
    }
    const refused = new Map<string, number>()
    const tally = { counted: 0, ignored: 0, repeated: 0 }
    const refuse = (reason: string): void => void refused.set(reason, (refused.get(reason) ?? 0) + 1)
    // Decided once for all points of a scope, so that none of them counts half.
    const decisions = new Map<string, boolean>()
    const isActive = (scope: string, rank: number, { source, stated }: Stream['subject']): boolean => {
      const about = `${stated.service ?? ''}/${source.provider}`
      const key = `${scope} ${about}`
      const decided = decisions.get(key) ?? scopes.counts(about, { name: scope, rank }, at)
      decisions.set(key, decided)
      return decided
    }

    const take = (origin: Origin, metric: Metric, point: Point): void => {
      const { resource, scope } = origin
      const { dialect } = origin
      const start = metric.temporality === 'cumulative' && point.startMs !== 0 ? String(point.startMs) : ''
      const alias = `${origin.alias} ${metric.name} ${metric.temporality} ${start} ${team ?? ''} ${attributesAlias(point.attributes)}`
      const known = streams.known(alias, at)
      const stream =
        known === undefined
          ? streams.find(
              `${origin.key} ${metric.name} ${attributesKey(point.attributes)} ${metric.temporality} ${start} ${team ?? ''}`,
              alias,
              at,
              () => {
                const meaning = dialect.meaningOf(metric.name, point.attributes)
                const subject = meaning && subjectOf(dialect, resource, point.attributes, team)
                return meaning === undefined || subject === undefined ? undefined : { meaning, subject }
              },
            )
          : known.stream
      if (stream === undefined || point.absent) {
        tally.ignored++
        return
      }
      if (point.timeMs > at + FUTURE_MS) {
        refuse('its time is more than 10 minutes ahead')
        return
      }
      const { meaning, subject } = stream
      if ('level' in meaning) {
        const name = `${origin.key} ${metric.name} ${team ?? ''} ${attributesKey(point.attributes)}`
        levels.set(name, subject, meaning.level, point)
        tally.counted++
        return
      }
      if (metric.kind === 'gauge' || metric.temporality === 'unspecified') {
        refuse(`${metric.name} must be a sum or a histogram with a temporality`)
        return
      }
      const reading = readPoint(point)
      if (reading === undefined) {
        refuse(`${metric.name} holds no figure that can be counted`)
        return
      }
      const countsWhole = point.startMs > Math.max(since, at - 6 * DAY)
      const step = advance(stream.position, reading, {
        timeMs: point.timeMs,
        temporality: metric.temporality,
        countsWhole,
      })
      if (step === undefined) {
        tally.repeated++
        return
      }
      streams.move(stream, step.position)
      tally.counted++
      const growth = isActive(scope.name, dialect.rank, subject) ? step.growth : undefined
      // A point tells of what happened before its time: an export on the full hour is about the hour that ends.
      const happenedAt = Math.min(point.timeMs - 1, at)
      const increments = growth === undefined ? [] : incrementsOf(stream, meaning.adds, growth, happenedAt)
      batches.add(subject.source, point.timeMs, increments)
    }

    await line(() =>
      inTurns(pointsOf(request, originNumber), ({ origin, metric, point }) => take(origin, metric, point)),
    )
    const rejected = [...refused.values()].reduce((a, b) => a + b, 0)
    for (const [outcome, points] of Object.entries({ ...tally, rejected })) {
      counted(outcome as keyof typeof tally | 'rejected', points)
    }
    // Points that an earlier request brought may be among what is not committed yet.
    await batches.settled()
    if (batches.failures !== failures) {
      throw new UsageExplorerError('LEDGER_FAILED', 'a part of the request could not be committed')
    }
    const reason = [...refused].map(([why, points]) => `${points} points: ${why}`).join('; ')
    return { rejected, reason }
  }

  return {
    receive: async (request, team) => {
      try {
        return await receive(request, team)
      } catch (thrown) {
        throw toCodedError(thrown, 'LEDGER_FAILED')
      }
    },
    receiveCalls: async (request, team) => {
      const { calls, rejected } = readExpensiveCalls(request, subjectOf, team)
      if (calls.length > MOST_CALLS) {
        throw new UsageExplorerError('RECEIVER_FULL', `a request may hold ${MOST_CALLS} calls`)
      }
      if (calls.length > 0) await ledger.commitCalls(calls)
      return { rejected, reason: rejected === 0 ? '' : 'a call without provider, time or cost' }
    },
    levels,
    scopes,
    close: () => batches.close(),
  }
}

interface Origin {
  readonly resource: Attributes
  readonly scope: ScopeMetrics
  readonly dialect: Dialect
  /** What no two origins share. */
  readonly key: string
  readonly alias: string
}

/** All points that may mean something, those of better instrumentations first. */
function pointsOf(
  request: readonly ResourceMetrics[],
  origins: (key: string) => number,
): { origin: Origin; metric: Metric; point: Point }[] {
  return request.flatMap(({ attributes, scopes }) => {
    const resourceKey = attributesKey(attributes)
    return [...scopes]
      .sort((a, b) => dialectOf(a.name).rank - dialectOf(b.name).rank)
      .flatMap((scope) => {
        const dialect = dialectOf(scope.name)
        const key = `${resourceKey} ${scope.name}`
        const origin = { resource: attributes, scope, dialect, key, alias: `${origins(key)}` }
        const hasCounters = scope.metrics.some(({ name }) => isTokenCounter(name))
        return scope.metrics
          .filter(({ name, kind }) => kind !== 'other' && !(hasCounters && name === OLD_TOKENS))
          .flatMap((metric) => metric.points.map((point) => ({ origin, metric, point })))
      })
  })
}
