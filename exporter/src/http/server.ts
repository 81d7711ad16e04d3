/** The HTTP server: metrics for Prometheus, health for supervisors, questions for people and programs. */
import type { IncomingMessage, RequestListener } from 'node:http'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Token } from '../access/token.ts'
import { STRANGER, type Viewer } from '../access/viewer.ts'
import { MINUTE, SECOND } from '../clock.ts'
import { UsageExplorerError } from '../errors.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { SelfMetrics } from '../metrics/self.ts'
import type { Metrics } from '../metrics/snapshot.ts'
import type { Operations } from '../operations/operations.ts'
import type { AccountStatus } from '../polling/status.ts'
import { adminRoutes } from './admin-routes.ts'
import { failureBody, refuseConnection, statusOf, toFailure } from './failures.ts'
import { createGuard } from './guards.ts'
import type { Questions } from '../questions/questions.ts'
import type { Route } from './route.ts'
import { routesOf } from './routes.ts'
import { ingestRoutes, LARGEST_OTLP_BODY, OTLP_TYPES, type Ingest } from './ingest-routes.ts'
import { createScrape } from './scrape.ts'
import { createStatusPage, type StatusPageDependencies } from './pages/status/route.ts'
import type { TlsFiles } from './tls.ts'

export interface ServerDependencies {
  /** That the service listens on. On loopback requests may name it, or any loopback name or address. */
  readonly host: string
  /** Served over TLS where given. */
  readonly tls?: TlsFiles | undefined
  /** Throws TOKENS_FAILED. */
  readonly findToken: (text: string) => Token | undefined
  readonly metrics: Metrics
  readonly self: Pick<SelfMetrics, 'text' | 'answered'>
  readonly questions: Questions
  readonly statusPage: StatusPageDependencies
  readonly accounts: () => readonly AccountStatus[]
  readonly ledger: Pick<Ledger, 'sources'>
  readonly operations: Operations
  readonly ingest: Ingest
  /** Routes of budgets and alerts. */
  readonly more: readonly Route[]
  /** Every answer with a status of 500 or more. `route` is the pattern; the address itself may hold secrets. */
  readonly onFailure: (failure: UsageExplorerError, route: string) => void
}

export interface Server {
  /** Not yet listening: see {@link listen}. */
  readonly app: FastifyInstance
  /** The same routes for the socket in the data folder, once `app` listens. */
  readonly local: RequestListener
}

/** Bytes of a body, where a route says nothing else; what is taken here comes nowhere near it. */
const LARGEST_BODY = 64 * 1024

const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
}

export function createServer(dependencies: ServerDependencies): Server {
  const {
    host,
    tls,
    findToken,
    metrics,
    self,
    questions,
    statusPage,
    accounts,
    ledger,
    operations,
    ingest,
    more,
    onFailure,
  } = dependencies
  const app: FastifyInstance = fastify({
    https: tls?.read() ?? null,
    bodyLimit: LARGEST_BODY,
    requestTimeout: 10 * SECOND,
    handlerTimeout: MINUTE,
    connectionTimeout: 2 * MINUTE,
    // Longer than usual scrape intervals, so that Prometheus keeps its connection.
    keepAliveTimeout: 75 * SECOND,
    // A shutdown waits for nobody. Connections that a client opened ahead and has not used yet would not count as idle.
    forceCloseConnections: true,
    clientErrorHandler: refuseConnection,
    frameworkErrors: (error, request, reply) => fail(error, request, reply),
  })
  tls?.watch(app.server)

  const fail = (thrown: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const failure = toFailure(thrown)
    const status = statusOf(failure.code)
    if (status >= 500) onFailure(failure, routeOf(request))
    if (status === 503) void reply.header('retry-after', RETRY_AFTER_SECONDS)
    if (status === 401) void reply.header('www-authenticate', CHALLENGES)
    void reply.code(status).headers(SECURITY_HEADERS).send(failureBody(failure))
  }
  app.setErrorHandler(fail)

  const localRequests = new WeakSet<IncomingMessage>()
  const guard = createGuard({ host, findToken, isLocal: (request) => localRequests.has(request) })
  const viewers = new WeakMap<FastifyRequest, Viewer>()
  app.addHook('onRequest', async (request, reply) => {
    void reply.headers(SECURITY_HEADERS)
    viewers.set(request, guard(request.raw, request.routeOptions.config.access ?? 'open'))
  })
  app.addHook('onResponse', async (request, reply) => self.answered(routeOf(request), reply.statusCode))

  const routes = routesOf({
    version: statusPage.version,
    questions,
    accounts,
    ledger,
    scrape: createScrape(metrics, self, (failure) => onFailure(failure, '/metrics')),
    others: [
      ...more,
      ...ingestRoutes(ingest),
      ...adminRoutes(operations, (failure) => onFailure(failure, '/api/v1/admin')),
    ],
    statusPage: createStatusPage(statusPage, accounts, (failure) => onFailure(failure, '/')),
  })
  // A form of another site can send text/plain without asking first.
  app.removeContentTypeParser('text/plain')
  const add = (to: FastifyInstance, route: Route): void => {
    const { method, path, access, largestBody } = route
    to.route({
      method,
      url: path,
      config: { access },
      ...(largestBody === undefined ? {} : { bodyLimit: largestBody }),
      handler: (request, reply) => {
        checkBody(route, request)
        return route.handle(request, reply, viewers.get(request) ?? STRANGER)
      },
    })
  }
  for (const route of routes) if (route.takes === undefined) add(app, route)
  // Encodings of their own for these routes alone.
  void app.register((otlp, _, done) => {
    otlp.removeAllContentTypeParsers()
    const options = { parseAs: 'buffer', bodyLimit: LARGEST_OTLP_BODY } as const
    otlp.addContentTypeParser([...OTLP_TYPES], options, (_request, body, parsed) => parsed(null, body))
    for (const route of routes) if (route.takes === 'otlp') add(otlp, route)
    done()
  })
  app.setNotFoundHandler((request, reply) => {
    const methods = methodsAt(routes, request.url)
    if (methods.length === 0) throw new UsageExplorerError('NOT_FOUND', 'there is nothing at this path')
    void reply.header('allow', methods.join(', '))
    throw new UsageExplorerError('METHOD_REFUSED', `this path takes ${methods.join(', ')}`)
  })
  return {
    app,
    local: (request, response) => {
      localRequests.add(request)
      app.routing(request, response)
    },
  }
}

/** What makes the service refuse for a moment is over after about so long. */
const RETRY_AFTER_SECONDS = '5'

/** Basic only because a browser asks its user for that; the token is its password. */
const CHALLENGES = ['Bearer realm="usage-explorer"', 'Basic realm="usage-explorer: a token as password"']

/**
 * Binds and returns the address that was taken, such as `http://127.0.0.1:9477`. Throws LISTEN_FAILED.
 *
 * @param address.port 0 takes a free one
 */
export async function listen(
  app: FastifyInstance,
  address: { readonly host: string; readonly port: number },
): Promise<string> {
  try {
    return await app.listen({ host: address.host, port: address.port })
  } catch (cause) {
    const where = `${address.host}:${address.port}`
    throw new UsageExplorerError('LISTEN_FAILED', `cannot listen on ${where}: ${String(cause)}`, { cause })
  }
}

function checkBody({ body }: Route, request: FastifyRequest): void {
  const result = body?.safeParse(request.body)
  if (result === undefined || result.success) return
  const problems = result.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`)
  throw new UsageExplorerError('BODY_INVALID', problems.join('; '))
}

function methodsAt(routes: readonly Route[], url: string): string[] {
  const path = url.split('?', 1)[0]
  const methods = routes.filter((route) => route.path === path).map(({ method }) => method)
  return methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
}

function routeOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? 'none'
}
