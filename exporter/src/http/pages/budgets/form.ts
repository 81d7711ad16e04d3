/** The form for a budget: a control for each field of the configuration. */
import { BUDGET_FIELDS, WHERE_DOC, type WrittenBudget } from '../../../config/budgets.ts'
import type { Field } from '../../../config/field.ts'
import { html, type Html } from '../html.ts'

/** With a default, unless there is none. */
const FIELDS: readonly (Field<unknown> & { readonly default?: string })[] = Object.values(BUDGET_FIELDS)

/** Only a script sends it: natively it would put the token into the address, which the page's policy forbids. */
export function budgetForm(): Html {
  return html`<form class="panel">
    ${FIELDS.map(control)}
    <div class="field">
      <label for="field-where">where</label>
      <textarea id="field-where" name="where" rows="3" aria-describedby="doc-where"></textarea>
      <small id="doc-where">${markCode(WHERE_DOC)} One a line.</small>
    </div>
    <div class="field">
      <label for="token">token</label>
      <input id="token" type="password" autocomplete="off" aria-describedby="doc-token" />
      <small id="doc-token"
        >Of scope admin: <code>usage-explorer token create --scope admin</code>. It is sent, and not
        kept.</small
      >
    </div>
    <p><button>Set the budget</button> <span id="said" role="status"></span></p>
  </form>`
}

/** Values of the form's controls for a budget that exists. */
export function formValues({ where, texts }: WrittenBudget): Readonly<Record<string, string>> {
  return { ...texts, where: where.join('\n') }
}

function control({ key, doc, kind, required, default: without = '' }: (typeof FIELDS)[number]): Html {
  const choice = choiceOf(kind.schema)
  const attributes = html`id="field-${key}" name="${key}" aria-describedby="doc-${key}"
  ${required === true ? html`required` : undefined}`
  return html`<div class="field">
    <label for="field-${key}">${key.replace('_', ' ')}</label>
    ${
      choice === undefined
        ? html`<input ${attributes} autocomplete="off" placeholder="${without}" />`
        : html`<select ${attributes}>
            ${without === '' ? html`<option></option>` : undefined}
            ${choice.map(
              (one) => html`<option ${one === without ? html`selected` : undefined}>${one}</option> `,
            )}
          </select>`
    }
    <small id="doc-${key}">${markCode(doc)}</small>
  </div> `
}

function choiceOf({ enum: choice }: Readonly<Record<string, unknown>>): readonly string[] | undefined {
  return Array.isArray(choice) ? choice.map(String) : undefined
}

/** Documentation marks code as Markdown does. */
function markCode(text: string): Html[] {
  return text.split('`').map((part, at) => (at % 2 === 0 ? html`${part}` : html`<code>${part}</code>`))
}
