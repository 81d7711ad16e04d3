/** The part of the page about money: the periods of now, and 30 days as a chart and as a table. */
import type { Figure, PeriodAnswer, Point, SummaryAnswer, Total } from './answers.ts'
import { barChart } from './chart.ts'
import { html, type Html } from '../html.ts'
import { notes } from './notes.ts'
import { ago, day, instant, money, SHORT_STATES, STATES, weekday } from '../words.ts'

const UNKNOWN: Figure = { amount: null, state: 'unknown' }

/** @param at ms since the epoch, now */
export function costSection(summary: SummaryAnswer, at: number): Html {
  const currencies = currenciesOf(summary)
  return html`<section aria-labelledby="cost">
    <h2 id="cost">Cost</h2>
    ${freshness(summary, at)}
    ${currencies.map((currency) => oneCurrency(summary, currency, currencies.length > 1))}
    ${notes(summary, 'cost')}
  </section>`
}

function currenciesOf(summary: SummaryAnswer): readonly string[] {
  const { today, yesterday, this_month, previous_month, last_30_days } = summary
  const totals = [today, yesterday, this_month, previous_month, last_30_days].flatMap(
    (period) => period.totals,
  )
  const stated = totals.flatMap(({ measure, currency }) =>
    measure === 'cost' && currency !== '' ? currency : [],
  )
  return stated.length === 0 ? [''] : [...new Set(stated)].sort()
}

/** Up to when money is final: the slowest account says it for all. */
function freshness({ sources, zone }: SummaryAnswer, at: number): Html {
  const marks = new Map<string, string>()
  for (const { provider, account, measure, watermark } of sources) {
    const name = `${provider}/${account}`
    // What an account was read from in turn is final up to where the newest of it is.
    if (measure === 'cost') marks.set(name, latest(marks.get(name) ?? '', watermark ?? ''))
  }
  const [slowest, ...others] = [...marks].sort(([, a], [, b]) => (a < b ? -1 : 1))
  if (slowest === undefined) return html`<p class="lead">No cost is known yet.</p>`
  const [name, mark] = slowest
  const whose = others.length === 0 ? '' : ` of ${name}, the slowest account,`
  if (mark === '') return html`<p class="lead">No cost${whose} is final yet.</p>`
  return html`<p class="lead">
    Cost${whose} is final up to <time datetime="${mark}">${instant(mark, zone)}</time>,
    ${ago(at - Date.parse(mark))}.
  </p>`
}

/** Of two ISO instants in UTC. */
function latest(a: string, b: string): string {
  return a < b ? b : a
}

function oneCurrency(summary: SummaryAnswer, currency: string, named: boolean): Html {
  const { today, yesterday, this_month, previous_month, last_30_days, zone } = summary
  const tiles: readonly (readonly [name: string, period: PeriodAnswer])[] = [
    ['Today', today],
    ['Yesterday', yesterday],
    ['This month', this_month],
    ['Previous month', previous_month],
  ]
  const days = last_30_days.totals.find((one) => one.measure === 'cost' && one.currency === currency)
  const id = `days-${currency === '' ? 'none' : currency.replace(/\W/g, '-')}`
  return html`${named ? html`<h3>In ${currency}</h3>` : undefined}
    <dl class="tiles">
      ${tiles.map(([name, period]) => tile(name, figureOf(period.totals, currency), currency))}
    </dl>
    ${days === undefined ? undefined : chartOf(id, days, days.points, currency, zone, named)}`
}

function tile(name: string, figure: Figure, currency: string): Html {
  return html`<div class="tile">
    <dt>${name}</dt>
    <dd class="figure">${moneyOf(figure, currency)}</dd>
    <dd class="state ${figure.state}">${STATES[figure.state]}</dd>
  </div>`
}

/** With its exact value where a pointer rests on it. */
function moneyOf({ amount }: Figure, currency: string): Html {
  if (amount === null) return html`<span class="unknown">unknown</span>`
  return html`<data value="${amount}" title="exactly ${amount} ${currency}">${money(amount, currency)}</data>`
}

/** What a period says of a currency. One that it does not name is 0 only where everything of the period is known. */
export function figureOf(totals: readonly Total[], currency: string): Figure {
  const costs = totals.filter(({ measure }) => measure === 'cost')
  const named = costs.find((one) => one.currency === currency)
  if (named !== undefined) return named
  const [other] = costs
  if (other?.state === 'complete') return { amount: '0', state: 'complete' }
  return other?.currency === '' ? other : UNKNOWN
}

function chartOf(
  id: string,
  total: Total,
  points: readonly Point[],
  currency: string,
  zone: string,
  named: boolean,
): Html {
  const heading = `Last 30 days${named ? ` in ${currency}` : ''}`
  return html`<figure class="panel">
    <figcaption>
      ${named ? html`<h4>${heading}</h4>` : html`<h3>${heading}</h3>`}
      <p>${moneyOf(total, currency)} in all, ${STATES[total.state]}</p>
    </figcaption>
    ${barChart(id, points, currency, zone)} ${legend(points, zone)}
    <details>
      <summary>These days as a table</summary>
      ${dayTable(points, currency, zone)}
    </details>
  </figure>`
}

function legend(points: readonly Point[], zone: string): Html {
  const open = points.filter(({ amount, state }) => amount !== null && state !== 'complete')
  const gaps = points.filter(({ amount }) => amount === null)
  return html`<ul class="legend">
    <li class="bar">final</li>
    ${open.length === 0 ? undefined : html`<li class="open">not final: ${daysOf(open, zone)}</li>`}
    ${gaps.length === 0 ? undefined : html`<li class="gap">nothing known: ${daysOf(gaps, zone)}</li>`}
  </ul>`
}

const MOST_NAMED = 3

function daysOf(points: readonly Point[], zone: string): string {
  const names = points.map(({ start }) => day(start, zone))
  if (names.length <= MOST_NAMED) return names.join(', ')
  return `${names.length} days between ${names[0] ?? ''} and ${names.at(-1) ?? ''}`
}

function dayTable(points: readonly Point[], currency: string, zone: string): Html {
  return html`<table>
    <thead>
      <tr>
        <th scope="col">Day</th>
        <th scope="col" class="number">Cost${currency === '' ? '' : ` in ${currency}`}</th>
        <th scope="col">State</th>
      </tr>
    </thead>
    <tbody>
      ${points.toReversed().map(
        (point) =>
          html`<tr>
            <th scope="row"><time datetime="${point.start}">${weekday(point.start, zone)}</time></th>
            <td class="number">${moneyOf(point, currency)}</td>
            <td>${SHORT_STATES[point.state]}</td>
          </tr> `,
      )}
    </tbody>
  </table>`
}
