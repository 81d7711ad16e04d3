/** The HTTP server on a free port with metrics and questions given by a test, and requests that fetch would not make. */
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { expect, onTestFinished } from 'vitest'
import type { UsageExplorerError } from '../../exporter/src/errors.ts'
import type { Ingest } from '../../exporter/src/http/ingest-routes.ts'
import type { Questions } from '../../exporter/src/questions/questions.ts'
import type { Route } from '../../exporter/src/http/route.ts'
import { createServer, listen, type ServerDependencies } from '../../exporter/src/http/server.ts'
import type { StatusPageDependencies } from '../../exporter/src/http/pages/status/route.ts'
import { CATALOGUE } from '../../exporter/src/metrics/catalogue.ts'
import { createSelfMetrics } from '../../exporter/src/metrics/self.ts'
import { createMetrics, type Contributor } from '../../exporter/src/metrics/snapshot.ts'
import type { Operations } from '../../exporter/src/operations/operations.ts'
import type { AccountStatus } from '../../exporter/src/polling/status.ts'

export const NEVER_READ: AccountStatus = {
  provider: 'xai',
  account: 'main',
  state: 'starting',
  identity: undefined,
  lastSuccessAt: undefined,
  problems: [],
  backfilled: 0,
}
export const READ: AccountStatus = { ...NEVER_READ, state: 'ok', lastSuccessAt: 1 }

/** Answers with what it was asked, so that tests see what came through. */
export const ECHO: Questions = {
  query: async (parameters) => Promise.resolve(JSON.stringify({ query: parameters })),
  summary: async (parameters) => Promise.resolve(JSON.stringify({ summary: parameters })),
  queryCsv: async () => Promise.resolve('start,amount\r\n'),
  catalogue: (teams) => ({ catalogue: teams ?? null }),
  values: (parameters) => ({ values: parameters }),
  sources: () => ({ sources: [] }),
  live: (parameters) => ({ live: parameters }),
  calls: async (parameters) => Promise.resolve({ calls: parameters }),
  reconciliation: async (parameters) => Promise.resolve({ reconciliation: parameters }),
  userUsage: async (parameters) => Promise.resolve(JSON.stringify({ usage: parameters })),
  usageV1: async () => Promise.resolve('{"usage":[],"total_cost":0.10}'),
}

/** Done at once, with what was ordered for an answer. */
export const NO_OPERATIONS: Operations = {
  backUp: async () => Promise.resolve({ facts: 0, bytes: 0 }),
  backfill: async () => Promise.resolve([]),
  remove: async ({ account }) => Promise.resolve({ removed: account }),
  purge: async ({ account }) => Promise.resolve({ purged: account }),
}

/** Takes everything and keeps nothing. */
export const NO_INGEST: Ingest = {
  metrics: async () => Promise.resolve({ rejected: 0, reason: '' }),
  logs: async () => Promise.resolve({ rejected: 0, reason: '' }),
}

/** The status page leads there. */
const BUDGETS_PAGE: Route = {
  method: 'GET',
  path: '/budgets',
  access: { scope: 'read', teams: 'limited' },
  summary: 'Budgets.',
  produces: 'text/html',
  handle: (_request, reply) => reply.type('text/html').send('<h1>Budgets</h1>'),
}

const NOTHING = { totals: [] }

/** What the page at `/` shows of a service that knows nothing. */
export const BARE_PAGE: StatusPageDependencies = {
  version: '1.2.3',
  now: Date.now,
  demo: false,
  titleOf: (provider) => provider,
  summary: async () =>
    Promise.resolve({
      zone: 'UTC',
      today: NOTHING,
      yesterday: NOTHING,
      this_month: NOTHING,
      previous_month: NOTHING,
      last_30_days: NOTHING,
      notices: [],
      sources: [],
    }),
  sources: () => ({ accounts: [], sources: [] }),
  standing: async () => Promise.resolve({ budgets: [], alerts: [] }),
}

/** One sample for each metric that is not the service's own. */
export const everything: Contributor = () =>
  CATALOGUE.filter(({ group }) => group !== 'The service itself').map(({ name, labels, type }) => ({
    name,
    samples: [
      {
        labels: Object.fromEntries(labels.map((label) => [label, `a "${label}"\n`])),
        value: 0.1,
        ...(type === 'histogram' && { buckets: { bounds: [0.1, 1], counts: [1, 0, 2] } }),
      },
    ],
  }))

export interface Service {
  readonly url: string
  readonly failures: { failure: UsageExplorerError; route: string }[]
}

export async function startService(
  options: {
    contribute?: Contributor
    questions?: Partial<Questions>
    statusPage?: Partial<StatusPageDependencies>
    accounts?: AccountStatus[]
    /** What it believes to listen on; it is 127.0.0.1 anyway. */
    host?: string
    tls?: ServerDependencies['tls']
    operations?: Partial<Operations>
    findToken?: ServerDependencies['findToken']
  } = {},
): Promise<Service> {
  const accounts = (): AccountStatus[] => options.accounts ?? [READ]
  const self = createSelfMetrics({
    version: '1.2.3',
    dataDir: tmpdir(),
    ledger: { stats: async () => Promise.resolve({ bytes: 1, facts: 1, series: 1, refusedRows: 0 }) },
    accounts,
    now: Date.now,
  })
  self.polled({
    provider: 'xai',
    account: 'main',
    reader: 'r',
    code: undefined,
    durationMs: 1,
    changedRows: 0,
  })
  const failures: Service['failures'] = []
  const server = createServer({
    host: options.host ?? '127.0.0.1',
    tls: options.tls,
    findToken: options.findToken ?? (() => undefined),
    metrics: createMetrics({ contributors: [options.contribute ?? everything], now: Date.now }),
    self,
    questions: { ...ECHO, ...options.questions },
    statusPage: { ...BARE_PAGE, ...options.statusPage },
    accounts,
    ledger: { sources: () => [] },
    operations: { ...NO_OPERATIONS, ...options.operations },
    more: [BUDGETS_PAGE],
    ingest: NO_INGEST,
    onFailure: (failure, route) => failures.push({ failure, route }),
  })
  onTestFinished(async () => {
    await server.app.close()
    await self.shutdown()
  })
  return { url: await listen(server.app, { host: '127.0.0.1', port: 0 }), failures }
}

/** What fetch does not let a test say: any Host, any path, and the body as it was sent. */
export async function raw(
  url: string,
  headers: Record<string, string>,
  method = 'GET',
): Promise<{ status: number | undefined; headers: IncomingHttpHeaders; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { headers, method }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }),
      )
    })
    request.on('error', reject)
    request.end()
  })
}

/** The code of an error answer, which has three fields and nothing else. */
export async function codeOf(response: Response): Promise<unknown> {
  const body = (await response.json()) as { error: { code: string; message: string; remedy: string } }
  expect(Object.keys(body)).toEqual(['error'])
  expect(Object.keys(body.error)).toEqual(['code', 'message', 'remedy'])
  return body.error.code
}
