/** The part of the page about tokens and requests: figures where a source has them, and why not where none has. */
import type { Figure, Notice, StatusView, SummaryAnswer, Total } from './answers.ts'
import { html, type Html } from '../html.ts'
import { neverTold, notes } from './notes.ts'
import { count, sentence, SHORT_STATES } from '../words.ts'

interface Column {
  readonly name: string
  /** By period. */
  readonly figures: readonly Figure[]
  /** Stands in place of figures where no account can tell any. */
  readonly instead: Html | undefined
  /** Stands below figures that some accounts cannot add to. */
  readonly below: Html | undefined
}

const PERIODS = [
  ['Today', 'today'],
  ['Yesterday', 'yesterday'],
  ['This month', 'this_month'],
  ['Previous month', 'previous_month'],
  ['Last 30 days', 'last_30_days'],
] as const

export function countSection(summary: SummaryAnswer, titleOf: StatusView['titleOf']): Html {
  const columns = [
    columnOf(summary, 'tokens', 'Tokens', titleOf),
    columnOf(summary, 'requests', 'Requests', titleOf),
  ]
  return html`<section aria-labelledby="counts">
    <h2 id="counts">Tokens and requests</h2>
    <div class="panel">
      <table class="counts">
        <thead>
          <tr>
            <th scope="col">Period</th>
            ${columns.map(({ name }) => html`<th scope="col">${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${PERIODS.map(
            ([period], at) =>
              html`<tr>
                <th scope="row">${period}</th>
                ${columns.map((column) => cell(column, at))}
              </tr> `,
          )}
        </tbody>
      </table>
      ${columns.map(({ below }) => below)}
    </div>
    ${notes(summary, 'tokens')} ${notes(summary, 'requests')}
  </section>`
}

function columnOf(
  summary: SummaryAnswer,
  measure: 'tokens' | 'requests',
  name: string,
  titleOf: StatusView['titleOf'],
): Column {
  const figures = PERIODS.map(([, period]) => figureOf(summary[period].totals, measure))
  const silent = neverTold(summary, measure)
  const known = figures.some(({ amount }) => amount !== null)
  const because = ({ provider, message }: Notice): Html =>
    html`<b>${titleOf(provider)} does not report this:</b> ${sentence(message, summary.zone)}`
  if (known || silent.length === 0) {
    const missing = silent.map(
      (one) =>
        html`<p class="never">
          ${name} of <bdi>${one.provider}/${one.account}</bdi> are not in these figures. ${because(one)}
        </p> `,
    )
    return { name, figures, instead: undefined, below: html`${missing}` }
  }
  const reasons = new Map(silent.map((one) => [because(one).text, because(one)]))
  const instead = html`${[...reasons.values()].map((reason) => html`<p class="never">${reason}</p> `)}`
  return { name, figures, instead, below: undefined }
}

function cell({ figures, instead }: Column, at: number): Html | undefined {
  if (instead !== undefined)
    return at === 0 ? html`<td rowspan="${figures.length}">${instead}</td>` : undefined
  const { amount, state } = figures[at] ?? { amount: null, state: 'unknown' }
  if (amount === null) return html`<td><span class="unknown">unknown</span></td>`
  return html`<td>
    <data value="${amount}" title="exactly ${amount}">${count(amount)}</data>
    <span class="state ${state}">${SHORT_STATES[state]}</span>
  </td>`
}

function figureOf(totals: readonly Total[], measure: Total['measure']): Figure {
  return totals.find((one) => one.measure === measure) ?? { amount: null, state: 'unknown' }
}
