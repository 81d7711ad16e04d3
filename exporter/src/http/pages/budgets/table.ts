/** Budgets as a table, for the pages that show them. */
import type { AnsweredBudget } from '../../../budgets/answer.ts'
import { html, type Html } from '../html.ts'
import { count, instant, money } from '../words.ts'

/** Where each stands: used, and foreseen for the end of its period. */
export function budgetTable(budgets: readonly AnsweredBudget[], zone: string): Html {
  return html`<table class="budgets">
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
  </table>`
}

function row(budget: AnsweredBudget, zone: string): Html {
  const { name, of_name: whose, label, period, used, amount, ratio, forecast, runs_out_at: runsOut } = budget
  const title = whose === null ? label : `${name}/${whose}`
  const figure = (text: string): string => budgetFigure(text, budget.unit)
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
      ${forecast === null ? html`<span class="unknown">unknown</span>` : html`<data value="${forecast}">${figure(forecast)}</data>`}
      <span class="small"
        >${runsOut === null ? (budget.exceeded ? 'used up' : '') : `used up ${instant(runsOut, zone)}`}</span
      >
    </td>
  </tr> `
}

/** "$12.50", "2,000,000 tokens" */
export function budgetFigure(amount: string, unit: string): string {
  return /^[A-Z]{3}$/.test(unit) ? money(amount, unit) : `${count(amount)} ${unit}`
}
