import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createBudgetGuard } from './budget-guard.ts'
import { withLabels } from './labels.ts'

async function guardOf(mode: 'warn' | 'block', answer: () => { status: number; body: string }) {
  const server = createServer((_request, response) => {
    const { status, body } = answer()
    response.writeHead(status, { 'content-type': 'application/json' }).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const clock = { now: 1_000_000 }
  const endpoint = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const budgets = createBudgetGuard({ endpoint, token: 't', mode, fetch, now: () => clock.now })
  onTestFinished(() => {
    budgets.stop()
    server.close()
  })
  const call = (model = 'grok-4') =>
    budgets.guard({
      url: new URL('https://api.x.ai/v1/responses'),
      body: `{"model":"${model}"}`,
      header: () => undefined,
    })
  return { budgets, clock, call }
}

const state = (...budgets: object[]) => JSON.stringify({ budgets })
const search = { name: 'search', exceeded: true, action: 'block', selector: { team: ['search'] } }

describe('the budget guard', () => {
  test('refuses calls of a team whose budget is used up, and no other', async () => {
    const { budgets, call } = await guardOf('block', () => ({ status: 200, body: state(search) }))
    await budgets.refresh()
    expect(withLabels({ team: 'search' }, () => call())).toMatchObject({
      code: 'BUDGET_EXCEEDED',
      budget: 'search',
    })
    expect(withLabels({ team: 'support' }, () => call())).toBeUndefined()
    expect(call()).toBeUndefined()
  })

  test('all that a budget names must match', async () => {
    const body = state({ ...search, selector: { team: ['search'], model: ['grok-4'] } })
    const { budgets, call } = await guardOf('block', () => ({ status: 200, body }))
    await budgets.refresh()
    expect(withLabels({ team: 'search' }, () => call('grok-3'))).toBeUndefined()
    expect(withLabels({ team: 'search' }, () => call('grok-4'))).toBeInstanceOf(Error)
  })

  test.each([
    ['that only warns', 'warn', search],
    ['of a budget that only notifies', 'block', { ...search, action: 'notify' }],
    ['of a budget that is not used up', 'block', { ...search, exceeded: false }],
  ] as const)('%s lets every call through', async (_what, mode, budget) => {
    const { budgets, call } = await guardOf(mode, () => ({ status: 200, body: state(budget) }))
    await budgets.refresh()
    expect(withLabels({ team: 'search' }, () => call())).toBeUndefined()
  })

  test('fails open: before an answer, after a bad one, and when the last is old', async () => {
    let answer = { status: 500, body: state(search) }
    const { budgets, clock, call } = await guardOf('block', () => answer)
    const refused = () => withLabels({ team: 'search' }, () => call())
    expect(refused()).toBeUndefined()
    await budgets.refresh()
    expect(refused()).toBeUndefined()
    answer = { status: 200, body: 'rubbish' }
    await budgets.refresh()
    expect(refused()).toBeUndefined()
    answer = { status: 200, body: state(search) }
    await budgets.refresh()
    expect(refused()).toBeInstanceOf(Error)
    clock.now += 5 * 60_000 + 1
    expect(refused()).toBeUndefined()
  })
})
