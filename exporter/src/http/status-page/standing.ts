/** Where budgets stand, and what fires. */
import type { KeptAlert } from '../../alerts/alerts.ts'
import type { AnsweredBudget } from '../../budgets/answer.ts'
import type { StandingAnswer } from './answers.ts'
import { html, type Html } from './html.ts'
import { count, instant, money, sentence } from './words.ts'

/** Nothing where there are neither budgets nor alerts. */
export function standingSection({ budgets, alerts }: StandingAnswer, zone: string): Html | undefined {
  if (budgets.length === 0 && alerts.length === 0) return undefined
  return html`<section aria-labelledby="standing">
    <h2 id="standing">Budgets and alerts</h2>
    ${alerts.map((alert) => problem(alert, zone))} ${budgets.length === 0 ? undefined : table(budgets, zone)}
  </section>`
}

function problem({ summary, name, description, starts_at, ...alert }: KeptAlert, zone: string): Html {
  const { severity, runbook_url: runbook, silence_url: silence } = alert
  return html`<div class="problem">
    <p><b>${summary === '' ? name : summary}</b> ${sentence(description, zone)}</p>
    <p class="small">
      ${severity}, since ${instant(starts_at, zone)}
      ${runbook === null ? undefined : html`<a href="${runbook}">What to do</a>`}
      ${silence === null ? undefined : html`<a href="${silence}">Silence it</a>`}
    </p>
  </div>`
}

function table(budgets: readonly AnsweredBudget[], zone: string): Html {
  return html`<div class="panel">
    <table>
      <thead>
        <tr>
          <th scope="col">Budget</th>
          <th scope="col">Used</th>
          <th scope="col">Foreseen</th>
        </tr>
      </thead>
      <tbody>
        ${budgets.map((budget) => row(budget, zone))}
      </tbody>
    </table>
  </div>`
}

function row(budget: AnsweredBudget, zone: string): Html {
  const { name, of_name: whose, label, period, used, amount, ratio, forecast, runs_out_at: runsOut } = budget
  const title = whose === null ? label : `${name}/${whose}`
  const figure = (text: string): string =>
    /^[A-Z]{3}$/.test(budget.unit) ? money(text, budget.unit) : `${count(text)} ${budget.unit}`
  return html`<tr>
    <th scope="row"><bdi>${title}</bdi> <span class="small">${figure(amount)} a ${period}</span></th>
    <td>
      ${
        used === null || ratio === null
          ? html`<span class="unknown">unknown</span>`
          : html`${String(Math.round(ratio * 100))} %
              <span class="small"><data value="${used}" title="exactly ${used}">${figure(used)}</data></span>`
      }
    </td>
    <td>
      ${forecast === null ? html`<span class="unknown">unknown</span>` : figure(forecast)}
      <span class="small"
        >${runsOut === null ? (budget.exceeded ? 'used up' : '') : `used up ${instant(runsOut, zone)}`}</span
      >
    </td>
  </tr> `
}
