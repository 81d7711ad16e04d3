/** Alerts as Alertmanager told them: a table, and annotations by the names that Grafana looks for. Pure. */
import type { DataFrame } from '@grafana/data'
import type { AlertsAnswer } from '../api/contract.ts'
import { HIDDEN, table, timeOf } from './field.ts'

export function alertsFrame(refId: string, { alerts }: AlertsAnswer): DataFrame {
  return table(refId, alerts, {
    title: ['string', ({ summary, name }) => summary || name, { displayName: 'Alert' }],
    Status: ['string', ({ status }) => status],
    text: ['string', ({ description }) => description, { displayName: 'What happened' }],
    Severity: ['string', ({ severity }) => severity],
    time: ['time', ({ starts_at }) => timeOf(starts_at), { displayName: 'Since' }],
    timeEnd: ['time', ({ ends_at }) => timeOf(ends_at), { displayName: 'Until' }],
    Team: ['string', ({ team }) => team],
    tags: ['string', ({ name, severity }) => [name, severity].filter(Boolean).join(','), HIDDEN],
    Runbook: ['string', ({ runbook_url }) => runbook_url ?? '', HIDDEN],
    Silence: ['string', ({ silence_url }) => silence_url ?? '', HIDDEN],
  })
}
