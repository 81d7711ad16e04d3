/** Stands between the service and a provider, passes everything on and remembers what was asked. */
import { once } from 'node:events'
import { createServer, request as send } from 'node:http'

export interface RecordedRequest {
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly body: string
  /** When it came, ms since the epoch. */
  readonly at: number
}

export interface Recorder {
  readonly url: string
  readonly requests: readonly RecordedRequest[]
  /** Resolves as soon as it holds; looked at with each request. */
  until(holds: () => boolean): Promise<void>
  close(): Promise<void>
}

export async function startRecorder(upstream: string): Promise<Recorder> {
  const requests: RecordedRequest[] = []
  const waiting = new Set<() => void>()
  const server = createServer((incoming, outgoing) => {
    void (async () => {
      const chunks: Buffer[] = []
      for await (const chunk of incoming) chunks.push(chunk as Buffer)
      const body = Buffer.concat(chunks)
      const { method = 'GET', url = '/', headers } = incoming
      requests.push({ method, path: url.split('?')[0] ?? '', body: body.toString(), at: Date.now() })
      for (const look of waiting) look()
      const passedOn = send(upstream + url, { method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers)
        answer.pipe(outgoing)
      })
      passedOn.on('error', () => outgoing.destroy())
      passedOn.end(body)
    })().catch(() => outgoing.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the recorder has no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    until: (holds) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!holds()) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
