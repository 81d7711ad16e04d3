/** What Alertmanager's webhook sends. Source: prometheus.io/docs/alerting/latest/configuration, webhook_config, version 4. */
import { z } from 'zod'

const TEXTS = z.record(z.string().max(200), z.string().max(10_000))
const INSTANT = z.iso.datetime({ offset: true })

export interface Webhook {
  /** Alertmanager's own address; '' where it does not know it. */
  readonly externalURL: string
  readonly alerts: readonly {
    readonly status: 'firing' | 'resolved'
    readonly labels: Readonly<Record<string, string>>
    readonly annotations: Readonly<Record<string, string>>
    readonly startsAt: string
    readonly endsAt: string
    readonly fingerprint: string
  }[]
}

/** Fields that are not used may come and go with Alertmanager's versions. */
export const WEBHOOK: z.ZodType<Webhook> = z.object({
  version: z.literal('4'),
  externalURL: z.string().max(2000).default(''),
  alerts: z
    .array(
      z.object({
        status: z.enum(['firing', 'resolved']),
        labels: TEXTS,
        annotations: TEXTS,
        startsAt: INSTANT,
        endsAt: INSTANT,
        fingerprint: z.string().min(1).max(100),
      }),
    )
    .max(1000),
})

/** Alertmanager's form for a new silence of exactly these labels; null where its own address is not known. */
export function silenceLink(externalUrl: string, labels: Readonly<Record<string, string>>): string | null {
  if (!/^https?:\/\//.test(externalUrl)) return null
  const matchers = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  return `${externalUrl.replace(/\/$/, '')}/#/silences/new?filter=${encodeURIComponent(`{${matchers.join(',')}}`)}`
}
