import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { BUDGET_FIELDS, parseBudget } from '../../../config/budgets.ts'
import { BUDGET } from '../status/testing/view.ts'
import { BUDGETS_POLICY, renderBudgetsPage, type BudgetsView } from './page.ts'

const written = { name: 'search "x"', amount: '600', period: 'week', action: 'block', owner: '<i>ann</i>' }
// A name of the file may not look like this; what comes from elsewhere is escaped all the same.
const budget = {
  ...parseBudget({ where: ['team=search'], texts: { ...written, name: 'search' } }, 'UTC'),
  name: written.name,
}
const pageOf = (...budgets: BudgetsView['budgets']): string =>
  renderBudgetsPage({ budgets, zone: 'UTC', demo: false })

test('a budget says what counts, what happens at its end and whose it is', () => {
  const text = pageOf({ budget, editable: true, states: [] })
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
  expect(text).toContain(
    '$600.00 a week · team=search · blocks when used up, at 50, 80, 100 % · &lt;i&gt;ann&lt;/i&gt;',
  )
  expect(text).toContain('Nothing is used yet.')
})

test('a budget says which cost it does not count', () => {
  const states = [{ ...BUDGET, other_currencies: ['EUR'] }]
  expect(pageOf({ budget, editable: false, states })).toContain('cost in EUR does not count')
})

test('simulated budgets are said to be simulated', () => {
  expect(renderBudgetsPage({ budgets: [], zone: 'UTC', demo: true })).toContain('<b>Demo data.</b>')
  expect(pageOf()).not.toContain('Demo data')
})

test('only what was made here is changed here', () => {
  const page = pageOf({ budget, editable: false, states: [] })
  expect(page).toContain('Stands in the configuration')
  expect(page).not.toMatch(/data-(change|remove)/)
})

test('a button that changes it holds it as it is written, in an attribute that nothing breaks out of', () => {
  const page = pageOf({ budget, editable: true, states: [] })
  const held =
    /data-change="([^"]*)"/.exec(page)?.[1]?.replaceAll('&quot;', '"').replaceAll('&gt;', '>') ?? ''
  expect(JSON.parse(held.replaceAll('&lt;', '<').replaceAll('&amp;', '&'))).toMatchObject({
    amount: '600',
    where: 'team=search',
    owner: '<i>ann</i>',
  })
  expect(page).not.toContain('<i>ann')
})

test('the form has a control for every field, each with a label and its documentation', () => {
  const page = pageOf()
  for (const key of [...Object.keys(BUDGET_FIELDS), 'where']) {
    expect(page).toContain(`for="field-${key}"`)
    expect(page).toMatch(
      new RegExp(`id="field-${key}"\\s+name="${key}"\\s+(rows="3"\\s+)?aria-describedby="doc-${key}"`),
    )
  }
  expect(page).toContain('There is no budget yet.')
})

test('the policy lets through this script and no other, and no form that would show the token in an address', () => {
  const script = /<script>([\s\S]*)<\/script>/.exec(pageOf())?.[1] ?? ''
  const hash = createHash('sha256').update(script).digest('base64')
  expect(BUDGETS_POLICY).toContain(`script-src 'sha256-${hash}'`)
  expect(BUDGETS_POLICY).toContain("form-action 'none'")
  expect(BUDGETS_POLICY).toContain("default-src 'none'")
  expect(BUDGETS_POLICY).not.toMatch(/unsafe|https?:|\*/)
})
