/** Where budgets stand, and what fires. */
import type { KeptAlert } from '../../../alerts/alerts.ts'
import type { StandingAnswer } from './answers.ts'
import { budgetTable } from '../budgets/table.ts'
import { html, type Html } from '../html.ts'
import { instant, sentence } from '../words.ts'

/** Nothing where there are neither budgets nor alerts. */
export function standingSection({ budgets, alerts }: StandingAnswer, zone: string): Html | undefined {
  if (budgets.length === 0 && alerts.length === 0) return undefined
  return html`<section aria-labelledby="standing">
    <h2 id="standing">Budgets and alerts</h2>
    ${alerts.map((alert) => problem(alert, zone))}
    ${budgets.length === 0 ? undefined : html`<div class="panel">${budgetTable(budgets, zone)}</div>`}
    <p class="small"><a href="/budgets">What counts for each budget, and changing them</a></p>
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
