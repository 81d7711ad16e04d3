/** What Prometheus stored over the whole story, looked at afterwards sample by sample. */
import { expect } from 'vitest'
import { labelKey } from '../support/exposition-samples.ts'
import type { PrometheusServer, StoredSample, StoredSeries } from '../support/prometheus-server.ts'
import { COUNTER, groupOf, type Told } from './agreement.ts'
import { nearest, Releases } from './provider.ts'
import { SCRAPE_MS, type World } from './world.ts'

/** A moment at which all agreed. */
export interface Rest {
  /** Real time. */
  readonly at: number
  readonly told: Told
}

/** A real stretch in which the service could not learn what the provider had. */
export interface Disruption {
  readonly from: number
  readonly to: number
}

/** Longest real time that the service may take to tell what the provider shows, for a machine under load. */
const SLACK_MS = 20_000
/** Values that are equal but for the last bits of a float64. */
const EPSILON = 1e-9

/** All that is stored of the counters. */
export async function storedCounters(prometheus: PrometheusServer): Promise<StoredSeries[]> {
  return prometheus.query(`${COUNTER}[1h]`)
}

export function expectNoFall(series: readonly StoredSeries[]): void {
  const falls = series.flatMap(({ labels, samples }) =>
    steps(samples).flatMap(([before, after]) =>
      after.value < before.value ? [{ labels, before, after }] : [],
    ),
  )
  expect(falls, 'samples lower than the one before').toEqual([])
}

/**
 * No sample stands above all that the provider had shown by then, and no step is higher than what it released since the
 * sample before, or since whatever kept the service from reading it.
 */
export function expectNoSpike(
  world: World,
  series: readonly StoredSeries[],
  firstHour: number,
  disruptions: readonly Disruption[],
): void {
  const releases = new Releases(world.simulator.model, firstHour)
  const spikes: object[] = []
  for (const { labels, samples } of series) {
    const group = groupOf(labels)
    for (const [before, after] of steps(samples)) {
      if (after.value === before.value) continue
      const by = world.clock.instantAt(after.at + SCRAPE_MS)
      const since = world.clock.instantAt(blindSince(before.at, disruptions))
      const most = nearest(releases.most(by).get(group) ?? 0n)
      const release = most - nearest(releases.least(since).get(group) ?? 0n)
      const rise = after.value - before.value
      if (after.value > most * (1 + EPSILON)) spikes.push({ labels, after, most })
      if (rise > release + most * EPSILON) spikes.push({ labels, before, after, release })
    }
  }
  expect(spikes, 'samples above what the provider had released').toEqual([])
}

/** Since when the service may not have known of what the provider showed. */
function blindSince(at: number, disruptions: readonly Disruption[]): number {
  const since = at - SLACK_MS
  const overlapping = disruptions.filter(({ from, to }) => from <= at && to >= since)
  return Math.min(since, ...overlapping.map(({ from }) => from - SLACK_MS))
}

/**
 * `increase()` between two rests is the growth of what was published, within its extrapolation: Prometheus stretches
 * last − first of n samples to the edges of the range by at most 1.1 mean intervals at each end (promql/functions.go,
 * extrapolatedRate), which is 2.2 ÷ (n − 1) of it.
 */
export async function expectIncrease(
  { prometheus }: World,
  series: readonly StoredSeries[],
  before: Rest,
  after: Rest,
): Promise<void> {
  // From the last sample of the first rest: by the next one figures may have grown.
  const from = Math.max(
    ...series.flatMap(({ samples }) => samples.findLast(({ at }) => at <= before.at)?.at ?? []),
  )
  const increases = await prometheus.query(`increase(${COUNTER}[${after.at - from}ms])`, after.at)
  const found = new Map(increases.map(({ labels, samples }) => [labelKey(labels), samples[0]?.value ?? NaN]))
  const wrong = series.flatMap(({ labels, samples }) => {
    const key = labelKey(labels)
    const end = after.told.published.get(key)
    const within = samples.filter(({ at }) => at >= from && at <= after.at)
    if (end === undefined || within.length < 2) return []
    const growth = end - (before.told.published.get(key) ?? 0)
    const tolerance = (2.2 / (within.length - 1)) * growth + EPSILON * end
    const increase = found.get(key) ?? NaN
    return Math.abs(increase - growth) <= tolerance ? [] : [{ labels, growth, increase, tolerance }]
  })
  expect(wrong, 'increase() unlike the growth of the ledger').toEqual([])
}

/**
 * At the moment of the last sample, and over all samples of a counter whose first is 0, `increase()` has nothing to
 * extrapolate: neither beyond the last sample nor below 0. So it is the counter's value but for rounding.
 */
export async function expectWholeIncrease(
  prometheus: PrometheusServer,
  series: readonly StoredSeries[],
): Promise<void> {
  for (const at of new Set(series.map(({ samples }) => samples.at(-1)?.at ?? NaN))) {
    const ending = series.filter(({ samples }) => samples.at(-1)?.at === at)
    const increases = await prometheus.query(`increase(${COUNTER}[1h])`, at)
    const found = new Map(increases.map(({ labels, samples }) => [labelKey(labels), samples[0]?.value]))
    const wrong = ending.flatMap(({ labels, samples }) => {
      const last = samples.at(-1)?.value ?? NaN
      const increase = found.get(labelKey(labels)) ?? NaN
      return Math.abs(increase - last) <= last * EPSILON ? [] : [{ labels, last, increase }]
    })
    expect(wrong, 'increase() since the first sample unlike the counter').toEqual([])
  }
}

function steps(samples: readonly StoredSample[]): (readonly [StoredSample, StoredSample])[] {
  return samples.slice(1).map((after, at) => [samples[at] ?? after, after] as const)
}
