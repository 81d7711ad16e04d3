/** Sends what the demo's apps tell: the past at first, then every ten seconds, through the service's own socket. */
import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { DAY, SECOND } from '../clock.ts'
import { callsOf } from './apps-calls.ts'
import { exportOf, windowsOf } from './apps-export.ts'
import type { UsageModel } from './usage-model.ts'

/** Enough for what is usual today, which wants two of the four weeks before. */
const HISTORY_MS = 15 * DAY
const EVERY_MS = 10 * SECOND
/** Windows in one request: well under what is taken. */
const AT_ONCE = 48

export interface DemoApps {
  stop(): Promise<void>
}

/** @param socketPath of the running service */
export function startDemoApps(options: {
  readonly socketPath: string
  readonly model: UsageModel
  readonly now: () => number
  readonly onFailure: (thrown: unknown) => void
}): DemoApps {
  const { socketPath, model, now, onFailure } = options
  const stopping = new AbortController()
  const run = async (): Promise<void> => {
    let from = (await newest(socketPath)) ?? now() - HISTORY_MS
    for (;;) {
      const windows = [...windowsOf(from, now())]
      for (let at = 0; at < windows.length; at += AT_ONCE) {
        if (stopping.signal.aborted) return
        const some = windows.slice(at, at + AT_ONCE)
        await ask(socketPath, 'POST', '/v1/metrics', JSON.stringify(exportOf(model, some)))
        const calls = callsOf(model, some)
        if (calls !== undefined) await ask(socketPath, 'POST', '/v1/logs', JSON.stringify(calls))
        from = some.at(-1)?.to ?? from
      }
      await sleep(EVERY_MS, undefined, { signal: stopping.signal })
    }
  }
  const running = run().catch((thrown: unknown) => {
    if (!stopping.signal.aborted) onFailure(thrown)
  })
  return {
    stop: async () => {
      stopping.abort()
      await running
    },
  }
}

/** Up to when earlier runs have sent; what is sent again since that minute is known to the service and not counted. */
async function newest(socketPath: string): Promise<number | undefined> {
  const { sources } = JSON.parse(await ask(socketPath, 'GET', '/api/v1/sources')) as {
    sources: { source: string; watermark: string | null }[]
  }
  const watermark = sources.find(({ source }) => source === 'otlp')?.watermark
  return watermark == null ? undefined : Date.parse(watermark)
}

async function ask(socketPath: string, method: string, path: string, body = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const sending = request({ socketPath, method, path, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece))
      response.on('end', () => {
        if (response.statusCode === 200) resolve(text)
        else reject(new Error(`${path} answered ${response.statusCode ?? 0}: ${text.slice(0, 200)}`))
      })
      response.on('error', reject)
    })
    sending.on('error', reject)
    sending.end(body)
  })
}
