/** Claude Code's own telemetry. Source: code.claude.com/docs, monitoring. */
import { textOf, type Dialect } from './dialect.ts'

const TYPES: Readonly<Record<string, string>> = {
  input: 'input',
  output: 'output_unsplit',
  cacheRead: 'cache_read',
  cacheCreation: 'cache_write',
}

export const claudeCode: Dialect = {
  rank: 0,
  provider: 'anthropic',
  meaningOf: (metric, attributes) => {
    if (metric === 'claude_code.token.usage') {
      const type = TYPES[textOf(attributes, 'type') ?? ''] ?? 'unsplit'
      return { adds: [{ measure: 'tokens', of: 'value', type }] }
    }
    // An estimate of the client, in USD.
    return metric === 'claude_code.cost.usage'
      ? {
          adds: [
            { measure: 'cost', of: 'value', type: 'unsplit', currency: 'USD', priceSource: 'claude_code' },
          ],
        }
      : undefined
  },
}
