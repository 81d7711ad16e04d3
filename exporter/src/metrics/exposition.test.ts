import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { CATALOGUE } from './catalogue.ts'
import { renderText } from './exposition.ts'
import { createProducer } from './producer.ts'
import { createMetrics, type Family, type Snapshot } from './snapshot.ts'

const NOW = 1_800_000_000_123

async function textOf(snapshot: Snapshot, appendix = ''): Promise<string> {
  let text = ''
  for await (const piece of renderText(snapshot, appendix)) text += piece
  return text
}

async function snapshotOf(...families: Family[]): Promise<Snapshot> {
  return createMetrics({ contributors: [() => families], now: () => NOW }).snapshot()
}

const anyFamily = fc.constantFrom(...CATALOGUE).chain((spec) =>
  fc.record({
    name: fc.constant(spec.name),
    samples: fc.array(
      fc.record({
        labels: fc.record(Object.fromEntries(spec.labels.map((label) => [label, anyText])), {
          noNullPrototype: true,
        }),
        value: fc.double(),
        ...(spec.type === 'histogram' && { buckets: anyBuckets }),
      }),
      { minLength: 1, maxLength: 5 },
    ),
  }),
)
const anyBuckets = fc
  .uniqueArray(fc.float({ min: 0, noNaN: true, noDefaultInfinity: true }), { maxLength: 4 })
  .map((bounds) => bounds.sort((a, b) => a - b))
  .chain((bounds) =>
    fc.record({
      bounds: fc.constant(bounds),
      counts: fc.array(fc.nat(), { minLength: bounds.length + 1, maxLength: bounds.length + 1 }),
    }),
  )
const anyText = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: fc.constantFrom('\\', '"', '\n', '\r', 'n', '{', ',', '=') }),
)

// The one known difference: the serializer adds `# UNIT` comments.
it("writes what OpenTelemetry's serializer writes for what its reader gets of the producer", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(anyFamily, { selector: ({ name }) => name, minLength: 1 }),
      async (families) => {
        const metrics = createMetrics({ contributors: [() => families], now: () => NOW })
        const reader = new PrometheusExporter({
          preventServerStart: true,
          metricProducers: [createProducer(metrics)],
        })
        const provider = new MeterProvider({ readers: [reader] })
        const { resourceMetrics } = await reader.collect()
        await provider.shutdown()
        const theirs = new PrometheusSerializer('', false, undefined, true, true).serialize(resourceMetrics)
        expect(await textOf(await metrics.snapshot())).toBe(theirs.replaceAll(/^# UNIT .*\n/gm, ''))
      },
    ),
  )
})

it('escapes backslash, quote and line end in labels and keeps everything else', async () => {
  const labels = { provider: 'xai', account: 'a\\b"c\nd\te 🚀 é' }
  const snapshot = await snapshotOf({ name: 'llm_price_age_seconds', samples: [{ labels, value: 1 }] })
  expect(await textOf(snapshot)).toContain(
    'llm_price_age_seconds{provider="xai",account="a\\\\b\\"c\\nd\te 🚀 é"} 1\n',
  )
})

it.each([
  [0.1 + 0.2, '0.30000000000000004'],
  [1e21, '1e+21'],
  [1.25e-7, '1.25e-7'],
  [9007199254740991, '9007199254740991'],
  [-0, '0'],
  [NaN, 'NaN'],
  [Infinity, '+Inf'],
  [-Infinity, '-Inf'],
])('writes %d as %s, which reads back as the same float64', async (value, expected) => {
  const snapshot = await snapshotOf({ name: 'llm_price_age_seconds', samples: [{ labels: {}, value }] })
  expect(await textOf(snapshot)).toMatch(new RegExp(`^llm_price_age_seconds ${escapeRegExp(expected)}$`, 'm'))
})

it('puts the appendix after the last family', async () => {
  const snapshot = await snapshotOf({ name: 'llm_price_age_seconds', samples: [{ labels: {}, value: 1 }] })
  expect(await textOf(snapshot, '# the end\n')).toMatch(/llm_price_age_seconds 1\n# the end\n$/)
})

it('hands out a large snapshot in pieces and lets other work run between them', async () => {
  const samples = Array.from({ length: 20_000 }, (_, index) => ({
    labels: {
      provider: 'xai',
      account: 'main',
      api_key: `key-${index}`,
      project: 'p',
      team: 't',
      model: 'm',
    },
    value: index,
  }))
  const snapshot = await snapshotOf({ name: 'llm_metered_requests_total', samples })
  const lengths: number[] = []
  let turns = 0
  let done = false
  const turn = (): void => {
    turns++
    if (!done) setImmediate(turn)
  }
  setImmediate(turn)
  for await (const piece of renderText(snapshot, '')) lengths.push(piece.length)
  done = true
  expect(lengths.length).toBeGreaterThan(5)
  expect(Math.max(...lengths)).toBeLessThan(257 * 1024)
  expect(turns).toBeGreaterThanOrEqual(lengths.length - 1)
})

it('tells a push when each counter began', async () => {
  const family = {
    name: 'llm_metered_requests_total',
    samples: [{ labels: {}, value: 5, startAt: NOW - 1500 }],
  }
  const metrics = createMetrics({ contributors: [() => [family]], now: () => NOW })
  const { resourceMetrics, errors } = await createProducer(metrics).collect()
  expect(errors).toEqual([])
  expect(resourceMetrics.scopeMetrics[0]?.metrics[0]).toMatchObject({
    descriptor: { name: 'llm_metered_requests_total', unit: '{requests}' },
    isMonotonic: true,
    dataPoints: [
      { startTime: [1_799_999_998, 623_000_000], endTime: [1_800_000_000, 123_000_000], value: 5 },
    ],
  })
})

function escapeRegExp(text: string): string {
  return text.replaceAll(/[+.]/g, '\\$&')
}
