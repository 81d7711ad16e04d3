/** Every route there is, in the order of the reference. */
import { allows } from '../access/token.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { AccountStatus } from '../polling/status.ts'
import { CALLS_PARAMETERS } from '../questions/calls.ts'
import { LIVE_PARAMETERS } from '../questions/live.ts'
import { FORMATS, QUERY_PARAMETERS } from '../questions/query.ts'
import type { Questions } from '../questions/questions.ts'
import { RECONCILIATION_PARAMETERS } from '../questions/reconciliation-answer.ts'
import { SUMMARY_PARAMETERS } from '../questions/summary.ts'
import { USAGE_V1_PARAMETERS } from '../questions/usage-v1.ts'
import { USER_USAGE_PARAMETERS } from '../questions/user-usage.ts'
import { VALUES_PARAMETERS } from '../questions/values.ts'
import { EVENTS_TYPE, sendEvents } from './events.ts'
import { describeApi } from './openapi.ts'
import { renderDocs } from './pages/docs.ts'
import { contentSecurityPolicy } from './pages/style.ts'
import { parametersOf } from './parameters.ts'
import { assessReadiness } from './readiness.ts'
import type { Route } from './route.ts'

const JSON_TYPE = 'application/json; charset=utf-8'
const CSV_TYPE = 'text/csv; charset=utf-8'
const HTML_TYPE = 'text/html; charset=utf-8'
const READ_LIMITED = { scope: 'read', teams: 'limited' } as const
const READ_ALL = { scope: 'read', teams: 'refused' } as const

export interface RouteDependencies {
  readonly version: string
  readonly questions: Questions
  readonly accounts: () => readonly AccountStatus[]
  readonly ledger: Pick<Ledger, 'sources'>
  readonly scrape: Route['handle']
  /** Those of other files, in the order of the reference. */
  readonly others: readonly Route[]
  readonly statusPage: Route['handle']
}

export function routesOf(dependencies: RouteDependencies): readonly Route[] {
  const { version, questions, accounts, ledger, scrape, statusPage, others } = dependencies
  const routes: Route[] = [
    {
      method: 'GET',
      path: '/',
      access: READ_ALL,
      summary: 'The status page, for people.',
      produces: HTML_TYPE,
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
      handle: async (request, reply, { teams }) => {
        const parameters = parametersOf(request)
        if (parameters['format'] !== FORMATS.csv) {
          return reply.type(JSON_TYPE).send(await questions.query(parameters, teams))
        }
        const text = await questions.queryCsv(parameters, teams)
        return reply
          .type(CSV_TYPE)
          .header('content-disposition', 'attachment; filename="usage.csv"')
          .send(text)
      },
    },
    {
      method: 'GET',
      path: '/api/v1/values',
      access: READ_LIMITED,
      summary: 'What a dimension can be: ids with their names, of all that is kept or that a provider lists.',
      parameters: VALUES_PARAMETERS,
      produces: JSON_TYPE,
      handle: (request, _reply, { teams }) => questions.values(parametersOf(request), teams),
    },
    {
      method: 'GET',
      path: '/api/v1/catalogue',
      access: READ_LIMITED,
      summary: 'What can be asked: measures with their units, dimensions, accounts; and the version.',
      produces: JSON_TYPE,
      handle: (_request, _reply, { teams }) => questions.catalogue(teams),
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
  const page: Route = {
    method: 'GET',
    path: '/docs',
    access: READ_LIMITED,
    summary: 'The same for people.',
    produces: HTML_TYPE,
    handle: (_request, reply) =>
      reply.type(HTML_TYPE).header('content-security-policy', contentSecurityPolicy()).send(docs),
  }
  const all = [...routes, ...others, document, page]
  const description = describeApi(all, version)
  const docs = renderDocs(all, version)
  return all
}
