/** The answer of xAI's usage call as JSON text, written by hand because JSON.stringify knows no exact decimals. */
import { formatAmount } from '@usage-explorer/core/amount'
import type { UsageAnswer } from './usage-model.ts'

/** Dollars as JSON number literals with all their digits, and a point for every bucket of every series. */
export function writeUsageAnswer({ bucketStarts, series }: UsageAnswer): string {
  const heads = bucketStarts.map((start) => `{"timestamp":"${timestamp(start)}","values":[`)
  const written = series.map(({ group, labels, costs }) => {
    const points = costs.map((cost, i) => `${heads[i] ?? ''}${formatAmount(cost)}]}`)
    const names = `"group":${JSON.stringify(group)},"groupLabels":${JSON.stringify(labels)}`
    return `{${names},"dataPoints":[${points.join(',')}]}`
  })
  return `{"timeSeries":[${written.join(',')}],"limitReached":false}`
}

/** xAI writes whole seconds: 2025-10-01T00:00:00Z. */
function timestamp(instant: number): string {
  return new Date(instant).toISOString().replace('.000Z', 'Z')
}
