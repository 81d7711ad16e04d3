/** The question of `GET /api/v1/query`, and how it is read from parameters. */
import { QUESTION_DIMENSIONS, type QuestionDimension } from '../usage/dimensions.ts'
import { MEASURES, type Measure } from '../usage/measures.ts'
import { MOMENT_FORMS, parseMoment, type Moment } from '../usage/moment.ts'
import { GRANULARITIES, isZone, type Granularity } from '../usage/period.ts'
import { ParameterReader, type Parameters, type ParameterDoc } from './parameters.ts'

export interface Query {
  readonly from: Moment
  readonly to: Moment
  /** IANA name; the configured zone where undefined. */
  readonly zone: string | undefined
  readonly granularity: Granularity | 'auto'
  readonly measures: readonly Measure[]
  readonly groupBy: readonly QuestionDimension[]
  readonly where: readonly Filter[]
  /** Series beyond the largest so many become one named `other`, per measure and currency. */
  readonly top: number
}

/** A series passes when its dimension has one of the values: an id, or a name that people see for it. */
export interface Filter {
  readonly dimension: QuestionDimension
  readonly values: readonly string[]
}

const MOST_GROUP_BYS = 2
const DEFAULT_TOP = 100
const LARGEST_TOP = 1000

type QueryParameter = 'from' | 'to' | 'zone' | 'granularity' | 'measures' | 'group_by' | 'where' | 'top'

/** Of `GET /api/v1/query`. */
export const QUERY_PARAMETERS: Readonly<Record<QueryParameter, ParameterDoc>> = {
  from: { doc: `${MOMENT_FORMS}. Default: now-24h.` },
  to: { doc: 'As `from`; a date means its whole day, so 2026-11-30 includes the 30th. Default: now.' },
  zone: { doc: 'IANA time zone, whole hours from UTC. Default: the configured zone.' },
  granularity: { doc: 'Width of the buckets. Default: auto.', choice: ['auto', ...GRANULARITIES] },
  measures: { doc: 'Comma-separated or repeated. Default: cost.', choice: MEASURES, many: true },
  group_by: {
    doc: `At most ${MOST_GROUP_BYS}, comma-separated or repeated. Default: not split.`,
    choice: QUESTION_DIMENSIONS,
    many: true,
  },
  where: {
    doc: '`dimension=value`, repeated: values of one dimension are alternatives, dimensions must all match.',
    many: true,
  },
  top: {
    doc: `Series beyond the largest so many become one named \`other\`. 1 to ${LARGEST_TOP}, default ${DEFAULT_TOP}.`,
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
  const measures = reader.words('measures', MEASURES)
  const groupBy = reader.words('group_by', QUESTION_DIMENSIONS)
  if (groupBy.length > MOST_GROUP_BYS)
    reader.problem('group_by', `takes at most ${MOST_GROUP_BYS} dimensions`)
  const query: Query = {
    from: readMoment(reader, 'from', 'now-24h'),
    to: readMoment(reader, 'to', 'now'),
    zone,
    granularity: reader.word('granularity', ['auto', ...GRANULARITIES]) ?? 'auto',
    measures: measures.length === 0 ? ['cost'] : measures,
    groupBy,
    where: readFilters(reader),
    top: readTop(reader),
  }
  reader.check()
  return query
}

function readMoment(reader: ParameterReader, name: 'from' | 'to', fallback: string): Moment {
  const moment = parseMoment(reader.one(name) ?? fallback)
  if (moment === undefined) reader.problem(name, `must be ${MOMENT_FORMS}`)
  return moment ?? { kind: 'ago', ms: 0 }
}

function readFilters(reader: ParameterReader): Filter[] {
  const values = new Map<QuestionDimension, string[]>()
  for (const filter of reader.all('where')) {
    const at = filter.indexOf('=')
    const dimension = QUESTION_DIMENSIONS.find((known) => known === filter.slice(0, at))
    if (at < 0 || dimension === undefined) {
      reader.problem('where', `must be dimension=value with one of ${QUESTION_DIMENSIONS.join(', ')}`)
    } else values.set(dimension, [...(values.get(dimension) ?? []), filter.slice(at + 1)])
  }
  return [...values].map(([dimension, accepted]) => ({ dimension, values: accepted }))
}

function readTop(reader: ParameterReader): number {
  const text = reader.one('top')
  if (text === undefined) return DEFAULT_TOP
  const top = /^\d{1,4}$/.test(text) ? Number(text) : 0
  if (top < 1 || top > LARGEST_TOP) reader.problem('top', `must be a whole number from 1 to ${LARGEST_TOP}`)
  return top
}
