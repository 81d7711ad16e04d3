/** What the budgets' page runs: it sends its form as JSON, which a form cannot do by itself. Nothing is kept. */
import { Html } from '../html.ts'
import { hashOf } from '../style.ts'

const SCRIPT = `
const form = document.forms[0]
const said = document.getElementById('said')
const token = document.getElementById('token')
const send = async (path, body) => {
  const given = token.value.trim()
  const ask = (path, method, headers, body) =>
    fetch(path, {
      method,
      headers: { ...headers, ...(given === '' ? {} : { authorization: 'Bearer ' + given }) },
      body,
      // Else a refusal makes the browser ask for a password in a window of its own.
      credentials: 'omit',
    })
  said.textContent = 'Sending …'
  try {
    const answer = await ask(path, 'POST', { 'content-type': 'application/json' }, JSON.stringify(body))
    const { error } = await answer.json()
    if (error !== undefined) {
      said.textContent = error.message + '. ' + error.remedy
      return
    }
    const page = new DOMParser().parseFromString(await (await ask('/budgets', 'GET')).text(), 'text/html')
    document.getElementById('list').replaceWith(page.getElementById('list'))
    said.textContent = 'Done.'
  } catch {
    said.textContent = 'The service cannot be reached. Try again.'
  }
}
form.addEventListener('submit', (event) => {
  event.preventDefault()
  const fields = [...new FormData(form)].map(([name, value]) => [name, value.trim()])
  const given = Object.fromEntries(fields.filter(([, value]) => value !== ''))
  const { where = '', ...budget } = given
  send('/api/v1/budgets', { ...budget, where: where.split('\\n').map((line) => line.trim()).filter(Boolean) })
})
document.addEventListener('click', ({ target }) => {
  const { change, remove } = target.dataset ?? {}
  if (change !== undefined) {
    const kept = token.value
    form.reset()
    token.value = kept
    for (const [name, value] of Object.entries(JSON.parse(change))) form.elements[name].value = value
    form.elements.name.focus()
  }
  if (remove !== undefined && confirm('Remove the budget ' + remove + '?')) send('/api/v1/budgets/remove', { name: remove })
})
`

/** The whole element. */
export const BUDGETS_SCRIPT: Html = new Html(`<script>${SCRIPT}</script>`)

/** For the page's policy. */
export const BUDGETS_SCRIPT_HASH: string = hashOf(SCRIPT)
