/** The ledger on DuckDB: one file, one writer, memory that mirrors what is committed. */
import { stat } from 'node:fs/promises'
import { DAY, MINUTE } from '../clock.ts'
import { subtract } from '../usage/coverage.ts'
import { cutName, type Cut } from '../usage/cut.ts'
import type { AccountFacts, SourceDocument } from '../usage/facts.ts'
import { OTLP_SOURCE, type ObservedBatch, type StreamState } from '../usage/observed.ts'
import type { Note, NoteKind } from '../usage/note.ts'
import type { ExpensiveCall } from '../usage/expensive-call.ts'
import type { Answer, ReadingsAnswer, Window } from '../usage/record.ts'
import { sourceKeyText, type SourceKey, type SourceSpec } from '../usage/source.ts'
import { assignSeries, moveExposures, openExposure } from './booking.ts'
import { backUpFile } from './backup.ts'
import { beginExposures, commitAnswer, retentionStart } from './commit.ts'
import { readCalls, storeCalls } from './calls.ts'
import type { Database, Transaction } from './database.ts'
import { readDocuments, storeFacts, updateFacts } from './facts.ts'
import type {
  BackupOutcome,
  Booking,
  CommitOutcome,
  Counter,
  CutState,
  Ledger,
  LedgerFacts,
  LedgerStats,
  Series,
  SourceState,
  SumRow,
  SumsRequest,
} from './ledger.ts'
import { pruneNotes, readNotes, removeNote, storeNotes } from './notes.ts'
import { commitObserved, loadStreams, pruneStreams, saveStreams, thinObserved } from './observed.ts'
import { loadMemory, type Memory, type SourceRow } from './memory.ts'
import { forgetAccount, purgeAccount } from './purge.ts'
import { commitReadings } from './readings.ts'
import { integer } from './rows.ts'
import { readSums } from './sums.ts'
import { idsOf, Work, type WorkContext } from './work.ts'

export interface LedgerOptions {
  /** Made if it is not there. */
  readonly dataDir: string
  /** Specs of every source that may be committed. */
  readonly sources: readonly SourceSpec[]
  readonly booking: Booking
  readonly now: () => number
  readonly retentionMs: number
  /** A new counter shows 0 for twice as long, so that Prometheus sees it begin. */
  readonly scrapeIntervalMs: number
  /** Called with the ledger before it first asks the booking, whose names come from the ledger itself. */
  readonly onOpen?: (ledger: Ledger) => void
}

/** A stream that was silent for longer begins anew, by a baseline where it began before. */
const STREAMS_KEPT_MS = 7 * DAY
/** Rows that are appended before those that no longer stand are taken out: well under a second of work. */
const MOST_STREAM_ROWS = 200_000

export class DuckLedger implements Ledger {
  readonly #database: Database
  #memory: Memory
  #generation: number
  readonly #receivingSince: number
  readonly #path: string
  readonly #options: LedgerOptions
  #revision = 0
  #refusedRows = 0
  /** Appended since the last time that only the newest were kept. */
  #streamRows = 0

  constructor(
    database: Database,
    memory: Memory,
    receivingSince: number,
    path: string,
    options: LedgerOptions,
  ) {
    this.#database = database
    this.#receivingSince = receivingSince
    this.#memory = memory
    this.#generation = database.generation
    this.#path = path
    this.#options = options
  }

  get revision(): number {
    return this.#revision
  }

  async commit(answer: Answer): Promise<CommitOutcome> {
    return this.#count(
      await this.#write(answer.source, answer.records.length, (transaction, work) =>
        commitAnswer(transaction, work, answer, this.#options.retentionMs),
      ),
    )
  }

  async commitReadings(answer: ReadingsAnswer): Promise<CommitOutcome> {
    return this.#count(
      await this.#write(answer.source, answer.readings.length, (transaction, work) =>
        commitReadings(transaction, work, answer, this.#options.retentionMs),
      ),
    )
  }

  async commitFacts(facts: AccountFacts): Promise<void> {
    await this.#transaction(facts.names?.length ?? 0, async (transaction) => {
      await storeFacts(transaction, facts)
      const known = await updateFacts((sql) => transaction.rows(sql), this.#memory.facts, facts)
      transaction.afterCommit(() => {
        this.#memory.facts = known
        this.#revision++
      })
    })
    if (facts.names !== undefined) await this.reassign()
  }

  async commitObserved({ parts, streams }: ObservedBatch): Promise<CommitOutcome> {
    const { retentionMs } = this.#options
    const increments = parts.reduce((sum, part) => sum + part.increments.length, 0)
    return this.#transaction(increments + streams.length, async (transaction) => {
      const context = this.#context()
      // The minute in which it began counts, or the first calls of all would be in no counter.
      const epoch = Math.floor(this.#receivingSince / MINUTE) * MINUTE
      const total = { changedRows: 0, refusedRows: 0, restatedRows: 0 }
      for (const part of parts) {
        const work = new Work(context, part.source, OTLP_SOURCE, epoch)
        const { changedRows, refusedRows } = await commitObserved(transaction, work, part, retentionMs)
        await work.save(transaction)
        total.changedRows += changedRows
        total.refusedRows += refusedRows
        transaction.afterCommit(() => work.adopt())
      }
      await saveStreams(transaction, streams, context.now)
      const streamRows = this.#streamRows + streams.length
      const isMuch = streamRows > MOST_STREAM_ROWS
      if (isMuch) await pruneStreams(transaction, context.now - STREAMS_KEPT_MS)
      transaction.afterCommit(() => {
        this.#streamRows = isMuch ? 0 : streamRows
        this.#revision++
        this.#refusedRows += total.refusedRows
      })
      return total
    })
  }

  async commitCalls(calls: readonly ExpensiveCall[]): Promise<void> {
    await this.#transaction(calls.length, (transaction) => storeCalls(transaction, calls))
  }

  calls(window: Window): Promise<readonly ExpensiveCall[]> {
    return readCalls(this.#database, window)
  }

  async commitNotes(notes: readonly Note[]): Promise<void> {
    await this.#transaction(notes.length, (transaction) => storeNotes(transaction, notes))
  }

  notes(kind: NoteKind, since: number): Promise<readonly Note[]> {
    return readNotes(this.#database, kind, since)
  }

  async removeNote(kind: NoteKind, id: string): Promise<void> {
    await this.#transaction(1, (transaction) => removeNote(transaction, kind, id))
  }

  async streams(): Promise<{ since: number; states: readonly StreamState[] }> {
    const from = this.#options.now() - STREAMS_KEPT_MS
    return {
      since: this.#receivingSince,
      states: await loadStreams((sql) => this.#database.read(sql), from),
    }
  }

  async retire(source: SourceKey, cuts: readonly Cut[]): Promise<void> {
    const names = new Set(cuts.map(cutName))
    await this.#write(source, 0, async (transaction, work) => {
      const states = work.source.cuts.map((state) =>
        names.has(cutName(state.cut)) ? { ...state, live: false } : state,
      )
      work.source = { ...work.source, cuts: states }
      await beginExposures(transaction, work, moveExposures(work))
    })
  }

  async remember(source: SourceKey, state: unknown): Promise<void> {
    await this.#write(source, 0, (_transaction, work) => {
      work.source = { ...work.source, readerState: JSON.stringify(state) }
    })
  }

  recall(source: SourceKey): unknown {
    const state = this.#memory.sources.get(sourceKeyText(source))?.readerState
    return state === undefined ? undefined : (JSON.parse(state) as unknown)
  }

  async release(): Promise<void> {
    const now = this.#options.now()
    const counters = [...this.#memory.counters.values()]
    if (!counters.some((counter) => !counter.shown && counter.visibleAt <= now)) return
    await this.#transaction(0, async (transaction) => {
      await transaction.run(
        `UPDATE counter SET shown = true, published = greatest(published, ledger)
         WHERE NOT shown AND visible_at <= ${now}`,
      )
      transaction.afterCommit(() => {
        for (const counter of this.#memory.counters.values()) {
          if (counter.shown || counter.visibleAt > now) continue
          const published = counter.ledger > counter.published ? counter.ledger : counter.published
          this.#memory.counters.set(counter.id, { ...counter, shown: true, published })
        }
        this.#revision++
      })
    })
  }

  async prune(): Promise<void> {
    const now = this.#options.now()
    for (const source of this.#memory.sources.values()) {
      await this.#write(source.key, 0, async (transaction, work) => {
        const cuts: CutState[] = []
        for (const cut of work.source.cuts) {
          const horizon = retentionStart(now, this.#options.retentionMs, cut.widthMs)
          await transaction.run(`DELETE FROM fact WHERE cut_id = ${cut.id} AND bucket_start < ${horizon}`)
          if (source.spec.kind === 'observed') await thinObserved(transaction, cut, now)
          cuts.push({ ...cut, coverage: subtract(cut.coverage, { from: -Infinity, to: horizon }) })
        }
        work.source = { ...work.source, cuts }
      })
    }
    await this.#transaction(0, async (transaction) => {
      await pruneStreams(transaction, now - STREAMS_KEPT_MS)
      await transaction.run(`DELETE FROM call WHERE ended_at < ${now - this.#options.retentionMs}`)
      await pruneNotes(transaction, now - this.#options.retentionMs)
    })
  }

  async hide(account: string, hidden: boolean): Promise<void> {
    if (this.#memory.hidden.has(account) === hidden) return
    await this.#transaction(0, async (transaction) => {
      const sql = hidden
        ? 'INSERT INTO removed VALUES ($account)'
        : 'DELETE FROM removed WHERE account = $account'
      await transaction.run(sql, { account })
      transaction.afterCommit(() => {
        if (hidden) this.#memory.hidden.add(account)
        else this.#memory.hidden.delete(account)
        this.#revision++
      })
    })
  }

  hidden(): ReadonlySet<string> {
    return this.#memory.hidden
  }

  async purge(account: string): Promise<void> {
    await this.#transaction(0, async (transaction) => {
      await purgeAccount(transaction, account)
      transaction.afterCommit(() => {
        forgetAccount(this.#memory, account)
        this.#revision++
      })
    })
  }

  async backUp(path: string): Promise<BackupOutcome> {
    return backUpFile(this.#database, this.#path, path)
  }

  sources(): readonly SourceState[] {
    return [...this.#memory.sources.values()].map((source) => ({
      key: source.key,
      spec: source.spec,
      epoch: source.epoch,
      movedAt: source.movedAt,
      cuts: source.cuts,
      exposed: exposedCut(source, 'exposed'),
      twin: exposedCut(source, 'twin'),
    }))
  }

  series(cutId: number): readonly Series[] {
    return this.#memory.seriesByCut.get(cutId) ?? []
  }

  counters(): readonly Counter[] {
    return [...this.#memory.counters.values()]
  }

  facts(): LedgerFacts {
    return this.#memory.facts
  }

  documents(
    account: { provider: string; account: string },
    kind: SourceDocument['kind'],
  ): Promise<readonly SourceDocument[]> {
    return readDocuments(this.#database, account, kind)
  }

  sums(request: SumsRequest): Promise<readonly SumRow[]> {
    return readSums(this.#database, request)
  }

  async stats(): Promise<LedgerStats> {
    const [row] = await this.#database.read('SELECT count(*) AS n FROM fact')
    const sizes = await Promise.all([this.#path, `${this.#path}.wal`].map(sizeOf))
    return {
      facts: integer(row ?? {}, 'n'),
      series: this.#memory.seriesIds.size,
      bytes: sizes.reduce((sum, size) => sum + size, 0),
      refusedRows: this.#refusedRows,
    }
  }

  async close(): Promise<void> {
    await this.#database.close()
  }

  /** After names or mappings changed: counters follow at the next unbooked bucket. */
  async reassign(): Promise<void> {
    for (const source of this.#memory.sources.values()) {
      await this.#write(source.key, 0, (_transaction, work) => {
        for (const role of ['exposed', 'twin'] as const) {
          const open = openExposure(work.source.exposures, role)
          if (open !== undefined) assignSeries(work, role, work.seriesOf(open.cutId))
        }
      })
    }
  }

  #count(outcome: CommitOutcome): CommitOutcome {
    this.#refusedRows += outcome.refusedRows
    return outcome
  }

  async #write<T>(
    key: SourceKey,
    size: number,
    write: (transaction: Transaction, work: Work) => T | Promise<T>,
  ): Promise<T> {
    const { sources } = this.#options
    const spec = sources.find((candidate) => candidate.id === key.source)
    if (spec === undefined) throw new Error(`no source is called ${key.source}`)
    return this.#transaction(size, async (transaction) => {
      const work = new Work(this.#context(), key, spec)
      const outcome = await write(transaction, work)
      await work.save(transaction)
      transaction.afterCommit(() => {
        work.adopt()
        this.#revision++
      })
      return outcome
    })
  }

  /** To be made inside a transaction: those before it may have given ids. */
  #context(): WorkContext {
    const { booking, now, scrapeIntervalMs } = this.#options
    const memory = this.#memory
    return { memory, booking, now: now(), holdMs: 2 * scrapeIntervalMs, ids: idsOf(memory) }
  }

  /** A transaction beside which memory says what the file holds, also where that had to be opened again. */
  async #transaction<T>(size: number, work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return this.#database.transaction(size, async (transaction) => {
      if (this.#generation !== this.#database.generation) {
        this.#memory = await loadMemory(this.#database, this.#options.sources)
        this.#generation = this.#database.generation
        this.#revision++
      }
      return work(transaction)
    })
  }
}

function exposedCut(source: SourceRow, role: 'exposed' | 'twin'): CutState | undefined {
  const open = openExposure(source.exposures, role)
  return source.cuts.find((cut) => cut.id === open?.cutId)
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  )
}
