/** A query in words, so that a collapsed row reads like a sentence. Pure. */
import type { UsageFilter, UsageQuery } from '../types.ts'

/** Titles of measures and dimensions by name; what is not there is shown as it is. */
export type Titles = ReadonlyMap<string, string>

const COMPARED: Readonly<Record<string, string>> = {
  previous: 'the period before',
  day: 'the day before',
  week: 'the week before',
  month: 'the month before',
  year: 'the year before',
  usual: 'what is usual then',
}

export function describeQuery(query: UsageQuery, titles: Titles): string {
  const title = (name: string): string => (titles.get(name) ?? name).toLowerCase().replace(/^api /, 'API ')
  const measures = list(query.measures.map(title))
  const by = query.groupBy.length === 0 ? '' : ` by ${query.groupBy.map(title).join(' and ')}`
  const where = query.filters
    .filter(({ values }) => values.length > 0)
    .map((filter) => describeFilter(filter, title))
  const only = where.length === 0 ? '' : `, only where ${where.join(' and ')}`
  const top = query.groupBy.length === 0 ? '' : `, the largest ${query.top}`
  const compared = query.compare === '' ? '' : `, against ${COMPARED[query.compare] ?? query.compare}`
  switch (query.kind) {
    case 'series': {
      const width = query.granularity === 'auto' ? 'over time' : `by the ${query.granularity}`
      return sentence(
        `${measures}${by} ${width}${query.cumulative ? ', summed up' : ''}${top}${only}${compared}`,
      )
    }
    case 'totals':
      return sentence(`${measures}${by} in all${top}${only}${compared}`)
    case 'breakdown':
      return sentence(`a table of ${measures}${by}${top}${only}${compared}`)
    case 'live':
      return sentence(`${measures}${by} now, every two seconds, as instrumented apps tell`)
    case 'calls':
      return sentence(`the ${query.top} calls that cost most${only}`)
    case 'reconciliation':
      return sentence(`what was billed against what apps observed${by}`)
    case 'budgets':
      return 'Where each budget stands'
    case 'alerts':
      return 'Alerts that fired, as Alertmanager told the exporter'
    case 'sources':
      return 'How fresh and complete each source is'
  }
}

export function comparedName(compare: string): string {
  return COMPARED[compare] ?? compare
}

function describeFilter(
  { dimension, operator, values }: UsageFilter,
  title: (name: string) => string,
): string {
  const words = { '=': 'is', '!=': 'is not', '=~': 'matches', '!~': 'does not match' }[operator]
  return `${title(dimension)} ${words} ${values.join(' or ')}`
}

function list(items: readonly string[]): string {
  if (items.length < 2) return items[0] ?? 'nothing'
  return `${items.slice(0, -1).join(', ')} and ${items[items.length - 1] ?? ''}`
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
