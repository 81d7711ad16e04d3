/** Every route there is, in the order of the reference. */
import type { FastifyRequest } from 'fastify'
import { allows } from '../access/token.ts'
import { UsageExplorerError } from '../errors.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { AccountStatus } from '../polling/status.ts'
import { CALLS_PARAMETERS } from '../questions/calls.ts'
import { LIVE_PARAMETERS } from '../questions/live.ts'
import { QUERY_PARAMETERS } from '../questions/query.ts'
import { RECONCILIATION_PARAMETERS } from '../questions/reconciliation-answer.ts'
import { SUMMARY_PARAMETERS } from '../questions/summary.ts'
import { USAGE_V1_PARAMETERS } from '../questions/usage-v1.ts'
import { USER_USAGE_PARAMETERS } from '../questions/user-usage.ts'
import { EVENTS_TYPE, sendEvents } from './events.ts'
import { describeApi } from './openapi.ts'
import { MOST_PARAMETERS, readParameters, type QueryParameters, type Questions } from './questions.ts'
import { assessReadiness } from './readiness.ts'
import type { Route } from './route.ts'

const JSON_TYPE = 'application/json; charset=utf-8'
const READ_LIMITED = { scope: 'read', teams: 'limited' } as const
const READ_ALL = { scope: 'read', teams: 'refused' } as const

export interface RouteDependencies {
  readonly version: string
  readonly questions: Questions
  readonly accounts: () => readonly AccountStatus[]
  readonly ledger: Pick<Ledger, 'sources'>
  readonly scrape: Route['handle']
  readonly admin: readonly Route[]
  readonly ingest: readonly Route[]
  readonly statusPage: Route['handle']
}

export function routesOf(dependencies: RouteDependencies): readonly Route[] {
  const { version, questions, accounts, ledger, scrape, statusPage, admin, ingest } = dependencies
  const routes: Route[] = [
    {
      method: 'GET',
      path: '/',
      access: READ_ALL,
      summary: 'The status page, for people.',
      produces: 'text/html; charset=utf-8',
      handle: statusPage,
    },
    {
      method: 'GET',
      path: '/metrics',
      access: { scope: 'metrics', teams: 'limited' },
      summary:
        "Everything for Prometheus, in its text format. A team's token gets the series that tell that team.",
      produces: 'text/plain; version=0.0.4; charset=utf-8',
      handle: scrape,
    },
    {
      method: 'GET',
      path: '/healthz',
      access: 'open',
      summary: 'Whether the process answers.',
      produces: JSON_TYPE,
      handle: () => ({ alive: true }),
    },
    {
      method: 'GET',
      path: '/readyz',
      access: 'open',
      summary:
        'Whether there is data (200), or not yet (503) and why; the reasons need a right to see accounts.',
      produces: JSON_TYPE,
      handle: async (_request, reply, { scope, teams }) => {
        const readiness = assessReadiness(accounts(), ledger)
        const seesAccounts = teams === undefined && (scope === undefined || allows(scope, 'metrics'))
        return reply
          .code(readiness.ready ? 200 : 503)
          .send(seesAccounts ? readiness : { ready: readiness.ready })
      },
    },
    {
      method: 'GET',
      path: '/api/v1/query',
      access: READ_LIMITED,
      summary: 'Usage by time and by any dimension, exact.',
      parameters: QUERY_PARAMETERS,
      produces: JSON_TYPE,
      handle: async (request, reply, { teams }) =>
        reply.type(JSON_TYPE).send(await questions.query(parametersOf(request), teams)),
    },
    {
      method: 'GET',
      path: '/api/v1/summary',
      access: READ_LIMITED,
      summary:
        'Cost, tokens and requests of today, yesterday, this and the previous month, and of 30 days by day.',
      parameters: SUMMARY_PARAMETERS,
      produces: JSON_TYPE,
      handle: async (request, reply, { teams }) =>
        reply.type(JSON_TYPE).send(await questions.summary(parametersOf(request), teams)),
    },
    {
      method: 'GET',
      path: '/api/v1/sources',
      access: READ_ALL,
      summary: 'How fresh and complete each source is, and what a provider never reports.',
      produces: JSON_TYPE,
      handle: () => questions.sources(),
    },
    {
      method: 'GET',
      path: '/api/v1/live',
      access: READ_LIMITED,
      summary:
        'Rates of calls, tokens, errors and money by what instrumented apps tell, every two seconds as server-sent events; once as JSON for `Accept: application/json`.',
      parameters: LIVE_PARAMETERS,
      produces: EVENTS_TYPE,
      handle: (request, reply, { teams }) => {
        const parameters = parametersOf(request)
        // Nobody would take the events of a HEAD.
        const once = request.method === 'HEAD' || request.headers.accept?.includes('application/json')
        return once === true
          ? reply.type(JSON_TYPE).send(questions.live(parameters, teams))
          : sendEvents(reply, () => questions.live(parameters, teams))
      },
    },
    {
      method: 'GET',
      path: '/api/v1/calls/top',
      access: READ_LIMITED,
      summary: 'The single calls that cost most, as our instrumentation library tells them.',
      parameters: CALLS_PARAMETERS,
      produces: JSON_TYPE,
      handle: (request, _reply, { teams }) => questions.calls(parametersOf(request), teams),
    },
    {
      method: 'GET',
      path: '/api/v1/reconciliation',
      access: READ_ALL,
      summary:
        'What was billed and metered against what apps observed, by settled days, with likely causes of the gap.',
      parameters: RECONCILIATION_PARAMETERS,
      produces: JSON_TYPE,
      handle: (request) => questions.reconciliation(parametersOf(request)),
    },
    {
      method: 'GET',
      path: '/api/v1/user/usage',
      access: READ_LIMITED,
      summary: 'Totals, this month, by provider and by model, for a check in one line of code.',
      parameters: USER_USAGE_PARAMETERS,
      produces: JSON_TYPE,
      handle: async (request, reply, { teams }) =>
        reply.type(JSON_TYPE).send(await questions.userUsage(parametersOf(request), teams)),
    },
    {
      method: 'GET',
      path: '/v1/usage',
      access: READ_LIMITED,
      summary: 'Days of xAI usage with money as exact JSON numbers, for short scripts.',
      parameters: USAGE_V1_PARAMETERS,
      produces: JSON_TYPE,
      handle: async (request, reply, { teams }) =>
        reply.type(JSON_TYPE).send(await questions.usageV1(parametersOf(request), teams)),
    },
  ]
  const document: Route = {
    method: 'GET',
    path: '/openapi.json',
    access: READ_LIMITED,
    summary: 'This description (OpenAPI 3.1).',
    produces: JSON_TYPE,
    handle: () => description,
  }
  const all = [...routes, ...ingest, ...admin, document]
  const description = describeApi(all, version)
  return all
}

function parametersOf(request: FastifyRequest): QueryParameters {
  const parameters = readParameters(request.url)
  if (parameters === undefined) {
    throw new UsageExplorerError('QUERY_INVALID', `at most ${MOST_PARAMETERS} parameters are read`)
  }
  return parameters
}
