/** What metrics of others mean, and whose calls they are. */
import { describe, expect, test } from 'vitest'
import { exportOf } from './testing/exports.ts'
import { fixture, INPUT, input, T0, type Fixture } from './testing/fixture.ts'

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
