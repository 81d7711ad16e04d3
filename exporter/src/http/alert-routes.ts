/** Alerts: Alertmanager's webhook comes in, the history goes out. */
import type { Alerts } from '../alerts/alerts.ts'
import { WEBHOOK } from '../alerts/webhook.ts'
import { ParameterReader, type ParameterTable } from '../questions/parameters.ts'
import { MOMENT_FORMS, parseMoment, resolveMoment } from '../usage/moment.ts'
import { parametersOf } from './parameters.ts'
import type { Route } from './route.ts'

const JSON_TYPE = 'application/json; charset=utf-8'
/** Bytes: Alertmanager sends all alerts of a group at once. */
const LARGEST_WEBHOOK = 4 * 1024 * 1024
const PARAMETERS: ParameterTable = {
  from: { doc: `${MOMENT_FORMS}. Default: now-7d.` },
  to: { doc: 'As `from`. Default: now.' },
}

export function alertRoutes(alerts: Alerts, context: { now: () => number; zone: string }): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/alerts',
      access: { scope: 'read', teams: 'limited' },
      summary: 'Alerts that fired at any time of the window, newest first, as Alertmanager told them.',
      parameters: PARAMETERS,
      produces: JSON_TYPE,
      handle: (request, _reply, { teams }) => {
        const reader = new ParameterReader(parametersOf(request), PARAMETERS)
        const at = (edge: 'from' | 'to', fallback: string): number => {
          const moment = parseMoment(reader.one(edge) ?? fallback)
          if (moment === undefined) reader.problem(edge, `must be ${MOMENT_FORMS}`)
          return moment === undefined ? 0 : resolveMoment(moment, edge, context.now(), context.zone)
        }
        const window = { from: at('from', 'now-7d'), to: at('to', 'now') }
        reader.check()
        return {
          alerts: alerts.between(window).filter(({ team }) => teams === undefined || teams.includes(team)),
        }
      },
    },
    {
      method: 'POST',
      path: '/api/v1/alerts',
      access: { scope: 'ingest', teams: 'refused' },
      summary: "Takes Alertmanager's webhook (version 4); answered once the alerts are committed.",
      body: WEBHOOK,
      largestBody: LARGEST_WEBHOOK,
      produces: JSON_TYPE,
      handle: async (request) => {
        const webhook = WEBHOOK.parse(request.body)
        await alerts.receive(webhook)
        return { alerts: webhook.alerts.length }
      },
    },
  ]
}
