/** One way of watching calls of the openai client, in a process of its own, over a fetch that answers at once. */
import { createRequire } from 'node:module'
import { setImmediate as turn } from 'node:timers/promises'
import { metrics } from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import type OpenAI from 'openai'
import { serveTasks } from './support/child.ts'

const [way = 'plain', sizeText = '1'] = process.argv.slice(2)
/** Of what is reported; a test runs far less. */
const scaled = (count: number): number => Math.max(2, Math.round(count * Number(sizeText)))
const require = createRequire(import.meta.url)

const USAGE = {
  prompt_tokens: 119,
  completion_tokens: 9,
  total_tokens: 128,
  prompt_tokens_details: { cached_tokens: 19 },
  completion_tokens_details: { reasoning_tokens: 0 },
}
const BODY = new TextEncoder().encode(
  JSON.stringify({
    id: 'chat-1',
    object: 'chat.completion',
    created: 1,
    model: 'gpt-4o',
    choices: [
      { index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'word '.repeat(300) } },
    ],
    usage: USAGE,
  }),
)
const CHUNKS = 1000
const EVENT = new TextEncoder().encode(
  `data: ${JSON.stringify({ id: 'chat-1', object: 'chat.completion.chunk', created: 1, model: 'gpt-4o', choices: [{ index: 0, delta: { content: 'word ' }, finish_reason: null }] })}\n\n`,
)

/** The network takes no time, so that what is left is the client and whoever watches it. */
const answer: typeof fetch = async (_input, init) => {
  await Promise.resolve()
  const isStream = typeof init?.body === 'string' && init.body.includes('"stream":true')
  if (!isStream) return new Response(BODY.slice(), { headers: { 'content-type': 'application/json' } })
  let left = CHUNKS
  const body = new ReadableStream({
    type: 'bytes',
    pull: (controller) => {
      if (left-- > 0) controller.enqueue(EVENT.slice())
      else controller.close()
    },
  })
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
}

/** Metrics are kept, and sent nowhere. */
function keepMetrics(): MeterProvider {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.DELTA)
  const reader = new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: 3_600_000,
    exportTimeoutMillis: 1000,
  })
  const provider = new MeterProvider({ readers: [reader] })
  metrics.setGlobalMeterProvider(provider)
  return provider
}

const WAYS: Readonly<Record<string, () => Promise<void> | void>> = {
  plain: () => undefined,
  ours: async () => {
    const { install } = await import('../instrumentation/src/index.ts')
    install({ endpoint: 'http://127.0.0.1:9' })
  },
  'ours-sdk': async () => {
    keepMetrics()
    const { install } = await import('../instrumentation/src/index.ts')
    install()
  },
  opentelemetry: async () => {
    const { OpenAIInstrumentation } = await import('@opentelemetry/instrumentation-openai')
    const instrumentation = new OpenAIInstrumentation()
    instrumentation.setMeterProvider(keepMetrics())
    instrumentation.enable()
  },
  openlit: () => {
    keepMetrics()
    // Every span is kept from being sent by an address that nobody listens at.
    const { default: openlit } = require('openlit') as { default: { init: (options: object) => void } }
    openlit.init({ otlpEndpoint: 'http://127.0.0.1:9', pricingJson: '{"chat":{}}' })
  },
  traceloop: async () => {
    const { OpenAIInstrumentation } = await import('@traceloop/instrumentation-openai')
    const { BasicTracerProvider } = require('@opentelemetry/sdk-trace-base') as {
      BasicTracerProvider: new () => Parameters<
        InstanceType<typeof OpenAIInstrumentation>['setTracerProvider']
      >[0]
    }
    const instrumentation = new OpenAIInstrumentation()
    instrumentation.setTracerProvider(new BasicTracerProvider())
    instrumentation.enable()
  },
}

let client: OpenAI | undefined

async function calls(count: number): Promise<number> {
  const from = performance.now()
  for (let at = 0; at < count; at++) {
    await client?.chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }] })
  }
  // What is put off until the app has its answer is counted too.
  await turn()
  return ((performance.now() - from) * 1000) / count
}

async function streams(count: number): Promise<number> {
  const from = performance.now()
  for (let at = 0; at < count; at++) {
    const response = await fetch('https://api.openai.com/v1/chat/completions', {
      method: 'POST',
      body: '{"model":"gpt-4o","stream":true}',
    })
    const reader = response.body?.getReader()
    while ((await reader?.read())?.done === false);
  }
  return ((performance.now() - from) * 1000) / (count * CHUNKS)
}

serveTasks({
  begin: async () => {
    globalThis.fetch = answer
    await WAYS[way]?.()
    const { OpenAI: Client } = require('openai') as { OpenAI: typeof OpenAI }
    client = new Client({ apiKey: 'sk-0123456789abcdefghijkl', maxRetries: 0 })
    await calls(scaled(3000))
    await streams(scaled(5))
  },
  /** Microseconds a call of one round, and a chunk. */
  call: () => calls(scaled(300)),
  chunk: () => streams(scaled(3)),
  /** MB of the heap that 100,000 calls leave behind. */
  leak: async () => {
    const heap = async (): Promise<number> => {
      for (let at = 0; at < 3; at++) {
        await turn()
        globalThis.gc?.()
      }
      return process.memoryUsage().heapUsed / 1e6
    }
    await calls(scaled(2000))
    const before = await heap()
    await calls(scaled(100_000))
    return (await heap()) - before
  },
})
