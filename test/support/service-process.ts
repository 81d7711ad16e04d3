/** The built command as a process of its own: started as a user would, listened to, asked, signalled. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const COMMAND = join(ROOT, 'exporter/bin/usage-explorer.js')

const PATIENCE_MS = 55_000
const LOOK_AGAIN_MS = 20

export type LogLine = Readonly<Record<string, unknown>> & { readonly msg: string; readonly level: string }
export type Environment = Readonly<Record<string, string>>

/** Path of a compiled file of the exporter. Throws where there is none. */
export function compiled(file: string): string {
  const path = join(ROOT, 'exporter/dist', file)
  if (!existsSync(path)) throw new Error(`${path} is missing: run "npm run build" first, as "npm test" does`)
  return path
}

export class Running {
  readonly process: ChildProcess
  /** Both streams, in the order in which they came. */
  output = ''
  /** Resolves once the process has ended and all that it wrote is here. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>

  constructor(args: readonly string[], env: Environment, cwd: string) {
    // Nothing of this process's own environment, which may hold an account.
    this.process = spawn(process.execPath, [...args], {
      cwd,
      env: { PATH: process.env['PATH'], HOME: cwd, ...env },
    })
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.output += text))
    }
    this.ended = new Promise((resolve) => {
      this.process.once('close', (code, signal) => resolve({ code, signal }))
    })
  }

  get alive(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null
  }

  /** The log so far. */
  get log(): readonly LogLine[] {
    return this.output.split('\n').flatMap((line) => {
      return line.startsWith('{') && line.endsWith('}') ? [JSON.parse(line) as LogLine] : []
    })
  }

  /** The first log line whose text has this in it, as soon as there is one. */
  async logged(text: string): Promise<LogLine> {
    return this.#whileAlive(`a log line with "${text}"`, () => this.log.find(({ msg }) => msg.includes(text)))
  }

  /** Where it listens, as it tells the user. */
  async url(): Promise<string> {
    const { msg } = await this.logged('Look at ')
    return /metrics for Prometheus: (http:\S+)\/metrics\)/.exec(msg)?.[1] ?? ''
  }

  async get(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch((await this.url()) + path, init)
  }

  async text(path: string): Promise<string> {
    return (await this.get(path)).text()
  }

  /** Sends JSON. */
  async post(path: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
    return this.get(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
  }

  async json(path: string): Promise<unknown> {
    return (await this.get(path)).json()
  }

  /** Values of a metric's samples by their labels as written: `{account="a",code="X"}`. */
  async samples(name: string): Promise<ReadonlyMap<string, number>> {
    return samplesOf(await this.text('/metrics'), name)
  }

  /** Resolves once all of the account's history is read. */
  async backfilled(): Promise<void> {
    await this.eventually('the history is read', async () => {
      const ratios = [...(await this.samples('usage_explorer_backfill_ratio')).values()]
      return ratios.length > 0 && ratios.every((ratio) => ratio === 1)
    })
  }

  /** Asks again and again until it holds; fails where the process ends first. */
  async eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
    await this.#whileAlive(what, async () => ((await holds()) ? true : undefined))
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<{ code: number | null; signal: string | null }> {
    if (this.alive) this.process.kill(signal)
    return this.ended
  }

  async #whileAlive<T>(what: string, find: () => T | undefined | Promise<T | undefined>): Promise<T> {
    const until = Date.now() + PATIENCE_MS
    for (;;) {
      const found = await find()
      if (found !== undefined) return found
      if (!this.alive) await this.ended
      expect(this.alive, `it ended before there was ${what}:\n${this.output}`).toBe(true)
      expect(Date.now(), `there was never ${what}:\n${this.output}`).toBeLessThan(until)
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS))
    }
  }
}

/** What a test file starts; all of it is gone when the file is through. */
export interface Processes {
  /** An empty folder. */
  folder(): string
  /** The command, on a free port and with its data in `folder`, unless `env` says otherwise. */
  start(folder: string, env?: Environment, args?: readonly string[]): Running
  /** Any other script. */
  run(script: string, folder: string, args?: readonly string[], env?: Environment): Running
}

export function useProcesses(): Processes {
  const started: Running[] = []
  const folders: string[] = []
  afterAll(async () => {
    await Promise.all(started.map((running) => running.stop('SIGKILL')))
    for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  })
  const launch = (args: readonly string[], env: Environment, cwd: string): Running => {
    const running = new Running(args, env, cwd)
    started.push(running)
    return running
  }
  return {
    folder() {
      const folder = mkdtempSync(join(tmpdir(), 'usage-explorer-service-'))
      folders.push(folder)
      return folder
    },
    start(folder, env = {}, args = []) {
      compiled('main.js')
      const own = { USAGE_EXPLORER_LISTEN: '127.0.0.1:0', USAGE_EXPLORER_DATA_DIR: join(folder, 'data') }
      return launch([COMMAND, ...args], { ...own, ...env }, folder)
    },
    run: (script, folder, args = [], env = {}) => launch([script, ...args], env, folder),
  }
}

export function samplesOf(exposition: string, name: string): ReadonlyMap<string, number> {
  const samples = new Map<string, number>()
  for (const line of exposition.split('\n')) {
    const [, found, labels = '', value] = /^([a-z_]+)(\{.*\})? (\S+)$/.exec(line) ?? []
    if (found === name) samples.set(labels, Number(value))
  }
  return samples
}

/** A port that something else holds until `free` is called. */
export async function takenPort(): Promise<{ port: number; free: () => Promise<void> }> {
  const { createServer } = await import('node:net')
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    port: address.port,
    free: async () => {
      server.close()
      await once(server, 'close')
    },
  }
}
