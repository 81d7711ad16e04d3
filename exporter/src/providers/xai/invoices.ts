/** Invoice preview (month to date) and closed invoices: the only tokens that xAI states, by model, without keys. */
import { writeJson, type JsonNode } from '@usage-explorer/core/json'
import { partitionUnitType } from '@usage-explorer/core/xai'
import { DAY, HOUR, MINUTE } from '../../clock.ts'
import { defineCut } from '../../usage/cut.ts'
import type { Level, SourceDocument } from '../../usage/facts.ts'
import type { CumulativeReading, ReadingsAnswer } from '../../usage/record.ts'
import type { FactReader } from '../provider.ts'
import { BILLING_READ, type XaiAccount } from './account.ts'
import { dollars } from './money.ts'
import { HISTORY_MS, INVOICE_PREVIEW } from './sources.ts'

/** Nothing here is asked about payment methods, so none is kept. */
const NOT_KEPT = ['paymentMethodId', 'payment_method_id']

const CUT = defineCut(['project', 'description', 'type'])

export function invoicePreviewReader(account: XaiAccount): FactReader {
  return {
    id: INVOICE_PREVIEW.id,
    permission: BILLING_READ,
    everyMs: 5 * MINUTE,
    async read(signal) {
      const team = await account.team(signal)
      const { value, fetchedAt } = await account.client.get(
        await account.billingPath(signal, 'postpaid/invoice/preview'),
        (root) => {
          const invoice = root.get('coreInvoice')
          const cycle = readCycle(root.get('billingCycle'))
          return {
            cycle,
            readings: readTokens(invoice.get('lines'), team),
            levels: liveBalance(invoice),
            body: writeJson(root, NOT_KEPT),
          }
        },
        { signal, permission: BILLING_READ },
      )
      const { cycle, levels, body } = value
      const id = new Date(cycle.start).toISOString().slice(0, 7)
      // Until the next month has lines, what comes late is still the old one's.
      const over = cycle.end <= fetchedAt ? { cycleEnd: cycle.end } : {}
      const documents: SourceDocument[] = [{ kind: 'invoice_preview', id, cycleStart: cycle.start, body }]
      const { provider, name } = account.config
      return {
        facts: { provider, account: name, fetchedAt, documents, ...(levels.length > 0 ? { levels } : {}) },
        readings: answers(account, fetchedAt, value.readings, { cycleStart: cycle.start, ...over }),
      }
    },
  }
}

interface Invoice {
  readonly document: SourceDocument
  readonly status: string | null
  /** Of a monthly invoice; undefined for others, such as the purchase of credits. */
  readonly cycle: Cycle | undefined
  readonly readings: CumulativeReading[]
}

/** Invoices as documents, and the final token figures of cycles that closed within the reach of usage. */
export function invoicesReader(account: XaiAccount): FactReader {
  return {
    id: 'xai.invoices',
    permission: BILLING_READ,
    everyMs: DAY,
    async read(signal) {
      const team = await account.team(signal)
      const { value: invoices, fetchedAt } = await account.client.get(
        await account.billingPath(signal, 'invoices'),
        (root) =>
          root
            .get('invoices')
            .items()
            .map((invoice) => readInvoice(invoice, team)),
        { signal, permission: BILLING_READ },
      )
      const { provider, name } = account.config
      return {
        facts: { provider, account: name, fetchedAt, documents: invoices.map(({ document }) => document) },
        readings: closedCycles(invoices, fetchedAt).flatMap(({ cycle, readings }) =>
          answers(account, fetchedAt, readings, { cycleStart: cycle.start, cycleEnd: cycle.end }),
        ),
      }
    },
  }
}

function readInvoice(invoice: JsonNode, team: string): Invoice {
  const cycle = invoice.get('monthly').optional((monthly) => monthly.get('billingCycle').optional(readCycle))
  const id = invoice.get('invoiceId').text()
  const cycleStart = cycle?.start ?? monthStart(invoice.get('createTime').instant())
  return {
    document: { kind: 'invoice', id, cycleStart, body: writeJson(invoice, NOT_KEPT) },
    status: invoice.get('invoiceStatus').optional((status) => status.text()),
    cycle: cycle ?? undefined,
    readings: invoice.get('lines').optional((lines) => readTokens(lines, team)) ?? [],
  }
}

/** A cycle with two valid invoices is left out: whether one replaces or extends the other is not documented. */
function closedCycles(
  invoices: readonly Invoice[],
  now: number,
): { cycle: Cycle; readings: CumulativeReading[] }[] {
  const valid = invoices.filter(({ status }) => status !== 'INVALID')
  return valid.flatMap(({ cycle, readings }) => {
    if (cycle === undefined || cycle.end > now || cycle.start < now - HISTORY_MS) return []
    const rivals = valid.filter((other) => other.cycle?.start === cycle.start)
    return rivals.length === 1 ? [{ cycle, readings }] : []
  })
}

/** No lines, no answer: an empty list is not a statement about any model. */
function answers(
  account: XaiAccount,
  fetchedAt: number,
  readings: readonly CumulativeReading[],
  cycle: { cycleStart: number; cycleEnd?: number },
): ReadingsAnswer[] {
  if (readings.length === 0) return []
  return [{ source: account.source(INVOICE_PREVIEW), cut: CUT, widthMs: HOUR, fetchedAt, ...cycle, readings }]
}

/** Lines whose unit is tokens. A model has a line in each cluster: these are added. */
function readTokens(lines: JsonNode, team: string): CumulativeReading[] {
  const readings = new Map<string, CumulativeReading>()
  for (const line of lines.items()) {
    const type = partitionUnitType(line.get('unitType').optional((unit) => unit.text()) ?? '').tokens
    if (type === null) continue
    const description = line.get('description').optional((node) => node.text())
    const units = line.get('numUnits').decimal()
    const key = JSON.stringify([description, type])
    const other = readings.get(key)
    readings.set(key, {
      stated: { project: team, description, type },
      measure: 'tokens',
      currency: '',
      total: units.amount + (other?.total ?? 0n),
      raw: other === undefined ? units.literal : `${other.raw} + ${units.literal}`,
      rawUnit: 'token',
    })
  }
  return [...readings.values()]
}

/**
 * What is left of prepaid credit now. Inferred, not documented: the ledger counts credit as negative, so credit is
 * −prepaidCredits; spending cannot raise a balance, so prepaidCreditsUsed is taken off whatever its sign is.
 */
function liveBalance(invoice: JsonNode): Level[] {
  const credits = invoice.get('prepaidCredits').optional(dollars)
  const used = invoice.get('prepaidCreditsUsed').optional(dollars)
  if (credits === null || used === null) return []
  const amount = -credits - (used < 0n ? -used : used)
  return [{ family: 'balance', kind: 'live', model: null, currency: 'USD', amount }]
}

interface Cycle {
  /** First instants, UTC, of the month and of the next. */
  readonly start: number
  readonly end: number
}

function readCycle(node: JsonNode): Cycle {
  const year = node.get('year').integer()
  const month = node.get('month').integer()
  if (year < 2000 || year > 9999 || month < 1 || month > 12) throw node.unexpected('a year and a month')
  return { start: Date.UTC(year, month - 1), end: Date.UTC(year, month) }
}

function monthStart(instant: number): number {
  const date = new Date(instant)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth())
}
