/** A provider that answers for very many keys, in a thread of its own, and the reader that asks it. */
import { Worker } from 'node:worker_threads'
import { parse } from 'lossless-json'
import { HOUR, MINUTE, SECOND } from '../exporter/src/clock.ts'
import { Secret } from '../exporter/src/config/config.ts'
import { xai } from '../exporter/src/providers/xai/provider.ts'
import { serveTasks } from './support/child.ts'

const keys = Number(process.argv[2] ?? '10000')
const HOURS = 24
const ANSWERS = 4
const now = Math.floor(Date.now() / HOUR) * HOUR

/** Dense, as xAI answers: a point for each hour of each key. */
function answer(): string {
  const series = Array.from({ length: keys }, (_, key) => {
    const points = Array.from({ length: HOURS }, (_, hour) => {
      const at = new Date(now - (HOURS - hour) * HOUR).toISOString().replace('.000', '')
      return `{"timestamp":"${at}","values":[${(key % 977) / 1000 + hour / 7}]}`
    })
    const id = `8d9a7c1e-5b1c-4f8e-9a70-${String(key).padStart(12, '0')}`
    return `{"group":["${id}"],"groupLabels":["key ${key}"],"dataPoints":[${points.join()}]}`
  })
  return `{"timeSeries":[${series.join()}],"limitReached":false}`
}

/** Plain JavaScript, because threads do not take this process's loader. */
const SERVER = `
const { createServer } = require('node:http')
const { parentPort, workerData } = require('node:worker_threads')
createServer((request, response) => {
  request.resume().on('end', () => response.setHeader('content-type', 'application/json').end(workerData))
}).listen(0, '127.0.0.1', function () { parentPort.postMessage(this.address().port) })`

let port = 0
let text = ''

serveTasks({
  serve: async () => {
    text = answer()
    const worker = new Worker(SERVER, { eval: true, workerData: Buffer.from(text) })
    port = await new Promise<number>((resolve) => worker.once('message', resolve))
    return { bytes: Buffer.byteLength(text) }
  },
  read: async () => {
    const account = xai.open(
      {
        name: 'bench',
        provider: 'xai',
        api: 'management',
        credential: new Secret('key'),
        project: 'team',
        url: `http://127.0.0.1:${port}`,
        intervalMs: MINUTE,
        lookbackEveryMs: HOUR,
        lookbackMs: HOUR,
        timeoutMs: 60 * SECOND,
        reconcile: false,
      },
      { now: Date.now },
    )
    const [reader] = account.usage
    const window = { from: now - HOURS * HOUR, to: now }
    const nothing = (): void => undefined
    const state = { accepted: [['api_key_id']], probedAt: Date.now() }
    const context = { state, remember: nothing, retire: nothing, signal: new AbortController().signal }
    const from = performance.now()
    let records = 0
    for (let at = 0; at < ANSWERS; at += 1) {
      for await (const one of reader?.read(window, context) ?? []) records += one.records.length
    }
    return { ms: performance.now() - from, records }
  },
  whole: () => {
    const from = performance.now()
    for (let at = 0; at < ANSWERS; at += 1) parse(text)
    return { ms: performance.now() - from }
  },
})
