/** Alerts that Alertmanager sends, kept for people: which fire, which did, and until when. */
import { HOUR } from '../clock.ts'
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
  /** When Alertmanager last told of it. */
  readonly heard_at: string
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

/**
 * Alertmanager repeats what fires at least once a day in our configuration, and says nothing of the end of what another
 * alert inhibits just then: what it has not told of for so long is over.
 */
const SILENT_MS = 50 * HOUR

const SEVERITIES = ['critical', 'warning', 'info']

export async function createAlerts(options: {
  readonly ledger: Ledger
  readonly log: Log
  readonly now: () => number
}): Promise<Alerts> {
  const { ledger, log, now } = options
  const kept = new Map<string, KeptAlert>()
  for (const { id, body } of await ledger.notes('alert', 0)) kept.set(id, body as KeptAlert)
  const asOfNow = (alert: KeptAlert): KeptAlert =>
    alert.ends_at === null && now() - Date.parse(alert.heard_at) > SILENT_MS
      ? { ...alert, status: 'resolved', ends_at: alert.heard_at }
      : alert
  const newestFirst = (): KeptAlert[] =>
    [...kept.values()].map(asOfNow).sort((a, b) => b.starts_at.localeCompare(a.starts_at))

  return {
    receive: async (webhook) => {
      const news = new Map<string, KeptAlert>()
      for (const alert of webhook.alerts) {
        const told = keep(alert, webhook.externalURL, now())
        const open = [...kept].find(([, one]) => one.fingerprint === told.fingerprint && one.ends_at === null)
        const id = `${told.fingerprint} ${told.starts_at}`
        if (open === undefined || told.starts_at < open[1].starts_at) {
          // Alertmanager repeats itself; one that is over stays over, whatever comes late.
          if (!kept.has(id) && (told.status === 'resolved' || open === undefined)) news.set(id, told)
        } else if (told.status === 'resolved') {
          // After a restart of Prometheus the same firing has a later start: it is still the one that is open.
          news.set(open[0], { ...told, starts_at: open[1].starts_at })
        } else {
          news.set(open[0], { ...open[1], heard_at: told.heard_at })
        }
      }
      const notes = [...news].map(([id, body]): Note => {
        return { kind: 'alert', id, at: Date.parse(body.starts_at), body }
      })
      if (notes.length > 0) await ledger.commitNotes(notes)
      for (const [id, alert] of news) {
        if (kept.get(id)?.status !== alert.status) tell(log, alert)
        kept.set(id, alert)
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

function keep(
  { labels, annotations, ...alert }: Webhook['alerts'][number],
  externalUrl: string,
  now: number,
): KeptAlert {
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
    heard_at: new Date(now).toISOString(),
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
