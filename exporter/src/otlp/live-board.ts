/** What apps told in the last minutes, in memory, by whom and for whom. */
import type { Amount } from '@usage-explorer/core/amount'
import { MINUTE, SECOND } from '../clock.ts'
import type { Stated } from '../usage/dimensions.ts'
import type { Increment } from '../usage/observed.ts'
import type { SourceKey } from '../usage/source.ts'

/** Sums of one group of calls over the window that was asked for. */
export interface LiveLine {
  readonly source: SourceKey
  /** What the calls state, without types. */
  readonly stated: Stated
  readonly requests: Amount
  readonly tokens: Amount
  /** By error type. */
  readonly errors: ReadonlyMap<string, Amount>
  /** By currency. */
  readonly cost: ReadonlyMap<string, Amount>
}

export interface LiveBoard {
  observed(source: SourceKey, increments: readonly Increment[]): void
  /** Sums of what ended in (now − windowMs, now]. */
  lines(now: number, windowMs: number): readonly LiveLine[]
}

interface Line extends LiveLine {
  requests: Amount
  tokens: Amount
  readonly errors: Map<string, Amount>
  readonly cost: Map<string, Amount>
}

const SLOT_MS = 5 * SECOND
export const LONGEST_LIVE_MS: number = 10 * MINUTE

export function createLiveBoard(): LiveBoard {
  const slots = new Map<number, Map<string, Line>>()

  return {
    observed(source, increments) {
      for (const { at, stated, measure, currency, amount } of increments) {
        const slot = Math.floor(at / SLOT_MS)
        const lines = slots.get(slot) ?? new Map<string, Line>()
        slots.set(slot, lines)
        add(lineOf(lines, source, stated), measure, stated.type ?? '', currency, amount)
      }
      const newest = Math.max(...slots.keys())
      for (const slot of slots.keys()) if (slot < newest - LONGEST_LIVE_MS / SLOT_MS) slots.delete(slot)
    },
    lines(now, windowMs) {
      const sums = new Map<string, Line>()
      for (const [slot, lines] of slots) {
        if (slot * SLOT_MS <= now - windowMs - SLOT_MS || slot * SLOT_MS > now) continue
        for (const [key, line] of lines) {
          const sum = sums.get(key) ?? empty(line.source, line.stated)
          sums.set(key, sum)
          sum.requests += line.requests
          sum.tokens += line.tokens
          for (const [type, amount] of line.errors)
            sum.errors.set(type, (sum.errors.get(type) ?? 0n) + amount)
          for (const [currency, amount] of line.cost)
            sum.cost.set(currency, (sum.cost.get(currency) ?? 0n) + amount)
        }
      }
      return [...sums.values()]
    },
  }
}

/** What a call states without types, and its text. The receiver gives the same objects for the same calls. */
const callers = new WeakMap<Stated, { readonly who: Stated; readonly text: string }>()

function callerOf(stated: Stated): { readonly who: Stated; readonly text: string } {
  const known = callers.get(stated)
  if (known !== undefined) return known
  const who = Object.fromEntries(
    Object.entries(stated).filter(([dimension]) => dimension !== 'type' && dimension !== 'price_source'),
  ) as Stated
  const caller = { who, text: JSON.stringify(who) }
  callers.set(stated, caller)
  return caller
}

function lineOf(lines: Map<string, Line>, source: SourceKey, stated: Stated): Line {
  const { who, text } = callerOf(stated)
  const key = `${source.provider}/${source.account}/${text}`
  const line = lines.get(key) ?? empty(source, who)
  lines.set(key, line)
  return line
}

function empty(source: SourceKey, stated: Stated): Line {
  return { source, stated, requests: 0n, tokens: 0n, errors: new Map(), cost: new Map() }
}

function add(
  line: Line,
  measure: Increment['measure'],
  type: string,
  currency: string,
  amount: Amount,
): void {
  if (measure === 'requests') line.requests += amount
  else if (measure === 'tokens') line.tokens += amount
  else if (measure === 'errors') line.errors.set(type, (line.errors.get(type) ?? 0n) + amount)
  else if (measure === 'cost') line.cost.set(currency, (line.cost.get(currency) ?? 0n) + amount)
}
