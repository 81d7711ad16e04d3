/** Gathers what requests add for a moment, so that one transaction serves many of them. */
import { setTimeout as sleep } from 'node:timers/promises'
import { UsageExplorerError } from '../errors.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { inTurns } from '../turns.ts'
import type { Increment, ObservedPart, StreamState } from '../usage/observed.ts'
import { sourceKeyText, type SourceKey } from '../usage/source.ts'
import { writePosition } from './stream.ts'
import type { Streams } from './streams.ts'

/** Increments that wait: beyond it senders are told to come back. */
const MOST_PENDING = 500_000

export interface Batches {
  add(source: SourceKey, newest: number, increments: readonly Increment[]): void
  /** Grows when a commit fails: what was added before it is not counted. */
  readonly failures: number
  /** Resolves when all that was added until now is committed; rejects when it was not. */
  settled(): Promise<void>
  /** @throws UsageExplorerError RECEIVER_FULL */
  refuseWhenFull(): void
  close(): Promise<void>
}

interface Part {
  readonly source: SourceKey
  newest: number
  readonly increments: Increment[]
}

/** What is committed together, and who waits for it. */
class Batch {
  readonly parts = new Map<string, Part>()
  size = 0
  readonly done: Promise<void>
  resolve: () => void = () => undefined
  reject: (thrown: unknown) => void = () => undefined

  constructor() {
    this.done = new Promise<void>((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
    // Those who wait are told; where nobody does, nothing is lost.
    this.done.catch(() => undefined)
  }
}

export function createBatches(options: {
  readonly ledger: Pick<Ledger, 'commitObserved'>
  readonly streams: Streams
  readonly observed: (source: SourceKey, increments: readonly Increment[]) => void
  readonly gatherMs: number
}): Batches {
  const { ledger, streams, observed, gatherMs } = options
  let gathering: Batch | undefined
  let committing: Batch | undefined
  let running: Promise<void> | undefined
  let failures = 0

  const commit = async ({ parts }: Batch): Promise<void> => {
    const taken: readonly ObservedPart[] = [...parts.values()]
    const moved = streams.takeMoved().map((stream) => ({ stream, position: stream.position }))
    const states: StreamState[] = []
    await inTurns(moved, ({ stream, position }) => {
      if (position !== undefined) states.push({ id: stream.id, state: writePosition(position) })
    })
    await ledger.commitObserved({ parts: taken, streams: states })
    for (const { stream, position } of moved) stream.committed = position
    for (const { source, increments } of taken) observed(source, increments)
  }

  const run = async (): Promise<void> => {
    while (gathering !== undefined) {
      await sleep(gatherMs)
      const batch = gathering
      committing = batch
      gathering = undefined
      try {
        await commit(batch)
        batch.resolve()
      } catch (thrown) {
        // What came meanwhile was counted from positions that are not committed: it is to be sent again, too.
        failures++
        streams.revert()
        batch.reject(thrown)
        const later = gathering as Batch | undefined
        gathering = undefined
        later?.reject(thrown)
      }
      committing = undefined
    }
    running = undefined
  }

  return {
    add(source, newest, increments) {
      gathering ??= new Batch()
      const { parts } = gathering
      const key = sourceKeyText(source)
      const part = parts.get(key) ?? { source, newest, increments: [] }
      parts.set(key, part)
      part.newest = Math.max(part.newest, newest)
      for (const increment of increments) part.increments.push(increment)
      gathering.size += increments.length
      running ??= run()
    },
    get failures() {
      return failures
    },
    async settled() {
      await (gathering ?? committing)?.done
    },
    refuseWhenFull() {
      if ((gathering?.size ?? 0) < MOST_PENDING) return
      throw new UsageExplorerError('RECEIVER_FULL', 'more points wait to be committed than are taken')
    },
    async close() {
      await running
    },
  }
}
