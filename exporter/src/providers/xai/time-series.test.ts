import { formatAmount } from '@usage-explorer/core/amount'
import nock from 'nock'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { HOUR } from '../../clock.ts'
import { API, BILLING, memory, NOW, recorded, TEAM } from './fixtures/account.ts'
import { answerOf, EMPTY, MIDNIGHT, read, upstream, WINDOW } from './fixtures/usage.ts'

beforeEach(() => nock.disableNetConnect())
afterEach(() => nock.cleanAll())

describe('an answer', () => {
  test('is asked for as xAI documents it', async () => {
    const scope = nock(API)
      .post(`${BILLING}/usage`, {
        analyticsRequest: {
          timeRange: {
            startTime: '2026-11-19 00:00:00',
            endTime: '2026-11-19 03:00:00',
            timezone: 'Etc/GMT',
          },
          timeUnit: 'TIME_UNIT_HOUR',
          values: [{ name: 'usd', aggregation: 'AGGREGATION_SUM' }],
          groupBy: ['api_key_id', 'description', 'unit_type'],
          filters: [],
        },
      })
      .reply(200, EMPTY)
    await read()
    scope.done()
  })

  test('keeps the digits of dollars as they were written and drops dense zeros', async () => {
    upstream(({ groupBy }) => (groupBy === 'description' ? recorded('usage-by-description') : 400))
    const [answer] = await read()
    expect(answer).toMatchObject({
      source: { provider: 'xai', account: 'main', source: 'xai.billing.usage' },
      cut: { dimensions: ['project', 'description'] },
      window: WINDOW,
      widthMs: HOUR,
      fetchedAt: NOW,
      completeness: 'complete',
    })
    expect(
      answer?.records.map(({ bucketStart, stated, raw }) => [bucketStart, stated.description, raw]),
    ).toEqual([
      [MIDNIGHT, 'Chat grok-4-0709', '0.75973725'],
      [MIDNIGHT + 2 * HOUR, 'Chat grok-4-0709', '0.1'],
      [MIDNIGHT + HOUR, 'Chat grok-4-fast-non-reasoning', '0.0001037'],
      [MIDNIGHT + 2 * HOUR, 'grok-2-image-1212', '0.14'],
    ])
    expect(answer?.records[0]).toEqual({
      bucketStart: MIDNIGHT,
      stated: { project: TEAM, description: 'Chat grok-4-0709' },
      measure: 'cost',
      currency: 'USD',
      amount: 759_737_250_000_000_000n,
      raw: '0.75973725',
      rawUnit: 'usd',
    })
  })

  test('adds unit types of one cost type exactly, and flags what was rounded', async () => {
    upstream(() => recorded('usage-joint'))
    const [answer] = await read()
    expect(
      answer?.records.map(({ bucketStart, stated, amount, raw, rounded }) => [
        (bucketStart - MIDNIGHT) / HOUR,
        stated.api_key,
        stated.description,
        stated.type,
        formatAmount(amount),
        raw,
        rounded,
      ]),
    ).toEqual([
      [
        0,
        'faf5f6c2-5322-4793-9b74-23129addca0c',
        'Chat grok-4-0709',
        'input',
        '0.0312',
        '0.0300000000000000001 + 0.0012',
        true,
      ],
      [
        0,
        'faf5f6c2-5322-4793-9b74-23129addca0c',
        'Chat grok-4-0709',
        'cache_read',
        '0.00075',
        '0.00075',
        undefined,
      ],
      [
        1,
        'faf5f6c2-5322-4793-9b74-23129addca0c',
        'Chat grok-4-0709',
        'cache_read',
        '0.00000015',
        '1.5e-7',
        undefined,
      ],
      [0, null, 'Live Search', 'unsplit', '-0.025', '-0.025', undefined],
    ])
  })

  test('with no series at all is a stated zero', async () => {
    upstream(() => EMPTY)
    expect(await read()).toMatchObject([{ completeness: 'complete', records: [] }])
  })

  test('keeps descriptions with quotes, newlines and emoji whole', async () => {
    const name = 'the "new" one\n🚀'
    upstream(() => answerOf([['key', name, 'Images'], { '00': '1' }]))
    expect((await read())[0]?.records[0]?.stated).toEqual({
      project: TEAM,
      api_key: 'key',
      description: name,
      type: 'output',
    })
  })

  test('of a key that is renamed or rotated in between is one series, by its id', async () => {
    const labelled = (label: string): string =>
      answerOf([['key-1', 'Chat grok-4-0709', 'Reasoning tokens'], { '00': '1' }]).replaceAll(
        '"labels"',
        JSON.stringify(label),
      )
    const replies = [labelled('old (xai-...aaaa)'), labelled('new (xai-...bbbb)')]
    upstream(() => replies.shift() ?? 500)
    const stated = [...(await read()), ...(await read())].map(({ records }) => records[0]?.stated)
    expect(stated[0]).toEqual(stated[1])
  })
})

describe('nothing is taken from an answer', () => {
  const point = (timestamp: string, values = '[1]'): string =>
    `{"timeSeries": [{"group": ["k", "d", "u"], "dataPoints": [{"timestamp": "${timestamp}", "values": ${values}}]}]}`
  test.each([
    ['without timeSeries', '{"limitReached": false}'],
    ['with a null timeSeries', '{"timeSeries": null}'],
    ['that is an error in a 200', '{"error": {"message": "no"}}'],
    ['without points', '{"timeSeries": [{"group": ["k", "d", "u"]}]}'],
    ['with too few group values', '{"timeSeries": [{"group": ["k", "d"], "dataPoints": []}]}'],
    ['with a group value that is no text', '{"timeSeries": [{"group": ["k", "d", 3], "dataPoints": []}]}'],
    ['before the window', point('2026-11-18T23:00:00Z')],
    ['at the exclusive end of the window', point('2026-11-19T03:00:00Z')],
    ['about another window, be it zero', point('2026-11-18T23:00:00Z', '[0]')],
    ['off the hour', point('2026-11-19T00:30:00Z')],
    ['with a time without zone', point('2026-11-19 00:00:00')],
    ['with no value', point('2026-11-19T00:00:00Z', '[]')],
    ['with a null value', point('2026-11-19T00:00:00Z', '[null]')],
    ['with a value that is no number', point('2026-11-19T00:00:00Z', '["free"]')],
    ['with a value beyond all money', point('2026-11-19T00:00:00Z', '[1e30]')],
    [
      'with a point twice',
      '{"timeSeries": [{"group": ["k", "d", "u"], "dataPoints": [{"timestamp": "2026-11-19T00:00:00Z", "values": [1]}, {"timestamp": "2026-11-19T00:00:00Z", "values": [1]}]}]}',
    ],
    ['with limitReached that is neither', '{"timeSeries": [], "limitReached": "maybe"}'],
    ['that is cut off', '{"timeSeries": [{"group": ["k"'],
    ['that is a proxy’s page', '<html>Sign in</html>'],
    ['that is empty', ''],
  ])('%s', async (_, body) => {
    upstream(() => body)
    const kept = memory()
    await expect(read(kept)).rejects.toMatchObject({ code: 'UPSTREAM_UNREADABLE' })
    expect(kept.remembered).toBeUndefined()
  })

  test('a zero at the exclusive end of the window is the edge of a dense series', async () => {
    upstream(() => answerOf([['k', 'd', 'u'], { '02': '1', '03': '0' }]))
    expect(await read()).toMatchObject([{ completeness: 'complete', records: [{ raw: '1' }] }])
  })

  test('the first and the last hour of the window are in it', async () => {
    upstream(() => answerOf([['k', 'd', 'u'], { '00': '1.10', '02': '1e-2' }]))
    expect((await read())[0]?.records.map(({ raw }) => raw)).toEqual(['1.10', '1e-2'])
  })
})
