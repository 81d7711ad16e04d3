/** Every stream of points: what it means, and how far it was counted. */
import { createHash } from 'node:crypto'
import type { Increment, StreamState } from '../usage/observed.ts'
import type { Contribution, Meaning } from './dialects/dialect.ts'
import { readPosition, writePosition, type Growth, type StreamPosition } from './stream.ts'
import type { Subject } from './subject.ts'
import { TIME_BUCKETS } from '../usage/histogram.ts'
import { fromInteger } from '@usage-explorer/core/amount'

export interface Stream {
  /** What no two streams share, shortened. */
  readonly id: string
  readonly subject: Subject
  readonly meaning: Meaning
  /** As counted, also by what is not committed yet. */
  position: StreamPosition | undefined
  /** As committed. */
  committed: StreamPosition | undefined
  seenAt: number
}

/**
 * Known streams. Those that an earlier run committed go on where they were.
 *
 * @param states as the ledger keeps them
 */
export class Streams {
  readonly #byKey = new Map<string, Stream | undefined>()
  readonly #earlier: Map<string, string>
  #moved = new Set<Stream>()

  constructor(states: readonly StreamState[]) {
    this.#earlier = new Map(states.map(({ id, state }) => [id, state]))
  }

  /**
   * The stream of a key; `describe` is asked once for what it is, and tells undefined where it is nothing.
   *
   * @param key what no two streams share
   */
  find(
    key: string,
    now: number,
    describe: () => Pick<Stream, 'subject' | 'meaning'> | undefined,
  ): Stream | undefined {
    const known = this.#byKey.get(key)
    if (known !== undefined || this.#byKey.has(key)) {
      if (known !== undefined) known.seenAt = now
      return known
    }
    const described = describe()
    if (described === undefined) {
      this.#byKey.set(key, undefined)
      return undefined
    }
    const id = createHash('sha256').update(key).digest('base64url').slice(0, 22)
    const state = this.#earlier.get(id)
    this.#earlier.delete(id)
    const position = state === undefined ? undefined : readPosition(state)
    const stream: Stream = { id, ...described, position, committed: position, seenAt: now }
    this.#byKey.set(key, stream)
    return stream
  }

  move(stream: Stream, position: StreamPosition): void {
    stream.position = position
    this.#moved.add(stream)
  }

  /** The streams that moved since this was asked last. */
  takeMoved(): readonly Stream[] {
    const moved = [...this.#moved]
    this.#moved = new Set()
    return moved
  }

  /** Takes everything back that is not committed: whoever sent it will send it again. */
  revert(): void {
    this.#moved = new Set()
    for (const stream of this.#byKey.values()) if (stream !== undefined) stream.position = stream.committed
  }

  /** Forgets streams that were silent since `since`, and all that mean nothing. */
  forget(since: number): void {
    for (const [key, stream] of this.#byKey) {
      if (stream === undefined || (stream.seenAt < since && stream.position === stream.committed)) {
        if (stream?.position !== undefined) this.#earlier.set(stream.id, writePosition(stream.position))
        this.#byKey.delete(key)
      }
    }
  }

  get size(): number {
    return this.#byKey.size
  }
}

/** What grew, as increments of the ledger. */
export function incrementsOf(
  { subject }: Stream,
  adds: readonly Contribution[],
  growth: Growth,
  at: number,
): Increment[] {
  return adds.flatMap((contribution): Increment[] => {
    const { measure, of, type, negative, currency = '', priceSource } = contribution
    const stated = (own: string): Increment['stated'] => ({
      ...subject.stated,
      ...(priceSource === undefined ? {} : { price_source: priceSource }),
      type: own,
    })
    if (of === 'buckets') {
      return growth.buckets.flatMap((count, bucket): Increment[] =>
        count === 0
          ? []
          : [
              {
                at,
                stated: stated(TIME_BUCKETS[bucket] ?? ''),
                measure,
                currency,
                amount: fromInteger(count),
              },
            ],
      )
    }
    const amount = of === 'count' ? fromInteger(growth.count) : growth.total
    return amount === 0n
      ? []
      : [{ at, stated: stated(type), measure, currency, amount: negative ? -amount : amount }]
  })
}
