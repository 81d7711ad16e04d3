import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createOwnMeter } from './meter.ts'
import { writeLogs, writeMetrics } from './otlp.ts'

const NOW = 1_800_000_000_123

describe('the library’s own meter', () => {
  test('adds millionths of a dollar up so that their decimal sum comes out again', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1_000_000 }), { maxLength: 300 }), (cents) => {
        const meter = createOwnMeter(() => NOW)
        const counter = meter.createCounter('cost')
        for (const value of cents) counter.add(value / 1e6, { model: 'm' })
        const [series] = meter.instruments[0]?.series.values() ?? []
        const exact = cents.reduce((a, b) => a + b, 0) / 1e6
        // What the exporter makes of it: exact decimals of 12 places.
        expect(((series?.value ?? 0) + (series?.lost ?? 0)).toFixed(12)).toBe(exact.toFixed(12))
      }),
    )
  })

  test('keeps series of the same attributes as one, in any order and from any object', () => {
    const meter = createOwnMeter(() => NOW)
    const counter = meter.createCounter('calls')
    counter.add(1, { a: '1', b: '2' })
    counter.add(1, { b: '2', a: '1' })
    counter.add(1, { a: '1' })
    expect([...(meter.instruments[0]?.series.values() ?? [])].map(({ value }) => value)).toEqual([2, 1])
  })

  test('holds 2000 series and one more for the rest, whose sum stays right', () => {
    const meter = createOwnMeter(() => NOW)
    const counter = meter.createCounter('calls')
    for (let at = 0; at < 2500; at++) counter.add(1, { at })
    const series = [...(meter.instruments[0]?.series.values() ?? [])]
    expect(series).toHaveLength(2001)
    expect(series.at(-1)).toMatchObject({ value: 500, attributes: { 'otel.metric.overflow': true } })
  })

  test('puts a value on a bound into the bucket below', () => {
    const meter = createOwnMeter(() => NOW)
    const histogram = meter.createHistogram('d', { advice: { explicitBucketBoundaries: [1, 2] } })
    for (const value of [0.5, 1, 1.5, 2, 3]) histogram.record(value)
    expect([...(meter.instruments[0]?.series.values() ?? [])][0]?.counts).toEqual([2, 2, 1])
  })
})

test('what it holds is written as cumulative OTLP/JSON', () => {
  const meter = createOwnMeter(() => NOW - 1000)
  meter.createCounter('empty')
  meter.createCounter('calls', { unit: '{call}' }).add(3, { model: 'm', n: 2, yes: true })
  const body = JSON.parse(writeMetrics(meter.instruments, { 'service.name': 'shop' }, NOW)) as object
  expect(body).toEqual({
    resourceMetrics: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
        scopeMetrics: [
          {
            scope: { name: '@usage-explorer/instrumentation' },
            metrics: [
              {
                name: 'calls',
                unit: '{call}',
                sum: {
                  aggregationTemporality: 2,
                  isMonotonic: true,
                  dataPoints: [
                    {
                      attributes: [
                        { key: 'model', value: { stringValue: 'm' } },
                        { key: 'n', value: { intValue: '2' } },
                        { key: 'yes', value: { boolValue: true } },
                      ],
                      startTimeUnixNano: '1799999999123000000',
                      timeUnixNano: '1800000000123000000',
                      asDouble: 3,
                    },
                  ],
                },
              },
            ],
          },
        ],
      },
    ],
  })
  expect(writeLogs([{ at: NOW, eventName: 'e', traceId: 'ab', attributes: {} }], {})).toContain(
    '"eventName":"e"',
  )
})
