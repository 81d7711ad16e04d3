/** Budgets over HTTP: their states for everybody who may read, changes for admins. */
import { z } from 'zod'
import { answerBudgets } from '../budgets/answer.ts'
import type { Budgets } from '../budgets/budgets.ts'
import { answerGuard } from '../budgets/guard.ts'
import { BUDGET_FIELDS } from '../config/budgets.ts'
import type { QuestionContext } from '../questions/context.ts'
import { BUDGETS_POLICY, renderBudgetsPage } from './pages/budgets/page.ts'
import type { Route } from './route.ts'

const HTML_TYPE = 'text/html; charset=utf-8'
const JSON_TYPE = 'application/json; charset=utf-8'
const NAME = z.strictObject({ name: z.string().min(1).max(63) })
const VALUE = z.union([z.string().max(200), z.number()])
/** The words of the configuration; what they may be is checked as there. */
const BUDGET = z.strictObject({
  ...Object.fromEntries(Object.keys(BUDGET_FIELDS).map((key) => [key, VALUE.optional()])),
  where: z.array(z.string().max(2000)).max(20).optional(),
  thresholds: z.union([VALUE, z.array(z.number()).max(10)]).optional(),
})

export function budgetRoutes(budgets: Budgets, context: QuestionContext): Route[] {
  const { now, config } = context
  return [
    {
      method: 'GET',
      path: '/budgets',
      access: { scope: 'read', teams: 'limited' },
      summary: 'Budgets for people: where they stand, and a form that sets them with a token of scope admin.',
      produces: HTML_TYPE,
      handle: async (_request, reply, { teams }) => {
        const { budgets: states } = await answerBudgets(budgets, teams, now())
        const listed = budgets.all().map((budget) => ({
          budget,
          editable: !budgets.inFile.has(budget.name),
          states: states.filter(({ name }) => name === budget.name),
        }))
        // Of another team's budget even the name may be a secret.
        const theirs = listed.filter(({ states: some }) => teams === undefined || some.length > 0)
        const page = renderBudgetsPage({ budgets: theirs, zone: config.zone, demo: config.demo })
        return reply.type(HTML_TYPE).header('content-security-policy', BUDGETS_POLICY).send(page)
      },
    },
    {
      method: 'GET',
      path: '/api/v1/budgets',
      access: { scope: 'read', teams: 'limited' },
      summary:
        'Where each budget stands: used, left, how fast, forecast; and the thresholds that were crossed.',
      produces: JSON_TYPE,
      handle: (_request, _reply, { teams }) => answerBudgets(budgets, teams, now()),
    },
    {
      method: 'GET',
      path: '/api/v1/budgets/state',
      access: { scope: 'ingest', teams: 'limited' },
      summary: "Which budgets are used up, for the instrumentation library's guard.",
      produces: JSON_TYPE,
      handle: (_request, _reply, { teams }) => answerGuard(budgets, context, teams),
    },
    {
      method: 'POST',
      path: '/api/v1/budgets',
      access: { scope: 'admin', teams: 'refused' },
      summary: 'Adds a budget, or takes the place of the one with its name.',
      body: BUDGET,
      produces: JSON_TYPE,
      handle: async (request) => {
        const { where = [], ...values } = BUDGET.parse(request.body)
        const texts = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, String(value)]))
        const { name } = await budgets.set({ where, texts })
        return { name }
      },
    },
    {
      method: 'POST',
      path: '/api/v1/budgets/remove',
      access: { scope: 'admin', teams: 'refused' },
      summary: 'Removes a budget that was added here. Its crossings stay.',
      body: NAME,
      produces: JSON_TYPE,
      handle: async (request) => {
        const { name } = NAME.parse(request.body)
        await budgets.remove(name)
        return { name }
      },
    },
  ]
}
