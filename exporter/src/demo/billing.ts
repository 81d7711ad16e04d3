/** The money endpoints: string cents, credit as a negative figure, invoices that come late in the next month. */
import { DAY, HOUR } from '../clock.ts'
import { TEAM_ID } from './organisation.ts'
import { TICKS_PER_CENT } from './products.ts'
import { monthStart } from './time-units.ts'
import type { BilledLine, UsageModel } from './usage-model.ts'

/** Bought on the first of each month, used up before anything is charged. */
const PREPAID_CENTS = 200_000n
const PREPAID_AT = 8 * HOUR
const SOFT_LIMIT_CENTS = 2_000_000n
const HARD_LIMIT_CENTS = 2_250_000n

/** After the last correction that a day of the closed month can receive (see arrival.ts), so that nothing changes later. */
const ISSUED_AFTER: number = 9 * DAY + 12 * HOUR
const PAID_AFTER: number = 2 * DAY
const CLOSED_MONTHS = 3

interface Val {
  readonly val: string
}

interface InvoiceLine {
  readonly clusterName: string
  readonly description: string
  readonly unitType: string
  /** Ticks (10^-8 cents) per unit. */
  readonly unitPrice: string
  readonly numUnits: string
  /** Cents, rounded line by line. */
  readonly amount: string
}

export interface Invoice {
  readonly invoiceId: string
  readonly invoiceStatus: 'PENDING' | 'PAID'
  readonly lines: readonly InvoiceLine[]
  readonly subtotal: string
  readonly tax: string
  readonly total: string
  readonly monthly: {
    readonly billingCycle: BillingCycle
    readonly defaultCreditsIssued: Val
    readonly autoCreditsIssued: Val
    readonly prepaidTokensToSpend: Val
  }
  readonly [other: string]: unknown
}

export interface InvoicePreview {
  readonly coreInvoice: {
    readonly lines: readonly InvoiceLine[]
    readonly amountBeforeVat: string
    readonly prepaidCredits: Val
    readonly prepaidCreditsUsed: Val
    readonly [other: string]: unknown
  }
  readonly billingCycle: BillingCycle
  readonly [other: string]: unknown
}

export interface PrepaidBalance {
  readonly changes: readonly PrepaidChange[]
  readonly total: Val
}

interface PrepaidChange {
  readonly amount: Val
  readonly [other: string]: unknown
}

export interface BillingCycle {
  readonly year: number
  readonly month: number
}

/** `…/postpaid/invoice/preview`: month to date, as visible at `now`. */
export function invoicePreview(model: UsageModel, now: number): InvoicePreview {
  const start = monthStart(now)
  const lines = invoiceLines(model.billedLines(start, now, now))
  const spent = sumCents(lines)
  const prepaid = prepaidBalance(now)
  const used = min(spent + unsettledCents(now), prepaid)
  return {
    coreInvoice: {
      lines,
      amountBeforeVat: String(spent),
      vatCost: '0',
      amountAfterVat: String(spent),
      autoCreditsIssued: '0',
      defaultCreditsIssued: '0',
      totalWithCorr: val(spent - min(spent, PREPAID_CENTS)),
      prepaidCredits: val(-prepaid),
      prepaidCreditsUsed: val(used),
    },
    effectiveSpendingLimit: String(SOFT_LIMIT_CENTS),
    defaultCredits: '0',
    billingCycle: billingCycle(start),
  }
}

/** `…/postpaid/spending-limits`. */
export function spendingLimits(): object {
  return {
    spendingLimits: {
      hardSlAuto: val(HARD_LIMIT_CENTS),
      effectiveHardSl: val(HARD_LIMIT_CENTS),
      softSl: val(SOFT_LIMIT_CENTS),
      effectiveSl: val(SOFT_LIMIT_CENTS),
    },
  }
}

/** `…/prepaid/balance`: purchases negative, spending positive, and spending settled only when its invoice is issued. */
export function prepaidBalanceDocument(now: number): PrepaidBalance {
  const changes = recentMonths(now).flatMap((start) => {
    const cycle = billingCycle(start)
    const purchase = { ...change(start, 'PURCHASE', -PREPAID_CENTS), createTime: time(start + PREPAID_AT) }
    const spend = {
      ...change(start, 'SPEND', PREPAID_CENTS),
      createTime: time(issuedAt(start)),
      spendBpKeyYear: cycle.year,
      spendBpKeyMonth: cycle.month,
    }
    return [...(now >= start + PREPAID_AT ? [purchase] : []), ...(now >= issuedAt(start) ? [spend] : [])]
  })
  return { changes, total: val(-prepaidBalance(now)) }
}

/** Invoices issued by `now`, newest first, of the last three closed months. */
export function invoices(model: UsageModel, now: number): Invoice[] {
  return recentMonths(now)
    .filter((start) => now >= issuedAt(start))
    .map((start) => invoiceOf(model, start, now))
}

function invoiceOf(model: UsageModel, start: number, now: number): Invoice {
  const issued = issuedAt(start)
  const lines = invoiceLines(model.billedLines(start, monthStart(start, 1), issued))
  const subtotal = String(sumCents(lines))
  const paid = now >= issued + PAID_AFTER
  const cycle = billingCycle(start)
  const number = `${cycle.year}${String(cycle.month).padStart(2, '0')}`
  return {
    teamId: TEAM_ID,
    invoiceId: `demo-invoice-${number}`,
    invoiceNumber: `000-000-${number.slice(0, 3)}-${number.slice(3)}`,
    createTime: time(issued),
    invoiceStatus: paid ? 'PAID' : 'PENDING',
    firstDesiredNextCycleTs: time(monthStart(issued, 1)),
    chargerAttempts: paid ? [{ ticket: 0, successful: true, paymentMethodId: '' }] : [],
    lines,
    subtotal,
    tax: '0',
    total: subtotal,
    monthly: {
      billingCycle: cycle,
      defaultCreditsIssued: val(0n),
      autoCreditsIssued: val(0n),
      prepaidTokensToSpend: val(-PREPAID_CENTS),
    },
  }
}

function invoiceLines(lines: readonly BilledLine[]): InvoiceLine[] {
  return lines.map(({ description, unitType, ticksPerUnit, units }) => ({
    clusterName: 'us-east-1',
    description,
    unitType,
    unitPrice: String(ticksPerUnit),
    numUnits: String(units),
    amount: String((BigInt(units) * BigInt(ticksPerUnit) + TICKS_PER_CENT / 2n) / TICKS_PER_CENT),
  }))
}

function sumCents(lines: readonly InvoiceLine[]): bigint {
  return lines.reduce((sum, line) => sum + BigInt(line.amount), 0n)
}

/** The running month and the closed ones that are still shown, newest first, as first instants. */
function recentMonths(now: number): number[] {
  return Array.from({ length: CLOSED_MONTHS + 1 }, (_, back) => monthStart(now, -back))
}

/** Credit by the prepaid ledger: a month's purchase stays in it until the month's invoice is issued. */
function prepaidBalance(now: number): bigint {
  const bought = recentMonths(now).filter((start) => now >= start + PREPAID_AT && now < issuedAt(start))
  return PREPAID_CENTS * BigInt(bought.length)
}

/** Credit that a closed month has used up although the prepaid ledger does not show it yet. */
function unsettledCents(now: number): bigint {
  return now < issuedAt(monthStart(now, -1)) ? PREPAID_CENTS : 0n
}

function issuedAt(start: number): number {
  return monthStart(start, 1) + ISSUED_AFTER
}

function change(start: number, changeOrigin: 'PURCHASE' | 'SPEND', cents: bigint): PrepaidChange {
  const status =
    changeOrigin === 'PURCHASE' ? { topupStatus: 'SUCCEEDED', paymentProcessor: { kind: 'STRIPE' } } : {}
  const { year, month } = billingCycle(start)
  return {
    teamId: TEAM_ID,
    changeOrigin,
    ...status,
    amount: val(cents),
    invoiceId: `demo-prepaid-${year}-${month}`,
    invoiceNumber: '',
  }
}

function billingCycle(start: number): BillingCycle {
  const date = new Date(start)
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1 }
}

function val(cents: bigint): Val {
  return { val: String(cents) }
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}

function time(instant: number): string {
  return new Date(instant).toISOString()
}
