import { JsonMetricsSerializer, ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  AggregationTemporality,
  AggregationType,
  MeterProvider,
  MetricReader,
  type ResourceMetrics as SdkMetrics,
} from '@opentelemetry/sdk-metrics'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeMetricsJson } from './json.ts'
import { decodeLogsProtobuf, decodeMetricsProtobuf } from './protobuf.ts'
import { OtlpDecodeError, type Point } from './request.ts'

class Reader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {
    await Promise.resolve()
  }
  protected override async onShutdown(): Promise<void> {
    await Promise.resolve()
  }
}

/** What the SDK collects of one instrument of each kind. */
async function collected(temporality: AggregationTemporality): Promise<SdkMetrics> {
  const reader = new Reader({
    aggregationTemporalitySelector: () => temporality,
    aggregationSelector: () => ({ type: AggregationType.DEFAULT }),
  })
  const provider = new MeterProvider({
    readers: [reader],
    resource: resourceFromAttributes({ 'service.name': 'grüße', list: ['a', 'b'], n: 7, yes: true }),
    views: [{ instrumentName: 'exponential', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }],
  })
  const meter = provider.getMeter('scope', '1.0')
  const attributes = { model: 'grok-4', 'a.b': 'c'.repeat(100), __proto__x: '😀' }
  meter.createCounter('counter').add(3, attributes)
  meter.createCounter('money').add(0.1, attributes)
  meter.createUpDownCounter('active').add(-2, attributes)
  meter.createGauge('gauge').record(1.5, attributes)
  const histogram = meter.createHistogram('histogram', { advice: { explicitBucketBoundaries: [0.1, 1, 10] } })
  for (const value of [0.05, 0.5, 5, 50]) histogram.record(value, attributes)
  const exponential = meter.createHistogram('exponential')
  for (const value of [0, 0.001, 0.5, 5, 50]) exponential.record(value, attributes)
  const { resourceMetrics } = await reader.collect()
  await provider.shutdown()
  return resourceMetrics
}

const encoded = async (temporality: AggregationTemporality) => {
  const metrics = await collected(temporality)
  const protobuf = ProtobufMetricsSerializer.serializeRequest(metrics) ?? new Uint8Array()
  const json = Buffer.from(JsonMetricsSerializer.serializeRequest(metrics) ?? []).toString('utf8')
  return { protobuf, json }
}

describe.each([
  ['cumulative', AggregationTemporality.CUMULATIVE],
  ['delta', AggregationTemporality.DELTA],
] as const)('what the SDK sends with %s temporality', (name, temporality) => {
  test('is read alike from protobuf and from JSON', async () => {
    const { protobuf, json } = await encoded(temporality)
    // JSON cannot tell 3 from 3.0; the figures are the same.
    const plain = (value: unknown): unknown =>
      JSON.parse(JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? Number(one) : one)))
    expect(plain(decodeMetricsProtobuf(protobuf))).toEqual(plain(decodeMetricsJson(json)))
  })

  test('has its names, attributes and figures', async () => {
    const { protobuf } = await encoded(temporality)
    const [resource] = decodeMetricsProtobuf(protobuf)
    expect({ ...resource?.attributes }).toEqual({
      'service.name': 'grüße',
      list: null,
      n: 7n,
      yes: true,
    })
    const metrics = resource?.scopes[0]?.metrics ?? []
    const point = (metric: string): Point | undefined => metrics.find((one) => one.name === metric)?.points[0]
    expect(resource?.scopes[0]?.name).toBe('scope')
    expect(metrics.map(({ name, kind }) => [name, kind])).toEqual([
      ['exponential', 'exponential'],
      ['counter', 'sum'],
      ['money', 'sum'],
      ['active', 'sum'],
      ['gauge', 'gauge'],
      ['histogram', 'histogram'],
    ])
    expect(metrics[1]).toMatchObject({ temporality: name, monotonic: true })
    expect(Number(point('counter')?.value)).toBe(3)
    expect(point('money')?.value).toBe(0.1)
    expect(point('gauge')?.value).toBe(1.5)
    expect(point('histogram')?.value).toEqual({
      count: 4,
      sum: 55.55,
      bounds: [0.1, 1, 10],
      counts: [1, 1, 1, 1],
    })
    expect(point('exponential')?.value).toMatchObject({ count: 5, zeroCount: 1 })
    expect(point('counter')?.attributes).toMatchObject({ model: 'grok-4', __proto__x: '😀' })
    expect(Math.abs((point('counter')?.timeMs ?? 0) - Date.now())).toBeLessThan(60_000)
  })
})

describe('bytes that are no request', () => {
  test('cut anywhere are read or refused, and nothing else', async () => {
    const { protobuf, json } = await encoded(AggregationTemporality.CUMULATIVE)
    for (let length = 0; length < protobuf.length; length++) {
      refusedOrRead(() => decodeMetricsProtobuf(protobuf.subarray(0, length)))
    }
    for (let length = 0; length < json.length; length += 7) {
      expect(() => decodeMetricsJson(json.slice(0, length))).toThrow(OtlpDecodeError)
    }
  })

  test('of any kind are read or refused, and nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        refusedOrRead(() => decodeMetricsProtobuf(bytes))
        refusedOrRead(() => decodeLogsProtobuf(bytes))
      }),
    )
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        refusedOrRead(() => decodeMetricsJson(JSON.stringify({ resourceMetrics: value })))
      }),
    )
  })

  test('that claim a huge length take no memory', () => {
    expect(() => decodeMetricsProtobuf(Uint8Array.of(0x0a, 0xff, 0xff, 0xff, 0xff, 0x7f))).toThrow(
      OtlpDecodeError,
    )
  })

  test('in JSON are refused with the field that is wrong', () => {
    const body = { resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 7 }] }] }] }
    expect(() => decodeMetricsJson(JSON.stringify(body))).toThrow(
      'resourceMetrics.0.scopeMetrics.0.metrics.0.name',
    )
  })
})

function refusedOrRead(read: () => unknown): void {
  try {
    read()
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(OtlpDecodeError)
  }
}
