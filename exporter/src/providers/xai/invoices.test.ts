import { formatAmount } from '@usage-explorer/core/amount'
import nock from 'nock'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { API, BILLING, NOW, recorded, TEAM } from './fixtures/account.ts'
import { levels, read, type Facts } from './fixtures/facts.ts'

beforeEach(() => nock.disableNetConnect())
afterEach(() => nock.cleanAll())

describe('the invoice preview', () => {
  const preview = async (body: string): Promise<Facts> => {
    nock(API).get(`${BILLING}/postpaid/invoice/preview`).reply(200, body)
    return read('xai.invoice.preview')
  }

  test('states tokens of the month to date, by description, added over clusters, and no other units', async () => {
    const { readings } = await preview(recorded('invoice-preview'))
    expect(readings).toMatchObject([
      {
        source: { provider: 'xai', account: 'main', source: 'xai.invoice.preview' },
        cut: { dimensions: ['project', 'description', 'type'] },
        fetchedAt: NOW,
        cycleStart: Date.UTC(2026, 10),
      },
    ])
    expect(readings?.[0]).not.toHaveProperty('cycleEnd')
    expect(
      readings?.[0]?.readings.map(({ stated, total, raw }) => [stated, formatAmount(total), raw]),
    ).toEqual([
      [{ project: TEAM, description: 'Chat grok-2-1212-1.0.0', type: 'input' }, '1000', '908 + 92'],
      [{ project: TEAM, description: 'Chat grok-2-1212-1.0.0', type: 'cache_read' }, '12', '12'],
      [{ project: TEAM, description: 'Chat grok-2-1212-1.0.0', type: 'output' }, '534', '534'],
    ])
  })

  test('that still shows a month that is over closes it, so that nothing of it counts in the next', async () => {
    const { readings } = await preview(recorded('invoice-preview').replace('"month": 11', '"month": 10'))
    expect(readings).toMatchObject([{ cycleStart: Date.UTC(2026, 9), cycleEnd: Date.UTC(2026, 10) }])
  })

  test('is kept whole as a document of its month', async () => {
    const body = recorded('invoice-preview')
    const { facts } = await preview(body)
    const [document] = facts?.documents ?? []
    expect(document).toMatchObject({ kind: 'invoice_preview', id: '2026-11', cycleStart: Date.UTC(2026, 10) })
    expect(JSON.parse(document?.body ?? '')).toEqual(JSON.parse(body))
  })

  test('tells what is left of prepaid credit, whatever the sign of what was used', async () => {
    const body = recorded('invoice-preview')
    expect(levels(await preview(body))).toEqual(['balance live - 44.61 USD'])
    expect(levels(await preview(body.replace('"39" } }', '"-39" } }')))).toEqual(['balance live - 44.61 USD'])
  })

  test('without lines states nothing about tokens', async () => {
    const { facts, readings } = await preview(recorded('invoice-preview-empty'))
    expect(readings).toEqual([])
    expect(facts?.documents).toHaveLength(1)
    expect(levels({ ...(facts && { facts }) })).toEqual(['balance live - 45 USD'])
  })

  test('without prepaid figures has no balance', async () => {
    const { facts } = await preview(
      '{"coreInvoice": {"lines": []}, "billingCycle": {"year": "2026", "month": "1"}}',
    )
    expect(facts).not.toHaveProperty('levels')
    expect(facts?.documents).toMatchObject([{ cycleStart: Date.UTC(2026, 0) }])
  })

  test.each([
    '{}',
    '{"coreInvoice": {}, "billingCycle": {"year": 2026, "month": 1}}',
    '{"coreInvoice": {"lines": []}}',
    '{"coreInvoice": {"lines": []}, "billingCycle": {"year": 2026, "month": 13}}',
    '{"coreInvoice": {"lines": []}, "billingCycle": {"year": 2026, "month": 0}}',
    '{"coreInvoice": {"lines": [{"unitType": "Prompt text tokens"}]}, "billingCycle": {"year": 2026, "month": 1}}',
  ])('%s is unreadable', async (body) => {
    await expect(preview(body)).rejects.toMatchObject({ code: 'UPSTREAM_UNREADABLE' })
  })
})

describe('invoices', () => {
  const invoices = async (body: string): Promise<Facts> => {
    nock(API).get(`${BILLING}/invoices`).reply(200, body)
    return read('xai.invoices')
  }
  const withMonth = (body: string, month: number): string => body.replace('"month": 10', `"month": ${month}`)

  test('are kept without payment methods', async () => {
    const { facts } = await invoices(recorded('invoices'))
    const [document] = facts?.documents ?? []
    expect(document).toMatchObject({
      kind: 'invoice',
      id: 'aUa1nsnCQfxOFnWjqdimZczKKNJJ5xuwlkb-k0XiUOQ=',
      cycleStart: Date.UTC(2026, 9),
    })
    expect(document?.body).not.toContain('pm_hidden')
    expect(JSON.parse(document?.body ?? '')).toMatchObject({
      invoiceStatus: 'PAID',
      tax: '0',
      chargerAttempts: [
        { ticket: 0, successful: false },
        { ticket: 1, successful: true },
      ],
    })
  })

  test('close a cycle with its final tokens', async () => {
    expect((await invoices(recorded('invoices'))).readings).toMatchObject([
      {
        source: { source: 'xai.invoice.preview' },
        cycleStart: Date.UTC(2026, 9),
        cycleEnd: Date.UTC(2026, 10),
        readings: [{ raw: '908' }, { raw: '534' }],
      },
    ])
  })

  test('close no cycle that is still open or beyond the reach of usage', async () => {
    expect((await invoices(withMonth(recorded('invoices'), 11))).readings).toEqual([])
    expect((await invoices(withMonth(recorded('invoices'), 8))).readings).toEqual([])
    expect((await invoices(withMonth(recorded('invoices'), 9))).readings).toHaveLength(1)
  })

  test('close no cycle that two valid ones are about', async () => {
    const one = recorded('invoices')
      .replace(/^\s*\{ *\s*"invoices": \[/, '')
      .replace(/\]\s*\}\s*$/, '')
    const two = `{"invoices": [${one}, ${one}]}`
    expect((await invoices(two)).readings).toEqual([])
    expect((await invoices(two.replace('PAID', 'INVALID'))).readings).toHaveLength(1)
  })

  test('that are not monthly are filed under the month of their creation', async () => {
    const body =
      '{"invoices": [{"invoiceId": "i", "createTime": "2026-05-31T23:59:59.9Z", "invoiceStatus": "PAID"}]}'
    expect(await invoices(body)).toMatchObject({
      facts: { documents: [{ id: 'i', cycleStart: Date.UTC(2026, 4) }] },
      readings: [],
    })
  })

  test('missing from the answer are an error, an empty list is not', async () => {
    await expect(invoices('{}')).rejects.toMatchObject({ code: 'UPSTREAM_UNREADABLE' })
    expect((await invoices('{"invoices": []}')).facts?.documents).toEqual([])
  })
})
