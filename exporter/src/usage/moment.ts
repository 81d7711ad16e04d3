/** Points in time as people write them in a question, read strictly. */
import { DateTime } from 'luxon'
import { DAY, HOUR, MINUTE } from '../clock.ts'
import { periodAt } from './period.ts'

/** `date`: a whole day of the question's zone. `local`: a clock time there. `ago`: so long before now. */
export type Moment =
  | { readonly kind: 'date' | 'local'; readonly text: string }
  | { readonly kind: 'instant'; readonly at: number }
  | { readonly kind: 'ago'; readonly ms: number }

export const MOMENT_FORMS =
  'a date (2026-11-01), an ISO 8601 time (2026-11-01T08:00 in the zone, 2026-11-01T08:00:00Z), now or now-24h (m, h, d, w)'

const DATE = /^\d{4}-\d{2}-\d{2}$/
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?$/
const RELATIVE = /^now(?:-(\d{1,5})([mhdw]))?$/
const UNIT_MS: Readonly<Record<string, number>> = { m: MINUTE, h: HOUR, d: DAY, w: 7 * DAY }

/** `undefined` when the text is in none of {@link MOMENT_FORMS} or names a day that no calendar has. */
export function parseMoment(text: string): Moment | undefined {
  const relative = RELATIVE.exec(text)
  if (relative !== null) {
    const [, count = '0', unit = 'm'] = relative
    return { kind: 'ago', ms: Number(count) * (UNIT_MS[unit] ?? 0) }
  }
  const time = TIME.exec(text)
  const read = DateTime.fromISO(text, { zone: 'utc' })
  if (!read.isValid || (time === null && !DATE.test(text))) return undefined
  if (time === null) return { kind: 'date', text }
  return time[1] === undefined ? { kind: 'local', text } : { kind: 'instant', at: read.toMillis() }
}

/** A date stands for its whole day: the day's start as `from`, its end as `to`. */
export function resolveMoment(moment: Moment, edge: 'from' | 'to', now: number, zone: string): number {
  switch (moment.kind) {
    case 'instant':
      return moment.at
    case 'ago':
      return now - moment.ms
    case 'local':
      return DateTime.fromISO(moment.text, { zone }).toMillis()
    case 'date': {
      const day = periodAt('day', DateTime.fromISO(moment.text, { zone }).toMillis(), zone)
      return day[edge]
    }
  }
}
