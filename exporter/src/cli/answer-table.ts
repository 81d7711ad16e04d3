/** An answer as people read it in a terminal: a line a series with its total and its course, then what is not known. */
import { parseAmount, type Amount } from '@usage-explorer/core/amount'
import type { AnsweredComparison, AnsweredPoint, QueryAnswer } from '../questions/present.ts'
import { textTable } from './text-table.ts'

const BARS = '▁▂▃▄▅▆▇█'
const MOST_BARS = 31

export function answerTable(answer: QueryAnswer): string {
  const { from, to, zone, granularity, series, totals, notices, sources } = answer
  const dimensions = Object.keys(series[0]?.dimensions ?? {})
  const columns = [
    ...dimensions.map((title) => ({ title })),
    { title: 'measure' },
    { title: 'total', align: 'right' as const },
    { title: '' },
    ...(answer.compared === null ? [] : [{ title: answer.compared.with, align: 'right' as const }]),
    { title: `by the ${granularity}` },
  ]
  const split = series.map(({ measure, currency, dimensions: ids, names, total, points, compared }) => [
    ...dimensions.map((name) => shown(ids[name] ?? '', names[name])),
    measure,
    ...figure(total.amount, currency),
    ...earlier(compared),
    course(points),
  ])
  const sums = totals.map(({ measure, currency, amount, points, compared }) => [
    ...dimensions.map((_, at) => (at === 0 ? 'all' : '')),
    measure,
    ...figure(amount, currency),
    ...earlier(compared),
    course(points),
  ])
  const head = `${from} to ${to} (${zone})\n\n`
  const table = textTable(columns, dimensions.length === 0 ? sums : [...split, ...sums])
  const notes = [...new Set(notices.map(({ account, message }) => `- ${account}: ${message}\n`))].join('')
  const read = [
    ...new Set(
      sources.map(({ account, source, watermark, age_seconds }) => {
        const until =
          watermark === null ? 'nothing is in yet' : `in up to ${watermark}, ${age(age_seconds)} old`
        return `- ${account}: ${source}, ${until}\n`
      }),
    ),
  ].join('')
  return `${head}${table}${notes === '' ? '' : `\nTo know:\n${notes}`}${read === '' ? '' : `\nRead from:\n${read}`}`
}

function shown(id: string, name: string | undefined): string {
  return name === undefined || name === id ? id : `${name} (${id})`
}

/** Exact, thousands apart; unknown is no number. */
function figure(amount: string | null, currency: string): [string, string] {
  if (amount === null) return ['unknown', currency]
  const [whole = '', fraction] = amount.split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',')
  return [fraction === undefined ? grouped : `${grouped}.${fraction}`, currency]
}

function earlier(compared: AnsweredComparison | undefined): string[] {
  return compared === undefined ? [] : [figure(compared.total.amount, '')[0]]
}

/** The shape, for the eye: heights are relative to the highest bucket; a dot is a bucket that nothing is known of. */
function course(points: readonly AnsweredPoint[]): string {
  const shownPoints = points.slice(-MOST_BARS)
  const amounts = shownPoints.map(({ amount }) => (amount === null ? undefined : parse(amount)))
  const highest = amounts.reduce<Amount>((most, one) => (one !== undefined && one > most ? one : most), 0n)
  const bars = amounts.map((one) => {
    if (one === undefined) return '·'
    return BARS[highest === 0n || one < 0n ? 0 : Number((one * BigInt(BARS.length - 1)) / highest)] ?? ''
  })
  return (points.length > MOST_BARS ? '…' : '') + bars.join('')
}

function parse(text: string): Amount {
  return parseAmount(text)?.amount ?? 0n
}

function age(seconds: number): string {
  if (seconds < 120) return `${seconds} s`
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`
}
