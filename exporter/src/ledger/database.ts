/** DuckDB as the ledger needs it: one writer, transactions that either happen or do not, reopening after a fatal error. */
import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setImmediate as yieldToLoop } from 'node:timers/promises'
import {
  DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBConnection,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api'
import PQueue from 'p-queue'
import { UsageExplorerError, toCodedError } from '../errors.ts'

/** Below this the disk counts as full: a checkpoint that runs out of space would invalidate the whole instance. */
const LEAST_FREE_BYTES = 16 * 1024 * 1024

/** Rows appended between two turns of the event loop; DuckDB's own vector size. */
const CHUNK_ROWS = 2048

const OPTIONS = {
  // Nothing is fetched at run time: what DuckDB needs here is linked in.
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
  memory_limit: '1GB',
}

export type Parameters = Record<string, DuckDBValue>
export type Row = Record<string, DuckDBValue>

export interface Transaction {
  run(sql: string, parameters?: Parameters): Promise<void>
  rows(sql: string, parameters?: Parameters): Promise<Row[]>
  /** Appends rows, one value a column; a table named `temp.x` is this connection's temporary table x. */
  append(
    table: string,
    types: readonly DuckDBType[],
    rows: readonly (readonly DuckDBValue[])[],
  ): Promise<void>
  /** Called once the commit is durable and before the next transaction begins. */
  afterCommit(adopt: () => void): void
}

export class Database {
  readonly #path: string
  readonly #writes = new PQueue({ concurrency: 1 })
  readonly #reads = new Set<Promise<unknown>>()
  #closed = false
  #instance: DuckDBInstance | undefined
  #opening: Promise<DuckDBInstance> | undefined
  #generation = 0
  #writer: DuckDBConnection | undefined

  private constructor(path: string) {
    this.#path = path
  }

  /** Opens or creates the file. Throws LEDGER_LOCKED when another process holds it. */
  static async open(path: string): Promise<Database> {
    const database = new Database(path)
    await database.#connect()
    return database
  }

  /** Changes when the file had to be opened again: what was known of it must be read anew. */
  get generation(): number {
    return this.#generation
  }

  /** Runs one query on a connection of its own, so that it sees one committed state. */
  async read(
    sql: string,
    parameters: Parameters = {},
    types: Record<string, DuckDBType> = {},
  ): Promise<Row[]> {
    const reading = this.#read(sql, parameters, types)
    this.#reads.add(reading)
    try {
      return await reading
    } finally {
      this.#reads.delete(reading)
    }
  }

  async #read(sql: string, parameters: Parameters, types: Record<string, DuckDBType>): Promise<Row[]> {
    let instance: DuckDBInstance | undefined
    try {
      instance = await this.#connect()
      const connection = await instance.connect()
      try {
        return await readAll(connection, sql, parameters, types)
      } finally {
        connection.closeSync()
      }
    } catch (thrown) {
      throw this.#coded(thrown, instance)
    }
  }

  /**
   * Runs `work` in a transaction once all earlier and smaller ones are through, and resolves when it is durable.
   * A throw rolls back.
   *
   * @param size rows that it writes, about: small transactions go first
   */
  async transaction<T>(size: number, work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return this.#writes.add(() => this.#transact(work), { priority: -size })
  }

  /** Runs `work` between two transactions: while it runs, the file and its log do not change. */
  async undisturbed<T>(work: () => Promise<T>): Promise<T> {
    return this.#writes.add(work)
  }

  /** What is under way ends first. What comes later is refused: it would open the file again, and keep it locked. */
  async close(): Promise<void> {
    await this.#writes.onIdle()
    this.#closed = true
    await Promise.allSettled(this.#reads)
    this.#drop()
  }

  async #transact<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    let instance: DuckDBInstance | undefined
    try {
      await this.#refuseWhenFull()
      instance = await this.#connect()
      const writer = this.#writer
      if (writer === undefined) throw new Error('the ledger has no writer')
      await writer.run('BEGIN TRANSACTION')
      try {
        const adoptions: (() => void)[] = []
        const result = await work(transactionOn(writer, adoptions))
        await writer.run('COMMIT')
        for (const adopt of adoptions) adopt()
        return result
      } catch (thrown) {
        // A commit that failed has rolled back already, and then there is nothing to roll back.
        await writer.run('ROLLBACK').catch(() => undefined)
        throw thrown
      }
    } catch (thrown) {
      throw this.#coded(thrown, instance)
    }
  }

  /** Opens the file unless it is open. Callers that come meanwhile share it: two instances would destroy the file. */
  async #connect(): Promise<DuckDBInstance> {
    if (this.#closed) throw new Error('the ledger is closed')
    if (this.#instance !== undefined) return this.#instance
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined
    })
    return this.#opening
  }

  async #open(): Promise<DuckDBInstance> {
    try {
      const instance = await DuckDBInstance.create(this.#path, OPTIONS)
      this.#writer = await instance.connect()
      this.#instance = instance
      this.#generation++
      return instance
    } catch (thrown) {
      throw this.#coded(thrown, undefined)
    }
  }

  async #refuseWhenFull(): Promise<void> {
    const { bavail, bsize } = await statfs(dirname(this.#path))
    if (bavail * bsize >= LEAST_FREE_BYTES) return
    throw new UsageExplorerError('LEDGER_DISK_FULL', `less than 16 MiB are free beside ${this.#path}`)
  }

  /** @param instance where it happened: one that was opened since is not to blame */
  #coded(thrown: unknown, instance: DuckDBInstance | undefined): UsageExplorerError {
    if (thrown instanceof UsageExplorerError) return thrown
    const message = thrown instanceof Error ? thrown.message : String(thrown)
    if (/database has been invalidated|FATAL/i.test(message) && instance === this.#instance) this.#drop()
    if (/No space left|Could not write|out of disk/i.test(message)) {
      return new UsageExplorerError('LEDGER_DISK_FULL', `the disk of ${this.#path} is full`, {
        cause: thrown,
      })
    }
    if (message.includes('Could not set lock')) {
      const holder = /\(PID (\d+)\)/.exec(message)?.[1]
      const who = holder === undefined ? 'another process' : `process ${holder}`
      return new UsageExplorerError('LEDGER_LOCKED', `${who} holds ${this.#path}`, { cause: thrown })
    }
    return toCodedError(thrown, 'LEDGER_FAILED')
  }

  /** The next use opens the file again: an instance that DuckDB has invalidated answers nothing any more. */
  #drop(): void {
    this.#writer?.closeSync()
    this.#instance?.closeSync()
    this.#writer = undefined
    this.#instance = undefined
  }
}

/** Turns rows into objects chunk by chunk, between which the event loop goes on. */
async function readAll(
  connection: DuckDBConnection,
  sql: string,
  parameters: Parameters,
  types: Record<string, DuckDBType> = {},
): Promise<Row[]> {
  const result = await connection.run(sql, parameters, types)
  const rows: Row[] = []
  for await (const chunk of result.yieldRowObjects()) {
    for (const row of chunk) rows.push(row)
    await yieldToLoop()
  }
  return rows
}

function transactionOn(connection: DuckDBConnection, adoptions: (() => void)[]): Transaction {
  return {
    afterCommit: (adopt) => {
      adoptions.push(adopt)
    },
    run: async (sql, parameters = {}) => {
      await connection.run(sql, parameters)
    },
    rows: (sql, parameters = {}) => readAll(connection, sql, parameters),
    append: async (table, types, rows) => {
      const [name = table, catalog = null] = table.split('.').reverse()
      const appender = await connection.createAppender(name, 'main', catalog)
      for (let at = 0; at < rows.length; at += CHUNK_ROWS) {
        const chunk = DuckDBDataChunk.create(types)
        chunk.setRows(rows.slice(at, at + CHUNK_ROWS))
        appender.appendDataChunk(chunk)
        await yieldToLoop()
      }
      appender.closeSync()
    },
  }
}
