/** A simulated xAI management API over real HTTP on loopback: for demo mode, and for tests of the whole service. */
import { fastify, type FastifyInstance, type FastifyReply } from 'fastify'
import {
  invoicePreview,
  invoices,
  prepaidBalanceDocument,
  spendingLimits,
  type BillingCycle,
  type Invoice,
} from './billing.ts'
import { apiKeysDocument, managementKeyDocument, modelsDocument } from './directory.ts'
import { injectFaults, type Intercept } from './faults.ts'
import { MANAGEMENT_KEY, TEAM_ID } from './organisation.ts'
import { writeUsageAnswer } from './usage-answer.ts'
import { createUsageModel, type GroupBy, type UsageModel } from './usage-model.ts'
import { parseUsageRequest } from './usage-request.ts'

export interface SimulatorOptions {
  readonly now: () => number
  /** Shapes the amounts; names, keys and ids are always the same. */
  readonly seed?: number
  /** 0, the default, takes a free one. */
  readonly port?: number
  /** Sets of group-bys that are answered, in any order; others get 400. All by default. */
  readonly acceptedGroupBys?: readonly (readonly GroupBy[])[]
  /** How far back usage is answered; 90 days by default, as xAI does. */
  readonly historyMs?: number
  readonly intercept?: Intercept
}

export interface Simulator {
  readonly url: string
  readonly managementKey: string
  readonly teamId: string
  /** The provider's own truth, for comparison. */
  readonly model: UsageModel
  close(): Promise<void>
}

const UNAUTHENTICATED = 'The request does not have valid authentication credentials'
const INVALID_ARGUMENT = 'Client specified an invalid argument'
const NOT_FOUND = 'Some requested entity was not found'

/** Starts listening on 127.0.0.1. Rejects with the system's error when the port is taken. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { now, seed, historyMs } = options
  const model = createUsageModel({
    ...(seed === undefined ? {} : { seed }),
    ...(historyMs === undefined ? {} : { historyMs }),
  })
  const server = fastify({ forceCloseConnections: true })
  // Clients take the server's clock for the truth, so it must be the simulated one.
  server.addHook('onSend', async (_request, reply) => {
    reply.header('date', new Date(options.now()).toUTCString())
  })
  if (options.intercept !== undefined) injectFaults(server, options.intercept)
  guard(server)
  server.get('/auth/management-keys/validation', () => managementKeyDocument())
  server.get('/auth/teams/:teamId/models', () => modelsDocument())
  server.get('/auth/teams/:teamId/api-keys', (request, reply) => {
    return apiKeysDocument(request.query, now(), model.historyMs) ?? refuse(reply, 400, 'Invalid page')
  })
  server.post('/v1/billing/teams/:teamId/usage', (request, reply) => {
    const question = parseUsageRequest(request.body, now(), options.acceptedGroupBys)
    if (question === undefined) {
      return refuse(reply, 400, 'Failed to query_billing_items(), Invalid argument provided.')
    }
    return reply.type('application/json').send(writeUsageAnswer(model.answer(question)))
  })
  server.get('/v1/billing/teams/:teamId/postpaid/invoice/preview', () => invoicePreview(model, now()))
  server.get('/v1/billing/teams/:teamId/postpaid/spending-limits', () => spendingLimits())
  server.get('/v1/billing/teams/:teamId/prepaid/balance', () => prepaidBalanceDocument(now()))
  server.get<{ Querystring: Record<string, string | undefined> }>(
    '/v1/billing/teams/:teamId/invoices',
    (request) => ({ invoices: selectInvoices(invoices(model, now()), request.query) }),
  )
  const url = await server.listen({ host: '127.0.0.1', port: options.port ?? 0 })
  return { url, managementKey: MANAGEMENT_KEY, teamId: TEAM_ID, model, close: () => server.close() }
}

/** Refuses wrong keys, other teams and everything malformed in xAI's words. */
function guard(server: FastifyInstance): void {
  server.addHook<{ Params: { teamId?: string } }>('onRequest', async (request, reply) => {
    const { teamId } = request.params
    if (request.headers.authorization !== `Bearer ${MANAGEMENT_KEY}`) {
      await refuse(reply, 401, 'Invalid or missing management key.')
    } else if (teamId !== undefined && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(teamId)) {
      await refuse(reply, 400, 'Invalid uuid')
    } else if (teamId !== undefined && teamId !== TEAM_ID) {
      await refuse(reply, 404, `Team ${teamId} not found.`)
    }
  })
  server.setNotFoundHandler((_request, reply) => refuse(reply, 404, 'No such endpoint.'))
  server.setErrorHandler((error: { statusCode?: number; message: string }, _request, reply) =>
    refuse(reply, error.statusCode ?? 500, error.message),
  )
}

function refuse(reply: FastifyReply, status: number, error: string): FastifyReply {
  const code = status === 401 ? UNAUTHENTICATED : status === 404 ? NOT_FOUND : INVALID_ARGUMENT
  return reply.status(status).send({ code, error })
}

/** `billingCycle.year` and `.month` pick one month, `since.year` and `.month` that one and all later ones. */
function selectInvoices(all: readonly Invoice[], query: Record<string, string | undefined>): Invoice[] {
  const ordinal = ({ year, month }: BillingCycle): number => year * 12 + month
  const asked = (name: string): number | undefined => {
    const [year, month] = [query[`${name}.year`], query[`${name}.month`]]
    return year && month ? ordinal({ year: Number(year), month: Number(month) }) : undefined
  }
  const only = asked('billingCycle')
  const since = asked('since')
  return all.filter(({ monthly: { billingCycle } }) => {
    const at = ordinal(billingCycle)
    return (only === undefined || at === only) && (since === undefined || at >= since)
  })
}
