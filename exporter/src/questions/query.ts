/** The question of `GET /api/v1/query`, and how it is read from parameters. */
import { QUESTION_DIMENSIONS, type QuestionDimension } from '../usage/dimensions.ts'
import { MOMENT_FORMS, parseMoment, type Moment } from '../usage/moment.ts'
import { GRANULARITIES, isZone } from '../usage/period.ts'
import type { Buckets } from './calendar.ts'
import { COMPARISONS, type Comparison } from './comparison.ts'
import { FILTER_DOC, readFilters, type Filter } from '../usage/filters.ts'
import { ASKED_MEASURES, MEASURE_TABLE, type AskedMeasure } from './measures.ts'
import { ParameterReader, type Parameters, type ParameterDoc } from './parameters.ts'

export interface Query {
  readonly from: Moment
  readonly to: Moment
  /** IANA name; the configured zone where undefined. */
  readonly zone: string | undefined
  readonly granularity: Buckets | 'auto'
  readonly measures: readonly AskedMeasure[]
  readonly groupBy: readonly QuestionDimension[]
  readonly where: readonly Filter[]
  /** Groups beyond the largest so many, by the first measure, become one named `other`. */
  readonly top: number
  readonly compare: Comparison | undefined
}

const MOST_GROUP_BYS = 2
const GRANULARITY_WORDS = ['auto', ...GRANULARITIES, 'total'] as const
export const FORMATS = { json: 'json', csv: 'csv' } as const
const DEFAULT_TOP = 100
const LARGEST_TOP = 1000

type QueryParameter =
  'format' | 'from' | 'to' | 'zone' | 'granularity' | 'measures' | 'group_by' | 'where' | 'top' | 'compare'

/** Of `GET /api/v1/query`. */
export const QUERY_PARAMETERS: Readonly<Record<QueryParameter, ParameterDoc>> = {
  from: { doc: `${MOMENT_FORMS}. Default: now-24h.` },
  to: { doc: 'As `from`; a date means its whole day, so 2026-11-30 includes the 30th. Default: now.' },
  zone: { doc: 'IANA time zone, whole hours from UTC. Default: the configured zone.' },
  granularity: {
    doc: 'Width of the buckets; `total` is one for the whole range. Default: auto, which is hours for up to three days, days for up to three months, weeks for up to a year, then months.',
    choice: GRANULARITY_WORDS,
  },
  measures: {
    doc: `Comma-separated or repeated; the first one says which groups are the largest. Default: cost. ${describeMeasures()}`,
    choice: ASKED_MEASURES,
    many: true,
  },
  group_by: {
    doc: `At most ${MOST_GROUP_BYS}, comma-separated or repeated. Default: not split.`,
    choice: QUESTION_DIMENSIONS,
    many: true,
  },
  where: { doc: FILTER_DOC, many: true },
  top: {
    doc: `Groups beyond the largest so many become one named \`other\`. 1 to ${LARGEST_TOP}, default ${DEFAULT_TOP}.`,
  },
  compare: {
    doc: 'Adds to each series what it was earlier: `previous` is as long a time before, `day` to `year` the same time so much earlier, `usual` the median, lowest and highest of the same hours of the week in the four weeks before. Default: not compared.',
    choice: COMPARISONS,
  },
  format: {
    doc: 'Of the answer: `json`, or `csv` with a row for each series and bucket. Default: json.',
    choice: Object.values(FORMATS),
  },
}

/**
 * Reads {@link QUERY_PARAMETERS}.
 *
 * @throws UsageExplorerError QUERY_INVALID naming every problem
 */
export function parseQuery(parameters: Parameters): Query {
  const reader = new ParameterReader(parameters, QUERY_PARAMETERS)
  const zone = reader.one('zone')
  if (zone !== undefined && !isZone(zone)) {
    reader.problem('zone', 'must be an IANA time zone such as UTC or Europe/Berlin')
  }
  reader.word('format', Object.values(FORMATS))
  const measures = reader.words('measures', ASKED_MEASURES)
  const groupBy = reader.words('group_by', QUESTION_DIMENSIONS)
  if (groupBy.length > MOST_GROUP_BYS)
    reader.problem('group_by', `takes at most ${MOST_GROUP_BYS} dimensions`)
  const split = groupBy.includes('type') ? measures.find((measure) => !isPlain(measure)) : undefined
  if (split !== undefined) {
    reader.problem('group_by', `type splits only ${ASKED_MEASURES.filter(isPlain).join(', ')}; not ${split}`)
  }
  const query: Query = {
    from: readMoment(reader, 'from', 'now-24h'),
    to: readMoment(reader, 'to', 'now'),
    zone,
    granularity: reader.word('granularity', GRANULARITY_WORDS) ?? 'auto',
    measures: measures.length === 0 ? ['cost'] : measures,
    groupBy,
    where: readFilters(reader.all('where'), (text) => reader.problem('where', text)),
    top: readTop(reader),
    compare: reader.word('compare', COMPARISONS),
  }
  reader.check()
  return query
}

function readMoment(reader: ParameterReader, name: 'from' | 'to', fallback: string): Moment {
  const moment = parseMoment(reader.one(name) ?? fallback)
  if (moment === undefined) reader.problem(name, `must be ${MOMENT_FORMS}`)
  return moment ?? { kind: 'ago', ms: 0 }
}

/** Counted by type as it is. */
function isPlain(measure: AskedMeasure): boolean {
  const { formula } = MEASURE_TABLE[measure]
  return formula.kind === 'sum' && formula.of.types === undefined
}

function describeMeasures(): string {
  return ASKED_MEASURES.map((measure) => `\`${measure}\`: ${MEASURE_TABLE[measure].doc}`).join(' ')
}

function readTop(reader: ParameterReader): number {
  const text = reader.one('top')
  if (text === undefined) return DEFAULT_TOP
  const top = /^\d{1,4}$/.test(text) ? Number(text) : 0
  if (top < 1 || top > LARGEST_TOP) reader.problem('top', `must be a whole number from 1 to ${LARGEST_TOP}`)
  return top
}
