import { describe, expect, it } from 'vitest'
import { DAY, HOUR } from '../clock.ts'
import { invoicePreview, invoices, prepaidBalanceDocument } from './billing.ts'
import { createUsageModel } from './usage-model.ts'

const model = createUsageModel()
const OCTOBER = Date.UTC(2026, 9, 1)
const NOVEMBER = Date.UTC(2026, 10, 1)
const ISSUED = NOVEMBER + 9 * DAY + 12 * HOUR
const NOW = Date.UTC(2026, 10, 20, 12, 34)

interface Line {
  readonly description: string
  readonly unitType: string
  readonly unitPrice: string
  readonly numUnits: string
  readonly amount: string
}

/** Units by description and unit type, summed from the cells of every hour. */
function unitsFromCells(from: number, to: number, now: number): Map<string, number> {
  const units = new Map<string, number>()
  for (let hour = from; hour < to; hour += HOUR) {
    for (const cell of model.visibleAt(hour, now)) {
      const id = `${cell.description}/${cell.unitType}`
      units.set(id, (units.get(id) ?? 0) + cell.units)
    }
  }
  return units
}

function unitsOfLines(lines: readonly Line[]): Map<string, number> {
  return new Map(lines.map((line) => [`${line.description}/${line.unitType}`, Number(line.numUnits)]))
}

describe('the invoice preview', () => {
  it('states the units of the month to date as visible now', () => {
    const preview = invoicePreview(model, NOW)
    expect(unitsOfLines(preview.coreInvoice.lines)).toEqual(unitsFromCells(NOVEMBER, NOW, NOW))
    expect(preview.billingCycle).toEqual({ year: 2026, month: 11 })
  })

  it('rounds each line to cents and adds up the rounded lines', () => {
    const { lines, amountBeforeVat } = invoicePreview(model, NOW).coreInvoice
    for (const { unitPrice, numUnits, amount } of lines) {
      const exact = BigInt(unitPrice) * BigInt(numUnits)
      const error = exact - BigInt(amount) * 100_000_000n
      expect(error < 50_000_000n && error >= -50_000_000n).toBe(true)
    }
    expect(lines.reduce((sum, { amount }) => sum + Number(amount), 0)).toBe(Number(amountBeforeVat))
  })

  it('starts again with nothing at the first of a month', () => {
    const { coreInvoice, billingCycle } = invoicePreview(model, NOVEMBER)
    expect(coreInvoice.lines).toEqual([])
    expect(coreInvoice.amountBeforeVat).toBe('0')
    expect(billingCycle).toEqual({ year: 2026, month: 11 })
    expect(invoicePreview(model, NOVEMBER - 1).billingCycle).toEqual({ year: 2026, month: 10 })
  })
})

describe('invoices', () => {
  it('agree with the settled cells of their month', () => {
    const [october] = invoices(model, NOW)
    expect(october?.monthly.billingCycle).toEqual({ year: 2026, month: 10 })
    expect(unitsOfLines(october?.lines ?? [])).toEqual(unitsFromCells(OCTOBER, NOVEMBER, NOW + 365 * DAY))
  })

  it('come ten days into the next month, pending first and then paid', () => {
    const newest = (now: number): unknown[] => {
      const [invoice] = invoices(model, now)
      return [invoice?.monthly.billingCycle.month, invoice?.invoiceStatus]
    }
    expect(newest(ISSUED - 1)).toEqual([9, 'PAID'])
    expect(newest(ISSUED)).toEqual([10, 'PENDING'])
    expect(newest(ISSUED + 2 * DAY - 1)).toEqual([10, 'PENDING'])
    expect(newest(ISSUED + 2 * DAY)).toEqual([10, 'PAID'])
  })

  it('do not change once issued', () => {
    const lines = (now: number): unknown => invoices(model, now).find(isOctober)?.lines
    expect(lines(ISSUED)).toEqual(lines(ISSUED + 60 * DAY))
  })
})

describe('prepaid credit', () => {
  it('is negative, adds up, and settles a month only when its invoice is issued', () => {
    for (const now of [NOVEMBER, NOVEMBER + 8 * HOUR, ISSUED - 1, ISSUED, NOW]) {
      const { changes, total } = prepaidBalanceDocument(now)
      expect(changes.reduce((sum, { amount }) => sum + Number(amount.val), 0)).toBe(Number(total.val))
      expect(invoicePreview(model, now).coreInvoice.prepaidCredits).toEqual(total)
    }
    expect(prepaidBalanceDocument(ISSUED - 1).total.val).toBe('-400000')
    expect(prepaidBalanceDocument(ISSUED).total.val).toBe('-200000')
  })

  it('is used up by every month, so that settling the whole of it is right', () => {
    for (const now of [Date.UTC(2025, 3, 15), NOW, Date.UTC(2035, 5, 15)]) {
      for (const { subtotal } of invoices(model, now)) expect(Number(subtotal)).toBeGreaterThan(200_000)
    }
  })

  it('is never used beyond what was bought', () => {
    for (const now of [NOVEMBER + HOUR, NOVEMBER + 5 * DAY, ISSUED, NOW]) {
      const { prepaidCredits, prepaidCreditsUsed } = invoicePreview(model, now).coreInvoice
      expect(Number(prepaidCreditsUsed.val)).toBeLessThanOrEqual(-Number(prepaidCredits.val))
    }
  })
})

function isOctober({ monthly }: { monthly: { billingCycle: { month: number } } }): boolean {
  return monthly.billingCycle.month === 10
}
