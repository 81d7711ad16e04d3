import { describe, expect, test } from 'vitest'
import { HOUR, MINUTE } from '../clock.ts'
import { createReceiver } from './receiver.ts'
import { exportOf } from './testing/exports.ts'
import { fixture, INPUT, input, T0 } from './testing/fixture.ts'

test('what stands as it is replaces what it was, also when its app starts again', async () => {
  const { receiver } = await fixture()
  const active = { name: 'llm.client.active_requests', time: T0 + 1000 }
  await receiver.receive(exportOf([{ ...active, value: 7, start: T0 }]), undefined)
  await receiver.receive(exportOf([{ ...active, value: 2, start: T0 + 500 }]), undefined)
  expect(receiver.levels.current().map(({ level, value }) => [level, value])).toEqual([['active', 2]])
})

describe('a cumulative stream', () => {
  test('that began after us counts whole, then by its steps', async () => {
    const { receiver, sums, clock } = await fixture()
    clock.now = T0 + 2 * MINUTE
    await receiver.receive(input(100, T0 + 1000, T0 + MINUTE), undefined)
    expect(await sums()).toEqual({ 'tokens/input': '100' })
    await receiver.receive(input(130, T0 + 1000, T0 + 2 * MINUTE), undefined)
    expect(await sums()).toEqual({ 'tokens/input': '130' })
  })

  test('that began before us is a baseline first', async () => {
    const { receiver, sums } = await fixture()
    await receiver.receive(input(100, T0 - HOUR, T0), undefined)
    expect(await sums()).toEqual({})
    await receiver.receive(input(130, T0 - HOUR, T0 + 1000), undefined)
    expect(await sums()).toEqual({ 'tokens/input': '30' })
  })

  test('replayed or overtaken by a later point adds nothing', async () => {
    const { receiver, sums } = await fixture()
    for (const [value, time] of [
      [100, 1000],
      [150, 3000],
      [150, 3000],
      [120, 2000],
      [100, 1000],
    ] as const) {
      await receiver.receive(input(value, T0 + 1, T0 + time), undefined)
    }
    expect(await sums()).toEqual({ 'tokens/input': '150' })
  })

  test('that starts anew counts whole, and late points of before find where it was', async () => {
    const { receiver, sums } = await fixture()
    await receiver.receive(input(100, T0 + 1, T0 + 1000), undefined)
    await receiver.receive(input(40, T0 + 2000, T0 + 3000), undefined)
    await receiver.receive(input(110, T0 + 1, T0 + 1900), undefined)
    expect(await sums()).toEqual({ 'tokens/input': '150' })
  })

  test('that falls without saying that it starts anew counts what it shows', async () => {
    const { receiver, sums } = await fixture()
    await receiver.receive(input(100, 0, T0 + 1000), undefined)
    await receiver.receive(input(120, 0, T0 + 2000), undefined)
    await receiver.receive(input(7, 0, T0 + 3000), undefined)
    expect(await sums()).toEqual({ 'tokens/input': '27' })
  })

  test('of many instances of a service adds up', async () => {
    const { receiver, sums } = await fixture()
    for (const instance of ['a', 'b', 'c']) {
      const point = { name: 'llm.client.tokens', value: 10, start: T0 + 1, time: T0 + 1000, ...INPUT }
      await receiver.receive(exportOf([point], { resource: { 'service.instance.id': instance } }), undefined)
    }
    expect(await sums()).toEqual({ 'tokens/input': '30' })
  })

  test('goes on where it was after the service was killed', async () => {
    const of = await fixture()
    await of.receiver.receive(input(100, T0 + 1, T0 + 1000), undefined)
    await of.restart()
    await of.receiver.receive(input(100, T0 + 1, T0 + 1000), undefined)
    await of.receiver.receive(input(160, T0 + 1, T0 + 9000), undefined)
    expect(await of.sums()).toEqual({ 'tokens/input': '160' })
  })

  test('of money in floats adds up without their noise', async () => {
    const { receiver, sums } = await fixture()
    const attributes = {
      'llm.cost.type': 'output',
      'llm.cost.currency': 'USD',
      'llm.cost.source': 'reported',
    }
    let total = 0
    for (let at = 1; at <= 50; at++) {
      total += 0.1
      await Promise.all([
        receiver.receive(
          exportOf([{ name: 'llm.client.cost', value: total, start: T0 + 1, time: T0 + at, attributes }]),
          undefined,
        ),
      ])
      if (at === 3) break
    }
    expect(await sums()).toEqual({ 'cost/output': '0.3' })
  })
})

describe('a delta stream', () => {
  test('adds each point once, in any order', async () => {
    const { receiver, sums } = await fixture()
    const delta = { temporality: 'delta' }
    for (const [value, time] of [
      [1, 1000],
      [4, 3000],
      [2, 2000],
      [4, 3000],
      [1, 1000],
    ] as const) {
      await receiver.receive(input(value, T0 + time - 1000, T0 + time, delta), undefined)
    }
    expect(await sums()).toEqual({ 'tokens/input': '7' })
  })
})

test('what happened up to the full hour belongs to the hour before', async () => {
  const at: number[] = []
  const { receiver, clock } = await fixture({
    observed: (_source, increments) => at.push(...increments.map((increment) => increment.at)),
  })
  const hour = Math.ceil((T0 + 1) / HOUR) * HOUR
  clock.now = hour + HOUR
  await receiver.receive(input(7, hour - HOUR, hour, { temporality: 'delta' }), undefined)
  await receiver.receive(input(7, hour, hour + 10_000, { temporality: 'delta' }), undefined)
  expect(at.map((one) => Math.floor(one / HOUR) * HOUR)).toEqual([hour - HOUR, hour])
})

describe('histograms', () => {
  const duration = (counts: readonly number[], sum: number, bounds?: readonly number[]) =>
    exportOf([
      {
        name: 'gen_ai.client.operation.duration',
        value: counts,
        sum,
        start: T0 + 1,
        time: T0 + 1000,
        ...(bounds && { bounds }),
      },
    ])

  test('keep their sum and their buckets', async () => {
    const { receiver, sums } = await fixture()
    await receiver.receive(duration([0, 0, 2, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 4], 4000.5), undefined)
    expect(await sums()).toEqual({
      'duration/': '4000.5',
      'duration_calls/0.04': '2',
      'duration_calls/5.12': '1',
      'duration_calls/+Inf': '4',
    })
  })

  test('of another layout go into the bucket that holds their bound', async () => {
    const { receiver, sums } = await fixture()
    await receiver.receive(duration([3, 2, 1], 9, [0.5, 1]), undefined)
    expect(await sums()).toEqual({
      'duration/': '9',
      'duration_calls/0.64': '3',
      'duration_calls/1.28': '2',
      'duration_calls/+Inf': '1',
    })
  })
})

describe('two instrumentations of the same calls', () => {
  const theirs = (value: number, time: number) =>
    exportOf(
      [
        {
          name: 'gen_ai.client.token.usage',
          value: [1],
          sum: value,
          bounds: [],
          start: T0 + 1,
          time,
          attributes: { 'gen_ai.token.type': 'input' },
        },
      ],
      { scope: 'openlit' },
    )

  test('are counted once, by the better one, and the other is told', async () => {
    const { receiver, sums } = await fixture()
    const both = [...input(100, T0 + 1, T0 + 1000), ...theirs(100, T0 + 1000)]
    await receiver.receive(both, undefined)
    await receiver.receive(theirs(150, T0 + 2000), undefined)
    expect(await sums()).toEqual({ 'tokens/input': '100' })
    expect(receiver.scopes.passedOver()).toEqual([
      { about: 'shop/xai', scope: 'openlit', instead: '@usage-explorer/instrumentation' },
    ])
  })

  test('are never counted twice when the better one comes later', async () => {
    const { receiver, sums } = await fixture()
    await receiver.receive(theirs(100, T0 + 1000), undefined)
    await receiver.receive(input(100, T0 + 1, T0 + 1000), undefined)
    await receiver.receive(theirs(150, T0 + 2000), undefined)
    await receiver.receive(input(150, T0 + 1, T0 + 2000), undefined)
    expect(await sums()).toEqual({ 'tokens/input_unsplit': '100', 'tokens/input': '50' })
  })

  test('of different services count both', async () => {
    const { receiver, sums } = await fixture()
    await receiver.receive(input(100, T0 + 1, T0 + 1000), undefined)
    const other = exportOf(
      [
        {
          name: 'gen_ai.client.token.usage',
          value: [1],
          sum: 7,
          bounds: [],
          start: T0 + 1,
          time: T0 + 1000,
          attributes: { 'gen_ai.token.type': 'input' },
        },
      ],
      { scope: 'openlit', service: 'other' },
    )
    await receiver.receive(other, undefined)
    expect(await sums()).toEqual({ 'tokens/input': '100', 'tokens/input_unsplit': '7' })
  })
})

describe('what is not counted', () => {
  test('is refused with the reason, the rest is kept', async () => {
    const { receiver, sums } = await fixture()
    const points = [
      {
        name: 'llm.client.tokens',
        value: -5,
        start: T0 + 1,
        time: T0 + 1000,
        attributes: { 'llm.token.type': 'output' },
      },
      {
        name: 'llm.client.tokens',
        value: Number.NaN,
        start: T0 + 1,
        time: T0 + 1000,
        attributes: { 'llm.token.type': 'reasoning' },
      },
      {
        name: 'llm.client.tokens',
        value: 5,
        start: T0 + 1,
        time: T0 + HOUR,
        attributes: { 'llm.token.type': 'input' },
      },
    ]
    const { rejected, reason } = await receiver.receive(
      [...exportOf(points), ...input(3, T0 + 1, T0 + 1000)],
      undefined,
    )
    expect(rejected).toBe(3)
    expect(reason).toContain('2 points: llm.client.tokens holds no figure')
    expect(reason).toContain('1 points: its time is more than 10 minutes ahead')
    expect(await sums()).toEqual({ 'tokens/input': '3' })
  })

  test('because the commit failed is counted when it is sent again, once', async () => {
    const of = await fixture()
    let broken = true
    const receiver = await createReceiver({
      ledger: {
        streams: () => of.ledger.streams(),
        commitCalls: (calls) => of.ledger.commitCalls(calls),
        commitObserved: (batch) =>
          broken ? Promise.reject(new Error('disk')) : of.ledger.commitObserved(batch),
      },
      accounts: [],
      names: () => [],
      now: () => of.clock.now,
      gatherMs: 0,
    })
    await expect(receiver.receive(input(100, T0 + 1, T0 + 1000), undefined)).rejects.toMatchObject({
      code: 'LEDGER_FAILED',
    })
    broken = false
    await receiver.receive(input(100, T0 + 1, T0 + 1000), undefined)
    expect(await of.sums()).toEqual({ 'tokens/input': '100' })
  })
})

test('minutes become hours after two days, and nothing is lost', async () => {
  const { receiver, ledger, clock, sums } = await fixture()
  for (let minute = 1; minute <= 90; minute += 10) {
    clock.now = T0 + minute * MINUTE
    await receiver.receive(input(minute, T0 + 1, clock.now), undefined)
  }
  const before = await ledger.stats()
  clock.now = T0 + 51 * HOUR
  await ledger.prune()
  const after = await ledger.stats()
  expect([before.facts, after.facts]).toEqual([9, 2])
  expect(await sums()).toEqual({ 'tokens/input': '81' })
})
