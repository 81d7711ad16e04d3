/** What series and columns are called. Pure. */
import type { Catalogue, QueryAnswer, Series } from '../api/contract.ts'
import type { Titles } from '../query/describe.ts'

/** Types of tokens, cost and outcomes. */
const TYPES: Readonly<Record<string, string>> = {
  input: 'Input',
  cache_read: 'Cached input',
  cache_write: 'Written to a cache',
  output: 'Output',
  reasoning: 'Reasoning',
  tool: 'Tools',
  input_unsplit: 'Input, cached or not',
  output_unsplit: 'Output, reasoning or not',
  unsplit: 'Not told by type',
  residual: 'Difference to the total',
  success: 'Success',
}

/** What ids say of themselves where nothing else is known. */
const WORDS: Readonly<Record<string, string>> = {
  unattributed: 'Not attributed',
  unassigned: 'No team',
  unallocated: 'Not allocated',
  not_split: 'Not split',
  other: 'Other',
}

export function titlesOf({ measures, dimensions }: Pick<Catalogue, 'measures' | 'dimensions'>): Titles {
  return new Map([...measures, ...dimensions].map(({ name, title }) => [name, title]))
}

/** The groups of a series as people know them, such as `search / grok-4`. */
export function groupName({ dimensions, names }: Pick<Series, 'dimensions' | 'names'>): string {
  return Object.keys(dimensions)
    .map((dimension) => valueName(dimension, dimensions[dimension] ?? '', names[dimension]))
    .join(' / ')
}

export function valueName(dimension: string, id: string, name: string | undefined): string {
  const word = (dimension === 'type' ? TYPES[id] : undefined) ?? WORDS[id]
  return name ?? word ?? (id === '' ? 'None' : id)
}

/** What tells a series from the others of its answer: its groups, and measure and currency where there are several. */
export function seriesName(series: Series, answer: QueryAnswer, titles: Titles): string {
  const group = groupName(series)
  const measures = new Set(answer.series.map(({ measure }) => measure))
  const title = measureName(series, answer, titles)
  return group === '' ? title : measures.size > 1 ? `${group}: ${title}` : currencyName(series, answer, group)
}

export function measureName(
  series: Pick<Series, 'measure' | 'currency'>,
  answer: QueryAnswer,
  titles: Titles,
): string {
  return currencyName(series, answer, titles.get(series.measure) ?? series.measure)
}

function currencyName({ currency }: Pick<Series, 'currency'>, answer: QueryAnswer, name: string): string {
  const currencies = new Set(answer.totals.map((total) => total.currency).filter((one) => one !== ''))
  return currency !== '' && currencies.size > 1 ? `${name} (${currency})` : name
}
