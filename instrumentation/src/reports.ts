/** Finds the report of a response. */
import type { Call } from './report.ts'
import type { WatchedCall } from './watched-call.ts'
import type { Listener } from './watcher.ts'

export interface Reports extends Listener {
  readonly responded: (response: Response, call: WatchedCall) => void
  /** Resolves when the response's body has come to its end; undefined for one that was not watched. */
  of(response: Response): Promise<Call | undefined>
}

export function createReports(): Reports {
  const calls = new WeakMap<Response, WatchedCall>()
  const reports = new WeakMap<WatchedCall, Call>()
  const waiting = new WeakMap<WatchedCall, ((call: Call) => void)[]>()
  return {
    responded: (response, call) => void calls.set(response, call),
    ended: ({ watched, call }) => {
      reports.set(watched, call)
      for (const resolve of waiting.get(watched) ?? []) resolve(call)
    },
    of: (response) => {
      const watched = calls.get(response)
      if (watched === undefined) return Promise.resolve(undefined)
      const report = reports.get(watched)
      if (report !== undefined) return Promise.resolve(report)
      return new Promise((resolve) => {
        waiting.set(watched, [...(waiting.get(watched) ?? []), resolve])
      })
    },
  }
}
