/** Alerts that Alertmanager sends, kept for people: which fire, which did, and until when. */
import type { Ledger } from '../ledger/ledger.ts'
import type { Log } from '../log.ts'
import type { Note } from '../usage/note.ts'
import { silenceLink, type Webhook } from './webhook.ts'

/** One firing of an alert, as `GET /api/v1/alerts` tells it. */
export interface KeptAlert {
  /** Alertmanager's name for the set of labels. */
  readonly fingerprint: string
  readonly name: string
  readonly status: 'firing' | 'resolved'
  readonly severity: string
  /** '' where it is about no single team. */
  readonly team: string
  readonly summary: string
  readonly description: string
  readonly labels: Readonly<Record<string, string>>
  readonly starts_at: string
  /** Null while it fires. */
  readonly ends_at: string | null
  readonly runbook_url: string | null
  readonly dashboard_url: string | null
  /** Where Alertmanager's own page silences it: that is how an alert is acknowledged. */
  readonly silence_url: string | null
}

export interface Alerts {
  /** Keeps what a webhook brought. Resolves after it is durable. */
  receive(webhook: Webhook): Promise<void>
  /** Those that fired at any time of the window, newest first. */
  between(window: { from: number; to: number }): readonly KeptAlert[]
  /** Those that fire now, the gravest and newest first. */
  firing(): readonly KeptAlert[]
}

const SEVERITIES = ['critical', 'warning', 'info']

export async function createAlerts({ ledger, log }: { ledger: Ledger; log: Log }): Promise<Alerts> {
  const kept = new Map<string, KeptAlert>()
  for (const { id, body } of await ledger.notes('alert', 0)) kept.set(id, body as KeptAlert)
  const newestFirst = (): KeptAlert[] =>
    [...kept.values()].sort((a, b) => b.starts_at.localeCompare(a.starts_at))

  return {
    receive: async (webhook) => {
      const news: Note[] = webhook.alerts.flatMap((alert) => {
        const body = keep(alert, webhook.externalURL)
        const id = `${body.fingerprint} ${body.starts_at}`
        const before = kept.get(id)
        // Alertmanager repeats itself; one that is over stays over, whatever comes late.
        if (before !== undefined && (before.status === body.status || before.status === 'resolved')) return []
        return [{ kind: 'alert', id, at: Date.parse(body.starts_at), body }]
      })
      await ledger.commitNotes(news)
      for (const { id, body } of news) {
        const alert = body as KeptAlert
        kept.set(id, alert)
        tell(log, alert)
      }
    },
    between: ({ from, to }) =>
      newestFirst().filter(
        ({ starts_at, ends_at }) =>
          Date.parse(starts_at) < to && (ends_at === null || Date.parse(ends_at) > from),
      ),
    firing: () =>
      newestFirst()
        .filter(({ status }) => status === 'firing')
        .sort((a, b) => rank(a) - rank(b)),
  }
}

function keep({ labels, annotations, ...alert }: Webhook['alerts'][number], externalUrl: string): KeptAlert {
  return {
    fingerprint: alert.fingerprint,
    name: labels['alertname'] ?? '',
    status: alert.status,
    severity: labels['severity'] ?? '',
    team: labels['team'] ?? '',
    summary: annotations['summary'] ?? '',
    description: annotations['description'] ?? '',
    labels,
    starts_at: new Date(alert.startsAt).toISOString(),
    ends_at: alert.status === 'firing' ? null : new Date(alert.endsAt).toISOString(),
    runbook_url: webLink(annotations['runbook_url']),
    dashboard_url: webLink(annotations['dashboard_url']),
    silence_url: silenceLink(externalUrl, labels),
  }
}

/** Anything else, such as `javascript:`, must not become a link of the status page. */
function webLink(text: string | undefined): string | null {
  return text !== undefined && /^https?:\/\//.test(text) ? text : null
}

function tell(
  log: Log,
  { name, status, severity, summary, description, labels, starts_at }: KeptAlert,
): void {
  const fields = { alert: name, severity, summary, description, labels, startsAt: starts_at }
  if (status === 'firing') log.warn(fields, 'An alert fires.')
  else log.info(fields, 'An alert is over.')
}

function rank({ severity }: KeptAlert): number {
  const index = SEVERITIES.indexOf(severity)
  return index === -1 ? SEVERITIES.length : index
}
