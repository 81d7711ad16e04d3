/** A bar for each day in plain SVG: its width follows the page, its text keeps its size. */
import { formatAmount, parseAmount, type Amount } from '@usage-explorer/core/amount'
import type { Point } from './answers.ts'
import { html, type Html } from '../html.ts'
import { day, money, shortMoney, STATES, weekday } from '../words.ts'

/** px from the highest to the lowest line of the grid. The amounts beside it stand in the left padding of the element. */
export const PLOT_HEIGHT = 180
const ABOVE = 12
const BELOW = 28
const HEIGHT = ABOVE + PLOT_HEIGHT + BELOW
/** Share of a day's place that its bar fills. */
const FILLED = 0.7
const MOST_LINES = 4n
const DAYS_BETWEEN_LABELS = 7

interface Bar extends Point {
  readonly value: Amount | undefined
}

/** The lines of the grid, lowest first, at round amounts around 0 and every value. */
export function gridLines(values: readonly Amount[]): readonly Amount[] {
  const low = values.reduce((least, value) => (value < least ? value : least), 0n)
  const high = values.reduce((most, value) => (value > most ? value : most), 0n)
  const step = roundStep((high - low + MOST_LINES - 1n) / MOST_LINES)
  const lines: Amount[] = []
  for (let line = -roundUp(-low, step); line < high || lines.length < 2; line += step) lines.push(line)
  if ((lines.at(-1) ?? 0n) < high) lines.push((lines.at(-1) ?? 0n) + step)
  return lines
}

/** The least of 1, 2, 5, 10, … that is not below `size`. */
function roundStep(size: Amount): Amount {
  if (size <= 0n) return 10n ** 18n
  const power = 10n ** BigInt(size.toString().length - 1)
  return power * ([1n, 2n, 5n].find((factor) => factor * power >= size) ?? 10n)
}

function roundUp(amount: Amount, step: Amount): Amount {
  return ((amount + step - 1n) / step) * step
}

/**
 * The chart of one currency: a bar for each day of which an amount is known, lighter where that is not final, and an
 * empty place where nothing is known.
 *
 * @param name unique on the page, for ids
 * @param points by day, oldest first
 */
export function barChart(name: string, points: readonly Point[], currency: string, zone: string): Html {
  const bars = points.map((point): Bar => ({ ...point, value: valueOf(point) }))
  const lines = gridLines(bars.flatMap(({ value }) => value ?? []))
  const [lowest, highest] = [lines[0] ?? 0n, lines.at(-1) ?? 1n]
  // Hundredths of a pixel are counted in whole numbers: a bar is as long as its amount says.
  const yOf = (amount: Amount): number =>
    ABOVE + Number(((highest - amount) * BigInt(PLOT_HEIGHT) * 100n) / (highest - lowest)) / 100
  const slot = 100 / Math.max(1, bars.length)
  return html`<svg class="chart" role="img" aria-labelledby="${name}-title ${name}-desc" height="${HEIGHT}">
    <title id="${name}-title">Cost by day${currency === '' ? '' : ` in ${currency}`}</title>
    <desc id="${name}-desc">${describe(bars, currency, zone)}</desc>
    <g aria-hidden="true">
      ${lines.map(
        (line) =>
          html`<line class="grid" x1="0" x2="100%" y1="${yOf(line)}" y2="${yOf(line)}" /><text
              class="tick"
              x="-8"
              y="${round(yOf(line) + 4)}"
              text-anchor="end"
              >${shortMoney(formatAmount(line), currency)}</text
            >`,
      )}
      ${bars.map(
        (bar, at) =>
          html`<g class="day">
            <title>${tooltip(bar, currency, zone)}</title>
            ${place(bar, slot * at, slot)}
            ${bar.value === undefined ? undefined : rect(bar, bar.value, slot * at, slot, yOf)}
          </g>`,
      )}
      <line class="zero" x1="0" x2="100%" y1="${yOf(0n)}" y2="${yOf(0n)}" />
      ${bars.map(({ start }, at) => {
        if ((bars.length - 1 - at) % DAYS_BETWEEN_LABELS !== 0) return undefined
        const x = percent(slot * (at + 0.5))
        return html`<text class="tick" x="${x}" y="${HEIGHT - 8}" text-anchor="middle"
          >${day(start, zone)}</text
        >`
      })}
    </g>
  </svg>`
}

/** The whole height of the day, so that the tooltip is found; tinted where nothing is known. */
function place({ value }: Bar, left: number, slot: number): Html {
  const kind = value === undefined ? 'gap' : 'place'
  return html`<rect
    class="${kind}"
    x="${percent(left)}"
    y="${ABOVE}"
    width="${percent(slot)}"
    height="${PLOT_HEIGHT}"
  />`
}

function rect(
  { state, start }: Bar,
  value: Amount,
  left: number,
  slot: number,
  yOf: (amount: Amount) => number,
): Html {
  const [y, zero] = [yOf(value), yOf(0n)]
  return html`<rect
    class="${state === 'complete' ? 'bar' : 'bar open'}"
    data-day="${start}"
    x="${percent(left + (slot * (1 - FILLED)) / 2)}"
    y="${round(Math.min(y, zero))}"
    width="${percent(slot * FILLED)}"
    height="${round(Math.abs(zero - y))}"
  />`
}

function tooltip({ start, amount, state }: Bar, currency: string, zone: string): string {
  const when = weekday(start, zone)
  if (amount === null) return `${when}: ${STATES.unknown}`
  return `${when}: ${money(amount, currency)} (${STATES[state]}); exactly ${amount} ${currency}`.trimEnd()
}

function describe(bars: readonly Bar[], currency: string, zone: string): string {
  const [first, last] = [bars[0], bars.at(-1)]
  if (first === undefined || last === undefined) return 'There are no days to show.'
  const known = bars.filter(({ value }) => value !== undefined)
  const most = known.reduce<Bar | undefined>(
    (top, bar) => (top?.value === undefined || (bar.value ?? 0n) > top.value ? bar : top),
    undefined,
  )
  const open = known.filter(({ state }) => state !== 'complete').length
  return [
    `${bars.length} days from ${day(first.start, zone)} to ${day(last.start, zone)}.`,
    most?.amount == null ? '' : `The most was ${money(most.amount, currency)} on ${day(most.start, zone)}.`,
    open === 0 ? '' : `${open} of them ${open === 1 ? 'is' : 'are'} not final.`,
    known.length === bars.length ? '' : `Nothing is known of ${bars.length - known.length}.`,
    'The same figures stand in the table below.',
  ]
    .filter((part) => part !== '')
    .join(' ')
}

function valueOf({ amount }: Point): Amount | undefined {
  return amount === null ? undefined : parseAmount(amount)?.amount
}

function percent(share: number): string {
  return `${round(share)}%`
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000
}
