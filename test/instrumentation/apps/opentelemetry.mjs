// A service with OpenTelemetry's own instrumentation of openai, and an exporter that sends to us.
// Arguments: url of the LLM server, url of ours, calls, temporality
import { createRequire } from 'node:module'
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto'
import { OpenAIInstrumentation } from '@opentelemetry/instrumentation-openai'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  AggregationTemporality,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'

const [llm, ours, calls, temporality] = process.argv.slice(2)
const exporter = new OTLPMetricExporter({
  url: `${ours}/v1/metrics`,
  compression: 'gzip',
  temporalityPreference:
    temporality === 'delta' ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE,
})
const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 60_000 })
const provider = new MeterProvider({
  readers: [reader],
  resource: resourceFromAttributes({ 'service.name': 'theirs' }),
})
const instrumentation = new OpenAIInstrumentation()
instrumentation.setMeterProvider(provider)
instrumentation.enable()
const { OpenAI } = createRequire(import.meta.url)('openai')
const client = new OpenAI({ apiKey: 'sk-0123456789abcdefghij', baseURL: `${llm}/v1`, maxRetries: 0 })
for (let at = 0; at < Number(calls); at++) {
  await client.chat.completions.create({ model: 'grok-4', messages: [{ role: 'user', content: 'Hi' }] })
  if (at % 5 === 4) await provider.forceFlush()
}
await client.chat.completions
  .create({ model: 'grok-4', messages: [{ role: 'user', content: 'behaviour:failing' }] })
  .catch(() => undefined)
await provider.shutdown()
console.log('done')
