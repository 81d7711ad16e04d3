/** The demo apps' dearest calls, one by one, as our library sends them: OTLP/JSON log records, a pure function of their time. */
import { createHash } from 'node:crypto'
import { HOUR } from '../clock.ts'
import type { Window } from '../usage/record.ts'
import { appsAt, type AppHour } from './apps.ts'
import { attributesOf, nanoseconds, subjectOf } from './apps-export.ts'
import { noise } from './noise.ts'
import type { UsageModel } from './usage-model.ts'

const EVENT = 'llm.client.expensive_call'

/**
 * The body of `POST /v1/logs` for the dearest call that each app had of each model in an hour, where it ended in the
 * windows; undefined where none did.
 *
 * @param windows each inside one hour of UTC
 */
export function callsOf(model: UsageModel, windows: readonly Window[]): object | undefined {
  const resourceLogs = windows.flatMap((window) => {
    const hour = Math.floor(window.from / HOUR) * HOUR
    return appsAt(model, hour).flatMap((app, index) => {
      const at = hour + Math.floor(noise(17, hour / HOUR, index) * HOUR)
      return app.calls > 0 && at >= window.from && at < window.to ? [resourceOf(app, at, index)] : []
    })
  })
  return resourceLogs.length === 0 ? undefined : { resourceLogs }
}

function resourceOf(app: AppHour, at: number, index: number): object {
  // So many times as dear as the mean.
  const size = 6 + 30 * noise(19, at, index)
  const each = (total: number): number => Math.round((total / app.calls) * size)
  const id = createHash('sha256').update(`${app.app.service} ${app.model} ${at}`).digest('hex')
  const cost = Math.round((app.cost / app.calls) * size * 1e10) / 1e10
  const figures: Record<string, number> = { 'llm.duration': Math.round(size * 10) / 10 }
  for (const [type, tokens] of app.tokens) figures[`llm.tokens.${type}`] = each(tokens)
  return {
    resource: {
      attributes: attributesOf({
        'service.name': app.app.service,
        'deployment.environment.name': app.app.environment,
      }),
    },
    scopeLogs: [
      {
        scope: { name: '@usage-explorer/instrumentation' },
        logRecords: [
          {
            timeUnixNano: nanoseconds(at),
            eventName: EVENT,
            traceId: id.slice(0, 32),
            attributes: [
              ...attributesOf({
                ...subjectOf(app),
                'gen_ai.response.id': `demo-${id.slice(32, 44)}`,
                'llm.cost.total': cost.toFixed(10),
                'llm.cost.currency': 'USD',
                'llm.cost.source': 'reported',
              }),
              ...Object.entries(figures).map(([key, value]) => ({ key, value: { doubleValue: value } })),
            ],
          },
        ],
      },
    ],
  }
}
