/** The receiver on a real ledger, fed with protobuf, and the decoder alone. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ValueType } from '@opentelemetry/api'
import { ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { AggregationTemporality, DataPointType, type ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { loadConfig } from '../exporter/src/config/load.ts'
import { decodeMetricsProtobuf } from '../exporter/src/otlp/wire/protobuf.ts'
import { createLog } from '../exporter/src/log.ts'
import { startService, type Service } from '../exporter/src/service.ts'
import { serveTasks } from './support/child.ts'

const folder = mkdtempSync(join(tmpdir(), 'bench-receive-'))
let service: Service | undefined
let start = 0

/** One export of one instance: 20 keys × 10 models × 5 token types, each a little higher than before. */
function body(instance: number, round: number): Uint8Array {
  const endTime: [number, number] = [Math.floor(start / 1000) + round, 0]
  const startTime: [number, number] = [Math.floor(start / 1000), 0]
  const dataPoints = Array.from({ length: 1000 }, (_, at) => ({
    startTime,
    endTime,
    value: round * 100 + at,
    attributes: {
      'gen_ai.provider.name': 'x_ai',
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': `grok-${at % 10}`,
      'llm.endpoint': '/v1/chat/completions',
      'llm.api_key.fingerprint': `key-${Math.floor(at / 10) % 20}`,
      'llm.api_key.redacted': 'xai-...abcd',
      'llm.token.type':
        ['input', 'output', 'cache_read', 'cache_write', 'reasoning'][Math.floor(at / 200)] ?? '',
    },
  }))
  const request: ResourceMetrics = {
    resource: resourceFromAttributes({ 'service.name': 'shop', 'service.instance.id': String(instance) }),
    scopeMetrics: [
      {
        scope: { name: '@usage-explorer/instrumentation' },
        metrics: [
          {
            descriptor: {
              name: 'llm.client.tokens',
              description: '',
              unit: '{token}',
              valueType: ValueType.DOUBLE,
            },
            aggregationTemporality: AggregationTemporality.CUMULATIVE,
            dataPointType: DataPointType.SUM,
            isMonotonic: true,
            dataPoints,
          },
        ],
      },
    ],
  }
  return ProtobufMetricsSerializer.serializeRequest(request) ?? new Uint8Array()
}

let bodies: Uint8Array[] = []

serveTasks({
  start: async () => {
    const env = {
      USAGE_EXPLORER_DEMO: 'off',
      USAGE_EXPLORER_LISTEN: '127.0.0.1:0',
      USAGE_EXPLORER_DATA_DIR: folder,
    }
    service = await startService({ config: loadConfig({ env, cwd: folder }), log: createLog('silent') })
    start = Date.now() + 1000
    return service.url
  },
  prepare: ({ round, instances }: { round: number; instances: number }) => {
    bodies = Array.from({ length: instances }, (_, instance) => body(instance, round))
    return bodies.reduce((sum, { length }) => sum + length, 0)
  },
  receive: async () => {
    const from = performance.now()
    await Promise.all(
      bodies.map(async (bytes) => {
        const response = await fetch(`${service?.url ?? ''}/v1/metrics`, {
          method: 'POST',
          headers: { 'content-type': 'application/x-protobuf' },
          body: bytes as Uint8Array<ArrayBuffer>,
        })
        if (!response.ok) throw new Error(await response.text())
      }),
    )
    return performance.now() - from
  },
  decode: () => {
    const from = performance.now()
    for (const bytes of bodies) decodeMetricsProtobuf(bytes)
    return performance.now() - from
  },
  stop: async () => {
    await service?.stop()
    rmSync(folder, { recursive: true, force: true })
  },
})
