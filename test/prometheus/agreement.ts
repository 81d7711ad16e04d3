/** Whether provider, ledger, /metrics and Prometheus say the same. To be asked while the provider's figures stand still. */
import { formatAmount, type Amount } from '@usage-explorer/core/amount'
import { expect } from 'vitest'
import { HOUR } from '../../exporter/src/clock.ts'
import type { Ledger } from '../../exporter/src/ledger/ledger.ts'
import { labelKey, readSamples, type ExposedSample } from '../support/exposition-samples.ts'
import { answerFor, byCounter, costIn, modelOf, nearest, periodsAt, type Costs } from './provider.ts'
import { eventually, hourOf, type World } from './world.ts'

export const COUNTER = 'llm_billed_cost_total'
const HELD = 'llm_billed_cost_held'
const GAUGE = 'llm_usage_period_cost'

/** xAI's figures of an hour are taken for whole an hour after its end: the documented lag of the source. */
const LAG_MS = HOUR

export interface Told {
  /** What Prometheus holds of each counter. */
  readonly published: ReadonlyMap<string, number>
  readonly held: ReadonlyMap<string, number>
}

export interface Since {
  /** Start of the first hour after the service's first start: earlier ones enter no counter. */
  readonly firstHour: number
  /** Start of the oldest hour that it read. */
  readonly history: number
}

/**
 * Waits until all four agree, and fails with what differs.
 *
 * @param asOf when the provider was last readable
 */
export async function agreement(world: World, since: Since, asOf: number = world.clock.now()): Promise<Told> {
  const now = world.clock.now()
  const billed = costIn(world.simulator.model, { from: since.firstHour, to: now }, asOf, byCounter)
  const periods = periodCosts(world, since, { now, asOf })
  return eventually(async () => {
    const text = await world.metrics()
    await expectLedger(world.service.ledger, billed, since.firstHour, now)
    expectPublished(world.service.ledger, text)
    expectGauges(text, periods, now)
    const [published, held] = await Promise.all(
      [COUNTER, HELD, GAUGE].map((metric) => stored(world, text, metric)),
    )
    await expectPeriodSums(world, periods)
    if (published === undefined || held === undefined) throw new Error('nothing is stored')
    return { published, held }
  })
}

/** Facts and counters since the epoch are the provider's, to the last digit. */
async function expectLedger(ledger: Ledger, billed: Costs, from: number, to: number): Promise<void> {
  const expected = written(billed)
  expect(written(await factsOf(ledger, from, to)), 'facts in the ledger').toEqual(expected)
  const counters = counted(ledger).map(({ labels, ledger: sum }) => [groupOf(labels), sum] as const)
  expect(written(summed(counters)), 'published − held of the counters').toEqual(expected)
}

async function factsOf(ledger: Ledger, from: number, to: number): Promise<Costs> {
  const source = ledger.sources().find(({ key }) => key.source === 'xai.billing.usage')
  const cut = source?.exposed
  if (cut === undefined) return new Map()
  const series = ledger.series(cut.id)
  const rows = await ledger.sums({
    cutId: cut.id,
    window: { from, to: to + HOUR },
    groups: new Map(series.map(({ id }, at) => [id, at])),
    bucketStarts: [from],
  })
  return summed(
    rows.map(({ group, amount }) => {
      const { api_key, description, type } = series[group]?.stated ?? {}
      return [`${api_key ?? ''} ${modelOf(description ?? '')} ${type ?? ''}`, amount] as const
    }),
  )
}

/** /metrics shows each counter's published value, and what it holds back or beyond, as the nearest float64. */
function expectPublished(ledger: Ledger, text: string): void {
  const counters = counted(ledger)
  const numbers = (of: (counter: (typeof counters)[number]) => Amount): Map<string, number> =>
    new Map(counters.map((counter) => [labelKey(stripped(counter.labels)), nearest(of(counter))]))
  expect(keyed(readSamples(text, COUNTER)), COUNTER).toEqual(numbers(({ published }) => published))
  const held = numbers(({ published, ledger: sum }) => published - sum)
  expect(keyed(readSamples(text, HELD)), HELD).toEqual(held)
}

/** Gauges are the provider's own sums from the period's start to its end or the watermark, by key and model. */
function expectGauges(text: string, expected: ReadonlyMap<string, Costs>, now: number): void {
  const shown = new Map<string, Map<string, number>>()
  for (const { labels, value } of readSamples(text, GAUGE)) {
    const { period = '', api_key: key = '', model = '' } = labels
    const figures = shown.get(period) ?? new Map<string, number>()
    shown.set(period, figures)
    expect(figures.has(`${key} ${model}`), `${GAUGE} has ${key} ${model} once`).toBe(false)
    figures.set(`${key} ${model}`, value)
  }
  expect([...shown.keys()].toSorted(), 'periods with a gauge').toEqual([...expected.keys()].toSorted())
  for (const [period, costs] of expected) {
    const figures = [...(shown.get(period) ?? [])].filter(([, value]) => value !== 0)
    const exact = [...costs].map(([group, cost]) => [group, nearest(cost)] as const)
    expect(new Map(figures), `${GAUGE} of ${period}`).toEqual(new Map(exact))
  }
  const starts = readSamples(text, 'llm_usage_period_start_timestamp_seconds')
    .filter(({ labels }) => labels['source'] === 'xai.billing.usage')
    .map(({ labels, value }) => [labels['period'], value * 1000])
  expect(new Map(starts as [string, number][]), 'starts of the periods').toEqual(
    new Map([...periodsAt(now)].map(([period, { from }]) => [period, from])),
  )
}

/** The same, summed over all labels by Prometheus: to the cent, because it adds float64s. */
async function expectPeriodSums(world: World, periods: ReadonlyMap<string, Costs>): Promise<void> {
  const sums = await world.prometheus.query(`sum by (period) (${GAUGE})`)
  const cents = sums.map(({ labels, samples }) => [
    labels['period'],
    Math.round((samples[0]?.value ?? NaN) * 100),
  ])
  const expected = [...periods].map(([period, costs]) => {
    const total = [...costs.values()].reduce((a, b) => a + b, 0n)
    return [period, Math.round(nearest(total) * 100)]
  })
  expect(new Map(cents as [string, number][]), 'cents of each period, added by Prometheus').toEqual(
    new Map(expected as [string, number][]),
  )
}

/** What the provider answered for each period that the watermark has entered and the history reaches back to. */
function periodCosts(
  { simulator: { model } }: World,
  { history }: Since,
  { now, asOf }: { now: number; asOf: number },
): ReadonlyMap<string, Costs> {
  const watermark = hourOf(asOf - LAG_MS)
  const entered = [...periodsAt(now)].filter(([, { from }]) => from < watermark && from >= history)
  return new Map(
    entered.map(([period, { from, to }]) => [
      period,
      answerFor(model, { from, to: Math.min(to, watermark) }, asOf),
    ]),
  )
}

/** What Prometheus holds of a metric now, which is what the text says, each float64 the same. */
async function stored(world: World, text: string, metric: string): Promise<ReadonlyMap<string, number>> {
  const series = await world.prometheus.query(metric)
  const values = new Map(series.map(({ labels, samples }) => [labelKey(labels), samples[0]?.value ?? NaN]))
  expect(values, `${metric} in Prometheus`).toEqual(keyed(readSamples(text, metric)))
  return values
}

function counted(ledger: Ledger): ReturnType<Ledger['counters']> {
  return ledger.counters().filter(({ family }) => family === COUNTER)
}

/** The group of {@link byCounter} that a counter belongs to. */
export function groupOf(labels: Readonly<Record<string, string>>): string {
  return `${labels['api_key'] ?? ''} ${labels['model'] ?? ''} ${labels['cost_type'] ?? ''}`
}

function keyed(samples: readonly ExposedSample[]): Map<string, number> {
  return new Map(samples.map(({ labels, value }) => [labelKey(labels), value]))
}

function stripped(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ''))
}

function summed(amounts: readonly (readonly [string, Amount])[]): Costs {
  const sums = new Map<string, Amount>()
  for (const [group, amount] of amounts) sums.set(group, (sums.get(group) ?? 0n) + amount)
  return sums
}

/** Decimal text, which a failed comparison can print; groups without cost are left out. */
function written(costs: Costs): Map<string, string> {
  const stated = [...costs].filter(([, cost]) => cost !== 0n)
  return new Map(stated.map(([group, cost]) => [group, formatAmount(cost)]))
}
