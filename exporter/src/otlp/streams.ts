/** Every stream of points: what it means, and how far it was counted. */
import { createHash } from 'node:crypto'
import type { Stated } from '../usage/dimensions.ts'
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
  /** What its increments state, by type: the same objects each time, which the ledger knows again. */
  readonly stated: Map<string, Stated>
  /** As counted, also by what is not committed yet. */
  position: StreamPosition | undefined
  /** As committed. */
  committed: StreamPosition | undefined
  seenAt: number
}

const NOTHING = { stream: undefined }

/**
 * Known streams. Those that an earlier run committed go on where they were.
 *
 * @param states as the ledger keeps them
 */
export class Streams {
  readonly #byKey = new Map<string, Stream | undefined>()
  /** The same by keys that are quicker made, of which a stream may have several. */
  readonly #byAlias = new Map<string, Stream | undefined>()
  readonly #earlier: Map<string, string>
  #moved = new Set<Stream>()

  constructor(states: readonly StreamState[]) {
    this.#earlier = new Map(states.map(({ id, state }) => [id, state]))
  }

  /** The stream of an alias that {@link find} was given; undefined where it is not known, or known to be nothing. */
  known(alias: string, now: number): { readonly stream: Stream | undefined } | undefined {
    const stream = this.#byAlias.get(alias)
    if (stream === undefined) return this.#byAlias.has(alias) ? NOTHING : undefined
    stream.seenAt = now
    return { stream }
  }

  /**
   * The stream of a key; `describe` is asked once for what it is, and tells undefined where it is nothing.
   *
   * @param key what no two streams share
   * @param alias by which it is found more quickly the next time
   */
  find(
    key: string,
    alias: string,
    now: number,
    describe: () => Pick<Stream, 'subject' | 'meaning'> | undefined,
  ): Stream | undefined {
    const known = this.#byKey.get(key)
    if (known !== undefined || this.#byKey.has(key)) {
      if (known !== undefined) known.seenAt = now
      this.#byAlias.set(alias, known)
      return known
    }
    const described = describe()
    if (described === undefined) {
      this.#byKey.set(key, undefined)
      this.#byAlias.set(alias, undefined)
      return undefined
    }
    const id = createHash('sha256').update(key).digest('base64url').slice(0, 22)
    const state = this.#earlier.get(id)
    this.#earlier.delete(id)
    const position = state === undefined ? undefined : readPosition(state)
    const stream: Stream = {
      id,
      ...described,
      stated: new Map(),
      position,
      committed: position,
      seenAt: now,
    }
    this.#byKey.set(key, stream)
    this.#byAlias.set(alias, stream)
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
    this.#byAlias.clear()
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
  { subject, stated: known }: Stream,
  adds: readonly Contribution[],
  growth: Growth,
  at: number,
): Increment[] {
  return adds.flatMap((contribution): Increment[] => {
    const { measure, of, type, negative, currency = '', priceSource } = contribution
    const stated = (own: string): Stated => {
      const before = known.get(own)
      if (before !== undefined) return before
      const made = {
        ...subject.stated,
        ...(priceSource === undefined ? {} : { price_source: priceSource }),
        type: own,
      }
      known.set(own, made)
      return made
    }
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
