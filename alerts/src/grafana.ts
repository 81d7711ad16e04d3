/** The default set as alert rules that Grafana evaluates itself, for its file provisioning. Pure. */
import { createHash } from 'node:crypto'
import { stringify } from 'yaml'
import { annotationsOf, GENERATED, type Places } from './documents.ts'
import { DEFAULT_SET } from './default-set.ts'

/** As dashboards/provisioning names it. */
const PROMETHEUS = 'prometheus'
const RANGE = { from: 600, to: 0 }

/**
 * An expression that filters gives a number for what fires and nothing for the rest: any number fires, and no data is
 * normal. The form is the one that Grafana's own import of Prometheus rules writes.
 */
export function grafanaRules(places: Places): string {
  const rules = DEFAULT_SET.flatMap((alert) =>
    alert.rules.map((rule) => {
      const { severity, labels = {}, expr, for: lasts = '0s', keepFiring = '0s' } = rule
      const title = [alert.name, severity, ...Object.values(labels)].join(' ')
      return {
        uid: createHash('sha256').update(title).digest('hex').slice(0, 16),
        title,
        condition: 'threshold',
        data: [
          {
            refId: 'query',
            relativeTimeRange: RANGE,
            datasourceUid: PROMETHEUS,
            model: { refId: 'query', expr, instant: true, range: false },
          },
          expression('math', {
            type: 'math',
            expression: 'is_number($query) || is_nan($query) || is_inf($query)',
          }),
          expression('threshold', {
            type: 'threshold',
            expression: 'math',
            conditions: [{ evaluator: { type: 'gt', params: [0] } }],
          }),
        ],
        noDataState: 'OK',
        execErrState: 'Error',
        for: lasts,
        keep_firing_for: keepFiring,
        labels: { severity, ...labels },
        annotations: {
          ...annotationsOf(alert, rule, places),
          // Its templates know values by the query, and cannot ask.
          description: rule.description.replaceAll('$value ', '$values.query.Value '),
        },
        isPaused: false,
      }
    }),
  )
  const group = { orgId: 1, name: 'usage-explorer', folder: 'Usage Explorer', interval: '1m', rules }
  return `${GENERATED}# Its own notifications, or Prometheus's rules: load one of the two. The recorded series of usage-explorer.rules.yml are needed.\n${stringify({ apiVersion: 1, groups: [group] }, { lineWidth: 0, aliasDuplicateObjects: false })}`
}

function expression(refId: string, model: object): object {
  return { refId, relativeTimeRange: RANGE, datasourceUid: '__expr__', model: { refId, ...model } }
}
