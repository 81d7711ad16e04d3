/**
 * Names of metrics and attributes. Those of the GenAI conventions are copied, as those ask for while they are unstable:
 * github.com/open-telemetry/semantic-conventions-genai, docs/gen-ai. Ours stand where the conventions have none.
 */

export const SCOPE = '@usage-explorer/instrumentation'

export const DURATION = 'gen_ai.client.operation.duration'
export const FIRST_CHUNK = 'gen_ai.client.operation.time_to_first_chunk'
/** Before the conventions of autumn 2026. */
export const OLD_TOKENS = 'gen_ai.client.token.usage'
/** Parts are counted inside of their wholes. */
export const CONVENTIONAL_TOKENS = {
  input: 'gen_ai.client.inference.usage.input_tokens',
  output: 'gen_ai.client.inference.usage.output_tokens',
  cache_read: 'gen_ai.client.inference.usage.cache_read.input_tokens',
  cache_write: 'gen_ai.client.inference.usage.cache_write.input_tokens',
  reasoning: 'gen_ai.client.inference.usage.reasoning.output_tokens',
} as const

/** Seconds: the conventions' bounds, and two more for models that think for minutes. */
export const DURATION_BOUNDS: readonly number[] = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92, 163.84, 327.68,
]
export const TOKEN_BOUNDS: readonly number[] = [
  1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864,
]
/** Tokens a second. */
export const RATE_BOUNDS: readonly number[] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]

export const ATTRIBUTES = {
  operation: 'gen_ai.operation.name',
  provider: 'gen_ai.provider.name',
  model: 'gen_ai.request.model',
  tokenType: 'gen_ai.token.type',
  modality: 'gen_ai.token.modality',
  address: 'server.address',
  port: 'server.port',
  error: 'error.type',
  responseId: 'gen_ai.response.id',
  ownTokenType: 'llm.token.type',
  costType: 'llm.cost.type',
  costCurrency: 'llm.cost.currency',
  costSource: 'llm.cost.source',
  tool: 'llm.tool.name',
  limitKind: 'llm.rate_limit.kind',
  limitWindow: 'llm.rate_limit.window',
  fingerprint: 'llm.api_key.fingerprint',
  redacted: 'llm.api_key.redacted',
  keyId: 'llm.api_key.id',
  team: 'llm.team',
  user: 'llm.user',
  project: 'llm.project',
  endpoint: 'llm.endpoint',
  environment: 'deployment.environment.name',
} as const
