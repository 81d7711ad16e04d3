/** Ten days of an account, in two minutes, as a real Prometheus sees them: counters and gauges against the provider's truth. */
import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { HOUR, MINUTE } from '../../exporter/src/clock.ts'
import { correctionOf } from '../../exporter/src/demo/arrival.ts'
import { keyAt, labsGeneration } from '../../exporter/src/demo/organisation.ts'
import { describeWithBinary, findBinary } from '../support/binaries.ts'
import { readSamples } from '../support/exposition-samples.ts'
import { useProcesses } from '../support/service-process.ts'
import { agreement, COUNTER, groupOf, type Since, type Told } from './agreement.ts'
import {
  expectIncrease,
  expectNoFall,
  expectNoSpike,
  expectWholeIncrease,
  storedCounters,
  type Disruption,
  type Rest,
} from './history.ts'
import { byCounter, costIn, loweredIn, nearest } from './provider.ts'
import { eventually, FAST_PACE, HISTORY_MS, hourOf, PACE, REST_MINUTE, SCRAPE_MS, World } from './world.ts'

// The provider states the 23rd wrongly and corrects it on 1 February at 05:00; four hours later a key is replaced. That
// day is a Monday, so that hour, day, week and month turn together.
const START = Date.UTC(2027, 0, 23, 16, REST_MINUTE)
const SINCE: Since = {
  firstHour: Date.UTC(2027, 0, 23, 17),
  history: hourOf(START - HISTORY_MS) + HOUR,
}
const FAULTY_DAY = { from: Date.UTC(2027, 0, 23), to: Date.UTC(2027, 0, 24) }
const CORRECTION = Date.UTC(2027, 1, 1, 5)
const KEY_REPLACED = Date.UTC(2027, 1, 1, 9)

const LONGEST_CHAPTER_MS = 240_000

describeWithBinary('prometheus', 'prometheus', (binary) => {
  const processes = useProcesses()
  const rests: Rest[] = []
  const disruptions: Disruption[] = []
  let world: World
  let failedBefore = false

  /** Parts of one story: without one of them there is nothing to tell after it. */
  const chapter = (title: string, tell: () => Promise<void>): void => {
    it(
      title,
      async () => {
        expect(failedBefore, 'an earlier part of the story failed').toBe(false)
        failedBefore = true
        await tell()
        failedBefore = false
      },
      LONGEST_CHAPTER_MS,
    )
  }

  /** Time passes until the end of an hour; then provider, ledger, /metrics and Prometheus agree. */
  const restIn = async (hour: number, pace?: number): Promise<Told> => {
    await world.advanceTo(hour + REST_MINUTE * MINUTE, pace)
    return rest()
  }

  /** @param asOf when the provider was last readable */
  const rest = async (asOf?: number): Promise<Told> => {
    world.slowDown()
    const told = await agreement(world, SINCE, asOf)
    rests.push({ at: Date.now(), told })
    return told
  }

  beforeAll(async () => {
    world = await World.create(binary, START, processes.folder())
  })
  afterAll(() => world.end())

  chapter(
    'a first start begins every counter of the history at 0, and the gauges show that history',
    async () => {
      await world.startService()
      const { published } = await rest()
      const history = costIn(world.simulator.model, { from: SINCE.history, to: START }, START, byCounter)
      const groups = [...published.keys()].map((key) => groupOf(labelsOf(key)))
      expect(groups.toSorted()).toEqual([...history.keys()].toSorted())
      expect(new Set(published.values())).toEqual(new Set([0]))
      await eventually(async () => {
        const counts = await world.prometheus.query(`count_over_time(${COUNTER}[1h])`)
        expect(Math.min(...counts.map(({ samples }) => samples[0]?.value ?? 0))).toBeGreaterThan(1)
      })
      const increases = await world.prometheus.query(`increase(${COUNTER}[1h])`)
      expect(increases).toHaveLength(published.size)
      expect(new Set(increases.map(({ samples }) => samples[0]?.value))).toEqual(new Set([0]))
    },
  )

  chapter('usage flows, late parts of past hours included', async () => {
    const told = await restIn(SINCE.firstHour + 5 * HOUR)
    expect(sum(told.published)).toBeGreaterThan(0)
    expect(lateArrivals(world.clock.now())).toBeGreaterThan(0n)
  })

  chapter('eight days pass', async () => {
    await restIn(Date.UTC(2027, 0, 31, 20), FAST_PACE)
  })

  chapter('in an outage nothing is lost, and the period gauges turn with polling dead', async () => {
    const outageAt = world.clock.now()
    const from = Date.now()
    world.fault = { status: 503, body: '{"error":"unavailable"}', headers: { 'retry-after': '60' } }
    await world.advanceTo(Date.UTC(2027, 0, 31, 23, REST_MINUTE))
    const before = await rest(outageAt)
    expect(await shownPeriods()).toEqual(['day', 'month', 'previous_day', 'previous_week', 'week'])

    world.fault = 'reset'
    await world.advanceTo(Date.UTC(2027, 1, 1, 0, REST_MINUTE))
    expect(await rest(outageAt)).toEqual(before)
    expect(await shownPeriods()).toEqual(['previous_day', 'previous_month', 'previous_week'])
    expect(world.service.accounts()).toMatchObject([{ state: 'retrying' }])

    world.fault = undefined
    const after = await restIn(Date.UTC(2027, 1, 1, 3))
    disruptions.push({ from, to: Date.now() })
    expect(sum(after.published)).toBeGreaterThan(sum(before.published))
    expect(await shownPeriods()).toContain('month')
  })

  chapter('a correction lowers some keys and raises others, and no counter falls', async () => {
    expect(correctionOf(SINCE.firstHour)).toBe(CORRECTION)
    const before = await restIn(CORRECTION - HOUR)
    const after = await restIn(CORRECTION)
    for (const [key, value] of before.published)
      expect(after.published.get(key)).toBeGreaterThanOrEqual(value)
    expect(sum(before.held)).toBe(0)
    expect([...after.held.values()].filter((held) => held > 0).length).toBeGreaterThan(5)

    // Long enough that the counters of restatements, which began with this one, no longer show their first 0.
    await restIn(CORRECTION + HOUR)
    const lowered = loweredIn(world.simulator.model, FAULTY_DAY, CORRECTION - 1, CORRECTION)
    const restated = readSamples(await world.metrics(), 'llm_restated_cost_total')
    const down = restated.find(({ labels }) => labels['direction'] === 'down')
    const up = restated.find(({ labels }) => labels['direction'] === 'up')
    expect(down?.value).toBe(nearest(lowered))
    expect(up?.value).toBeGreaterThan(0)
  })

  chapter('a new key loses nothing of its first hours', async () => {
    const key = keyAt('labs', labsGeneration(KEY_REPLACED))
    expect(key.createdAt).toBe(KEY_REPLACED)
    await restIn(KEY_REPLACED + 3 * HOUR)
    const series = (await storedCounters(world.prometheus)).filter(
      ({ labels }) => labels['api_key'] === key.id,
    )
    const used = costIn(
      world.simulator.model,
      { from: KEY_REPLACED, to: world.clock.now() },
      world.clock.now(),
      byCounter,
    )
    const wanted = [...used.keys()].filter((group) => group.startsWith(key.id))
    // A key that is billed before its name is listed has a counter of team `unassigned` until then.
    expect(new Set(series.map(({ labels }) => groupOf(labels)))).toEqual(new Set(wanted))
    expect(wanted.length).toBeGreaterThan(3)
    expect(series.map(({ samples }) => samples[0]?.value)).toEqual(series.map(() => 0))
    await expectWholeIncrease(world.prometheus, series)
  })

  chapter('a restart and a kill -9 lose nothing and double nothing', async () => {
    const leg = world.clock.setOff(Date.UTC(2027, 1, 1, 20, REST_MINUTE), PACE)
    const from = Date.now()
    await world.stopService()
    const running = await world.startProcess(processes, leg)
    await running.eventually('what was billed since', async () => {
      return ((await world.watermark()) ?? 0) >= leg.from
    })
    await world.kill(running)
    await world.startService()
    await world.clock.reach(leg.to)
    await rest()
    disruptions.push({ from, to: Date.now() })
  })

  chapter('Prometheus reached the service whenever it ran, and took every sample', async () => {
    const promtool = findBinary('promtool', 'prometheus') ?? 'promtool'
    const check = spawnSync(promtool, ['check', 'metrics'], {
      input: await world.metrics(),
      encoding: 'utf8',
    })
    expect({ status: check.status, said: check.stdout + check.stderr }).toEqual({ status: 0, said: '' })

    await world.stopService()
    const [up] = await world.prometheus.query('up[1h]')
    const [lasted] = await world.prometheus.query('scrape_duration_seconds[1h]')
    expect(world.up).toHaveLength(3)
    for (const { from, to } of world.up) {
      // A scrape that begins just before the end may not be answered any more.
      const scrapes = (up?.samples ?? []).filter(({ at }) => at >= from && at <= to - SCRAPE_MS)
      expect(scrapes.length).toBeGreaterThan(0)
      const failed = scrapes
        .filter(({ value }) => value !== 1)
        .map(({ at }) => ({ at, seconds: lasted?.samples.find((scrape) => scrape.at === at)?.value ?? 0 }))
      // Only a machine that is too busy for a whole scrape interval is forgiven, and not twice in a row.
      expect(
        failed.filter(({ seconds }) => seconds * 1000 < SCRAPE_MS),
        'scrapes refused',
      ).toEqual([])
      const apart = failed.every(({ at }, n) => n === 0 || at - (failed[n - 1]?.at ?? 0) > 1.5 * SCRAPE_MS)
      expect(apart, `scrapes too slow: ${JSON.stringify(failed)}`).toBe(true)
    }
    expect(world.prometheus.log.split('\n').filter((line) => /level=(warn|error)/.test(line))).toEqual([])
    expect(world.prometheus.log).not.toMatch(/duplicate|out.of.order|out of bounds/i)
    expect(world.errors, 'errors in the log of the service').toEqual([])
  })

  chapter('in all that Prometheus stored nothing falls, jumps or is missing', async () => {
    const series = await storedCounters(world.prometheus)
    expect(series.length).toBe(rests.at(-1)?.told.published.size)
    expectNoFall(series)
    const resets = await world.prometheus.query(`resets(${COUNTER}[1h]) > 0`)
    expect(resets, 'counters that were reset').toEqual([])
    const born = series.filter(({ samples }) => samples[0]?.value !== 0)
    expect(born, 'counters whose first sample is not 0').toEqual([])
    expectNoSpike(world, series, SINCE.firstHour, disruptions)
    await expectWholeIncrease(world.prometheus, series)
    for (const [at, after] of rests.entries()) {
      for (const before of rests.slice(0, at)) await expectIncrease(world, series, before, after)
    }
  })

  async function shownPeriods(): Promise<string[]> {
    const found = await world.prometheus.query('count by (period) (llm_usage_period_cost)')
    return found.map(({ labels }) => labels['period'] ?? '').toSorted()
  }

  /** What the provider showed of past hours by `now` beyond what it had shown when the watermark passed them. */
  function lateArrivals(now: number): bigint {
    const { model } = world.simulator
    let late = 0n
    for (let hour = SINCE.firstHour; hour + 2 * HOUR <= now; hour += HOUR) {
      const stretch = { from: hour, to: hour + HOUR }
      const known = costIn(model, stretch, hour + 2 * HOUR, () => '').get('') ?? 0n
      late += (costIn(model, stretch, now, () => '').get('') ?? 0n) - known
    }
    return late
  }
})

function labelsOf(key: string): Record<string, string> {
  return Object.fromEntries(JSON.parse(key) as [string, string][])
}

function sum(values: ReadonlyMap<string, number>): number {
  return [...values.values()].reduce((a, b) => a + b, 0)
}
