/** Outages that tests inject into the simulated server. */
import type { FastifyInstance, FastifyRequest } from 'fastify'

/**
 * `hang`: no answer, the connection stays open. `reset`: the connection is reset. `truncate`: status 200 with the first half of
 * the right body. `html`: status 200 with a page, as a proxy in between gives. Otherwise the given answer.
 */
export type Fault =
  | 'hang'
  | 'reset'
  | 'truncate'
  | 'html'
  | { readonly status: number; readonly body: string; readonly headers?: Readonly<Record<string, string>> }

/** Asked for each request; undefined lets it through. `path` has no query. */
export type Intercept = (request: { method: string; path: string }) => Fault | undefined

const PROXY_PAGE = '<!doctype html><html><body><h1>Sign in to the network</h1></body></html>'

/** Puts faults before everything else that the server does. */
export function injectFaults(server: FastifyInstance, intercept: Intercept): void {
  const truncated = new WeakSet<FastifyRequest>()
  server.addHook('onRequest', async (request, reply) => {
    const fault = intercept({ method: request.method, path: request.url.split('?')[0] ?? '' })
    if (fault === undefined) return
    if (fault === 'truncate') {
      truncated.add(request)
    } else if (fault === 'hang') {
      reply.hijack()
    } else if (fault === 'reset') {
      reply.hijack()
      request.raw.socket.resetAndDestroy()
    } else if (fault === 'html') {
      await reply.type('text/html').send(PROXY_PAGE)
    } else {
      await reply
        .status(fault.status)
        .headers({ 'content-type': 'application/json', ...fault.headers })
        .send(fault.body)
    }
  })
  server.addHook('onSend', (request, _reply, payload, done) => {
    const cut = truncated.has(request) && typeof payload === 'string'
    done(null, cut ? payload.slice(0, payload.length / 2) : payload)
  })
}
