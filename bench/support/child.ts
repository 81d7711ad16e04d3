/** The measured side in a process of its own: what asks and what answers share no event loop and no heap. */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'

/** What a child says of itself since it was last asked. */
export interface Vitals {
  /** Longest time in which its event loop had no turn, in ms. */
  readonly longestBlockMs: number
  /** Most resident memory, in MB. */
  readonly peakMb: number
}

export interface Child {
  /** Has the child do something, and gives what it returns. */
  ask<T>(task: string, argument?: unknown): Promise<T>
  vitals(): Promise<Vitals>
  stop(): Promise<void>
}

interface Message {
  readonly id: number
  readonly task: string
  readonly argument: unknown
}

interface Reply {
  readonly id: number
  readonly value?: unknown
  readonly error?: string
}

/** Children are TypeScript too, and read the sources. */
const LOADER = ['--conditions=usage-explorer-source', '--import', 'tsx', '--expose-gc']

/** Starts `bench/<file>`. */
export async function startChild(file: string, args: readonly string[] = []): Promise<Child> {
  const path = fileURLToPath(new URL(`../${file}`, import.meta.url))
  const child: ChildProcess = fork(path, [...args], { execArgv: LOADER })
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  child.on('message', ({ id, value, error }: Reply) => {
    const asked = waiting.get(id)
    waiting.delete(id)
    if (error === undefined) asked?.resolve(value)
    else asked?.reject(new Error(error))
  })
  child.on('exit', (code) => {
    for (const { reject } of waiting.values()) reject(new Error(`${file} ended with ${code}`))
  })
  let last = 0
  const ask = async <T>(task: string, argument?: unknown): Promise<T> => {
    const id = ++last
    return new Promise<T>((resolve, reject) => {
      waiting.set(id, { resolve: (value) => resolve(value as T), reject })
      child.send({ id, task, argument } satisfies Message)
    })
  }
  await ask('ready')
  return {
    ask,
    vitals: () => ask<Vitals>('vitals'),
    stop: async () => {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
  }
}

/** The child's side: answers `ask` by the functions in `tasks`. */
export function serveTasks(tasks: Readonly<Record<string, (argument: never) => unknown>>): void {
  const delays = monitorEventLoopDelay({ resolution: 1 })
  delays.enable()
  let peak = 0
  const look = (): void => {
    peak = Math.max(peak, process.memoryUsage.rss())
  }
  setInterval(look, 5).unref()
  const own: Record<string, (argument: never) => unknown> = {
    ready: () => undefined,
    vitals: () => {
      look()
      const vitals: Vitals = { longestBlockMs: delays.max / 1e6, peakMb: peak / 1e6 }
      delays.reset()
      globalThis.gc?.()
      peak = process.memoryUsage.rss()
      return vitals
    },
  }
  process.on('message', ({ id, task, argument }: Message) => {
    const run = own[task] ?? tasks[task]
    Promise.resolve()
      .then(() => run?.(argument as never))
      .then(
        (value) => process.send?.({ id, value } satisfies Reply),
        (thrown: unknown) =>
          process.send?.({
            id,
            error: thrown instanceof Error ? (thrown.stack ?? '') : String(thrown),
          } satisfies Reply),
      )
  })
}
