/** The HTTP server: metrics for Prometheus, health for supervisors, questions for people and programs. Reads only. */
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { MINUTE, SECOND } from '../clock.ts'
import { UsageExplorerError } from '../errors.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { SelfMetrics } from '../metrics/self.ts'
import type { Metrics } from '../metrics/snapshot.ts'
import type { AccountStatus } from '../polling/status.ts'
import { failureBody, refuseConnection, statusOf, toFailure } from './failures.ts'
import { checkRequest } from './guards.ts'
import { MOST_PARAMETERS, readParameters, type QueryParameters, type Questions } from './questions.ts'
import { assessReadiness } from './readiness.ts'
import { createScrape } from './scrape.ts'
import { createStatusPage, type StatusPageDependencies } from './status-page/route.ts'

export interface ServerDependencies {
  /** That the service listens on; requests may name it, or any loopback name or address. */
  readonly host: string
  readonly metrics: Metrics
  readonly self: Pick<SelfMetrics, 'text' | 'answered'>
  readonly questions: Questions
  readonly statusPage: StatusPageDependencies
  readonly accounts: () => readonly AccountStatus[]
  readonly ledger: Pick<Ledger, 'sources'>
  /** Every answer with a status of 500 or more. `route` is the pattern; the address itself may hold secrets. */
  readonly onFailure: (failure: UsageExplorerError, route: string) => void
}

const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
}

/** Not yet listening: see {@link listen}. */
export function createServer(dependencies: ServerDependencies): FastifyInstance {
  const { host, metrics, self, questions, statusPage, accounts, ledger, onFailure } = dependencies
  const server = fastify({
    requestTimeout: 10 * SECOND,
    handlerTimeout: MINUTE,
    connectionTimeout: 2 * MINUTE,
    // Longer than usual scrape intervals, so that Prometheus keeps its connection.
    keepAliveTimeout: 75 * SECOND,
    // Nothing is written through here, so a shutdown waits for nobody. Connections that a client opened ahead and has
    // not used yet would not count as idle.
    forceCloseConnections: true,
    clientErrorHandler: refuseConnection,
    frameworkErrors: (error, request, reply) => fail(error, request, reply),
  })

  const fail = (thrown: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const failure = toFailure(thrown)
    const status = statusOf(failure.code)
    if (status >= 500) onFailure(failure, routeOf(request))
    if (status === 405) void reply.header('allow', 'GET, HEAD')
    void reply.code(status).headers(SECURITY_HEADERS).send(failureBody(failure))
  }
  server.setErrorHandler(fail)
  server.setNotFoundHandler(() => {
    throw new UsageExplorerError('NOT_FOUND', 'there is nothing at this path')
  })
  server.addHook('onRequest', async (request, reply) => {
    void reply.headers(SECURITY_HEADERS)
    checkRequest(request.raw, host)
  })
  server.addHook('onResponse', async (request, reply) => self.answered(routeOf(request), reply.statusCode))

  const scrape = createScrape(metrics, self, (failure) => onFailure(failure, '/metrics'))
  server.get('/metrics', scrape)
  server.get('/healthz', () => ({ alive: true }))
  server.get('/readyz', async (_request, reply) => {
    const readiness = assessReadiness(accounts(), ledger)
    return reply.code(readiness.ready ? 200 : 503).send(readiness)
  })
  server.get('/api/v1/query', (request) => questions.query(parametersOf(request)))
  server.get('/api/v1/summary', (request) => questions.summary(parametersOf(request)))
  server.get('/api/v1/sources', () => questions.sources())
  server.get('/v1/usage', async (request, reply) => {
    const text = await questions.usageV1(parametersOf(request))
    return reply.type('application/json; charset=utf-8').send(text)
  })
  server.get(
    '/',
    createStatusPage(statusPage, accounts, (failure) => onFailure(failure, '/')),
  )
  return server
}

/**
 * Binds and returns the address that was taken, such as `http://127.0.0.1:9477`. Throws LISTEN_FAILED.
 *
 * @param address.port 0 takes a free one
 */
export async function listen(
  server: FastifyInstance,
  address: { readonly host: string; readonly port: number },
): Promise<string> {
  try {
    return await server.listen({ host: address.host, port: address.port })
  } catch (cause) {
    const where = `${address.host}:${address.port}`
    throw new UsageExplorerError('LISTEN_FAILED', `cannot listen on ${where}: ${String(cause)}`, { cause })
  }
}

function parametersOf(request: FastifyRequest): QueryParameters {
  const parameters = readParameters(request.url)
  if (parameters === undefined) {
    throw new UsageExplorerError('QUERY_INVALID', `at most ${MOST_PARAMETERS} parameters are read`)
  }
  return parameters
}

function routeOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? 'none'
}
