/** The budgets' page as HTML: what each counts and where it stands, and a form that sets them. Pure. */
import type { AnsweredBudget } from '../../../budgets/answer.ts'
import { writeBudget } from '../../../config/budgets.ts'
import { unitName, type Budget } from '../../../usage/budget.ts'
import { formatAmount } from '@usage-explorer/core/amount'
import { htmlDocument } from '../document.ts'
import { html, type Html } from '../html.ts'
import { contentSecurityPolicy } from '../style.ts'
import { budgetForm, formValues } from './form.ts'
import { BUDGETS_SCRIPT, BUDGETS_SCRIPT_HASH } from './script.ts'
import { budgetFigure, budgetTable } from './table.ts'

export interface BudgetsView {
  readonly budgets: readonly {
    readonly budget: Budget
    /** Whether it was made here or over HTTP. */
    readonly editable: boolean
    /** Those that used most first. */
    readonly states: readonly AnsweredBudget[]
  }[]
  /** For instants. */
  readonly zone: string
  /** Whether what is shown is simulated. */
  readonly demo: boolean
}

/** The script may send to this service, and to nothing else. */
export const BUDGETS_POLICY: string = contentSecurityPolicy({
  'script-src': `'${BUDGETS_SCRIPT_HASH}'`,
  'connect-src': "'self'",
})

/** Of one for each value of something. */
const MOST_ROWS = 20

export function renderBudgetsPage({ budgets, zone, demo }: BudgetsView): string {
  const body = html`
    <header>
      <h1>Budgets</h1>
      <p><a href="/">Status</a> · <a href="/docs">API</a></p>
    </header>
    <main>
      ${demo ? html`<p class="banner demo"><b>Demo data.</b> These budgets are those of a simulated organisation.</p>` : undefined}
      <div id="list">
        ${
          budgets.length === 0
            ? html`<p>There is no budget yet. Set one below, or list them in the configuration.</p>`
            : budgets.map((one) => section(one, zone))
        }
      </div>
      <section aria-labelledby="set">
        <h2 id="set">Set a budget</h2>
        <p class="lead">
          A budget of the same name is replaced. Nothing else changes: what was used stays used.
        </p>
        <noscript
          ><p>This form needs JavaScript; <code>POST /api/v1/budgets</code> does without.</p></noscript
        >
        ${budgetForm()}
      </section>
    </main>
    ${BUDGETS_SCRIPT}
  `
  return htmlDocument(`${demo ? 'Demo data: ' : ''}Usage Explorer: budgets`, body)
}

function section({ budget, editable, states }: BudgetsView['budgets'][number], zone: string): Html {
  const { name, each, where, period, thresholds, action, owner } = budget
  const uncounted = [...new Set(states.flatMap(({ other_currencies: others }) => others))]
  const facts = [
    `${budgetFigure(formatAmount(budget.amount), unitName(budget.unit))} a ${period}${each === undefined ? '' : ` for each ${each}`}`,
    where.length === 0 ? 'all usage' : where.join(', '),
    `${action === 'block' ? 'blocks when used up' : 'only tells'}, at ${thresholds.join(', ')} %`,
    ...(uncounted.length === 0 ? [] : [`cost in ${uncounted.join(', ')} does not count`]),
    ...(owner === undefined ? [] : [owner]),
  ]
  return html`<section aria-label="${name}">
    <h2><bdi>${name}</bdi></h2>
    <p class="lead">${facts.join(' · ')}</p>
    ${
      editable
        ? html`<p>
            <button data-change="${JSON.stringify(formValues(writeBudget(budget)))}">Change</button>
            <button data-remove="${name}">Remove</button>
          </p>`
        : html`<p class="small">Stands in the configuration, and is changed there.</p>`
    }
    <div class="panel">
      ${states.length === 0 ? html`<p>Nothing is used yet.</p>` : budgetTable(states.slice(0, MOST_ROWS), zone)}
      ${
        states.length > MOST_ROWS
          ? html`<p class="small">
              ${String(states.length - MOST_ROWS)} more that used less are in
              <a href="/api/v1/budgets">/api/v1/budgets</a>.
            </p>`
          : undefined
      }
    </div>
  </section>`
}
