/** The body of xAI's usage call: what is accepted of it, read into a question for the model. */
import { z } from 'zod'
import { DAY } from '../clock.ts'
import { TIME_UNITS } from './time-units.ts'
import { GROUP_BYS, type GroupBy, type UsageQuestion } from './usage-model.ts'

/** Wider ranges are refused, so that no request can ask for millions of buckets. */
const LONGEST_RANGE = 400 * DAY

const wallClock = z
  .string()
  // Exactly this form: xAI answers 400 to ISO strings with T or Z.
  .regex(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/)
  .transform((text, context) => {
    const instant = Date.parse(`${text.replace(' ', 'T')}Z`)
    if (!Number.isNaN(instant) && new Date(instant).toISOString().startsWith(text.replace(' ', 'T')))
      return instant
    context.addIssue('no such time')
    return z.NEVER
  })

const requestBody = z.object({
  analyticsRequest: z.object({
    timeRange: z
      .object({
        startTime: wallClock,
        endTime: wallClock,
        // Zones other than UTC are a part of the real API that nothing here asks for.
        timezone: z.enum(['Etc/GMT', 'Etc/UTC', 'GMT', 'UTC']),
      })
      .refine(({ startTime, endTime }) => startTime < endTime && endTime - startTime <= LONGEST_RANGE),
    timeUnit: z.enum(TIME_UNITS),
    values: z.tuple([z.object({ name: z.literal('usd'), aggregation: z.literal('AGGREGATION_SUM') })]),
    groupBy: z
      .array(z.enum(GROUP_BYS))
      .refine((dimensions) => new Set(dimensions).size === dimensions.length),
    // The grammar of filters is undocumented, so none is understood.
    filters: z.array(z.unknown()).max(0).optional(),
  }),
})

/**
 * Reads a request body.
 *
 * @param accepted the sets of group-bys that are answered, in any order; undefined accepts all
 * @returns undefined where xAI would answer 400
 */
export function parseUsageRequest(
  body: unknown,
  now: number,
  accepted: readonly (readonly GroupBy[])[] | undefined,
): UsageQuestion | undefined {
  const parsed = requestBody.safeParse(body)
  if (!parsed.success) return undefined
  const { timeRange, timeUnit, groupBy } = parsed.data.analyticsRequest
  const isAsked = (set: readonly GroupBy[]): boolean =>
    set.length === groupBy.length && set.every((dimension) => groupBy.includes(dimension))
  if (accepted !== undefined && !accepted.some(isAsked)) return undefined
  return { from: timeRange.startTime, to: timeRange.endTime, now, timeUnit, groupBy }
}
