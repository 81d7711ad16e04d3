import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatAmount } from '@usage-explorer/core/amount'
import { describe, expect, onTestFinished, test } from 'vitest'
import { HOUR, MINUTE } from '../clock.ts'
import type { Booking, Ledger } from '../ledger/ledger.ts'
import { openLedger } from '../ledger/open.ts'
import { OTLP_SOURCE } from '../usage/observed.ts'
import { createReceiver, type Receiver, type ReceiverOptions } from './receiver.ts'
import { exportOf } from './testing/exports.ts'

const T0 = Date.UTC(2026, 10, 21, 10, 0, 30)

const booking: Booking = {
  admit: () => undefined,
  counterFor: (source, _spec, { measure, stated }) => ({
    family: measure,
    labels: { account: source.account, service: stated.service ?? '', type: stated.type ?? '' },
  }),
  restatementFor: () => undefined,
}

interface Fixture {
  readonly ledger: Ledger
  receiver: Receiver
  readonly clock: { now: number }
  /** Opens both anew, as after a crash. */
  restart: () => Promise<void>
  /** measure/type → what the counters hold and the ledger's rows sum up to; both must agree. */
  sums: () => Promise<Record<string, string>>
}

async function fixture(options: Partial<ReceiverOptions> = {}): Promise<Fixture> {
  const dataDir = mkdtempSync(join(tmpdir(), 'receiver-'))
  const clock = { now: T0 }
  const open = () =>
    openLedger({
      dataDir,
      sources: [OTLP_SOURCE],
      booking,
      now: () => clock.now,
      retentionMs: 400 * 24 * HOUR,
      scrapeIntervalMs: 0,
    })
  const receive = (ledger: Ledger) =>
    createReceiver({
      ledger,
      accounts: [{ provider: 'xai', name: 'main' }],
      names: () => [],
      now: () => clock.now,
      gatherMs: 0,
      ...options,
    })
  let ledger = await open()
  const result: Fixture = {
    get ledger() {
      return ledger
    },
    receiver: await receive(ledger),
    clock,
    restart: async () => {
      await ledger.close()
      ledger = await open()
      result.receiver = await receive(ledger)
    },
    sums: async () => {
      const counters: Record<string, bigint> = {}
      for (const { family, labels, ledger: amount } of ledger.counters()) {
        const key = `${family}/${labels['type'] ?? ''}`
        counters[key] = (counters[key] ?? 0n) + amount
      }
      const rows: Record<string, bigint> = {}
      for (const { cuts } of ledger.sources()) {
        for (const { id } of cuts) {
          const series = ledger.series(id)
          const groups = new Map(series.map((one, at) => [one.id, at]))
          const window = { from: 0, to: T0 * 2 }
          for (const { group, amount } of await ledger.sums({
            cutId: id,
            window,
            groups,
            bucketStarts: [0],
          })) {
            const of = series[group]
            const key = `${of?.measure ?? ''}/${of?.stated.type ?? ''}`
            rows[key] = (rows[key] ?? 0n) + amount
          }
        }
      }
      const text = (sums: Record<string, bigint>): Record<string, string> =>
        Object.fromEntries(
          Object.entries(sums).flatMap(([key, amount]) =>
            amount === 0n ? [] : [[key, formatAmount(amount)]],
          ),
        )
      expect(text(counters)).toEqual(text(rows))
      return text(rows)
    },
  }
  onTestFinished(async () => {
    await ledger.close()
    rmSync(dataDir, { recursive: true })
  })
  return result
}

const INPUT = { attributes: { 'llm.token.type': 'input' } }
const input = (value: number, start: number, time: number, more: object = {}) =>
  exportOf([{ name: 'llm.client.tokens', value, start, time, ...INPUT, ...more }])

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

describe('dialects', () => {
  test('the newer counters of the conventions are made a partition', async () => {
    const { receiver, sums } = await fixture()
    const point = (name: string, value: number) => ({
      name: `gen_ai.client.inference.usage.${name}`,
      value,
      start: T0 + 1,
      time: T0 + 1000,
    })
    const points = [
      point('input_tokens', 100),
      point('cache_read.input_tokens', 60),
      point('cache_write.input_tokens', 10),
      point('output_tokens', 50),
      point('reasoning.output_tokens', 20),
    ]
    const old = {
      name: 'gen_ai.client.token.usage',
      value: [1],
      sum: 100,
      start: T0 + 1,
      time: T0 + 1000,
      bounds: [],
      attributes: { 'gen_ai.token.type': 'input' },
    }
    await receiver.receive(
      exportOf([...points, old], { scope: 'opentelemetry.instrumentation.openai' }),
      undefined,
    )
    expect(await sums()).toEqual({
      'tokens/input': '30',
      'tokens/cache_read': '60',
      'tokens/cache_write': '10',
      'tokens/output': '30',
      'tokens/reasoning': '20',
    })
  })

  test('the older conventions count calls and errors by how long they took', async () => {
    const { receiver, sums } = await fixture()
    const call = (count: number, attributes: Record<string, string>) => ({
      name: 'gen_ai.client.operation.duration',
      value: [0, count],
      sum: 0.02 * count,
      bounds: [0.01],
      start: T0 + 1,
      time: T0 + 1000,
      attributes,
    })
    const points = [
      {
        name: 'gen_ai.client.token.usage',
        value: [2],
        sum: 30,
        bounds: [],
        start: T0 + 1,
        time: T0 + 1000,
        attributes: { 'gen_ai.token.type': 'output' },
      },
      call(5, {}),
      call(2, { 'error.type': 'RateLimitError' }),
    ]
    await receiver.receive(exportOf(points, { scope: 'opentelemetry.instrumentation.openai.v1' }), undefined)
    expect(await sums()).toMatchObject({
      'tokens/output_unsplit': '30',
      'requests/success': '5',
      'requests/RateLimitError': '2',
      'errors/RateLimitError': '2',
    })
  })

  test('Claude Code tells tokens by type and an estimated cost', async () => {
    const { receiver, sums } = await fixture()
    const point = (name: string, value: number, type: string) => ({
      name,
      value,
      start: T0,
      time: T0 + 1000,
      temporality: 'delta' as const,
      attributes: {
        type,
        model: 'claude-sonnet-4-5',
        'user.email': 'a@b.example',
        'gen_ai.provider.name': null,
      },
    })
    const points = [
      point('claude_code.token.usage', 5, 'input'),
      point('claude_code.token.usage', 6, 'cacheCreation'),
      point('claude_code.cost.usage', 0.25, ''),
    ]
    await receiver.receive(exportOf(points, { scope: 'com.anthropic.claude_code' }), undefined)
    expect(await sums()).toEqual({ 'tokens/input': '5', 'tokens/cache_write': '6', 'cost/unsplit': '0.25' })
  })

  test('metrics that say nothing of models are ignored, not refused', async () => {
    const { receiver, sums } = await fixture()
    const request = exportOf([
      { name: 'http.server.request.duration', value: [1], sum: 1, start: T0, time: T0 },
    ])
    expect(await receiver.receive(request, undefined)).toEqual({ rejected: 0, reason: '' })
    expect(await sums()).toEqual({})
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

describe('whose a call is', () => {
  const labels = (of: Fixture) => of.ledger.counters().map(({ labels: { account } }) => account)

  test("the account of its provider, if there is one; a token's team whatever it states", async () => {
    const of = await fixture()
    await of.receiver.receive(
      input(1, T0 + 1, T0 + 1000, { attributes: { ...INPUT.attributes, 'llm.team': 'mine' } }),
      'theirs',
    )
    expect(labels(of)).toEqual(['main'])
    const [source] = of.ledger.sources()
    expect(of.ledger.series(source?.cuts[0]?.id ?? 0)[0]?.stated).toEqual({
      team: 'theirs',
      model: 'grok-4',
      service: 'shop',
      type: 'input',
    })
  })

  test('with two accounts the one that lists its key, else nobody knows', async () => {
    const entry = {
      kind: 'api_key',
      name: null,
      userId: null,
      disabled: false,
      createdAt: null,
      expiresAt: null,
      aliases: [],
      listed: true,
      firstSeenAt: 0,
      provider: 'xai',
    } as const
    const of = await fixture({
      accounts: [
        { provider: 'xai', name: 'prod' },
        { provider: 'xai', name: 'test' },
      ],
      names: () => [
        { ...entry, account: 'prod', id: 'key-1', redacted: 'xai-...AAAA' },
        { ...entry, account: 'test', id: 'key-2', redacted: 'xai-...BBBB' },
      ],
    })
    const key = (redacted: string) => ({
      attributes: {
        ...INPUT.attributes,
        'llm.api_key.fingerprint': redacted,
        'llm.api_key.redacted': redacted,
      },
    })
    await of.receiver.receive(input(1, T0 + 1, T0 + 1000, key('xai-...BBBB')), undefined)
    await of.receiver.receive(input(1, T0 + 1, T0 + 1000, key('xai-...CCCC')), undefined)
    expect(labels(of)).toEqual(['test', 'unassigned'])
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
