import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { formatAmount } from '../amount.ts'
import { CALL_PROVIDERS, findCallProvider } from './providers.ts'
import type { Operation, UsageObject } from './usage.ts'

interface Fixture {
  readonly title: string
  readonly provider: string
  readonly operation: Operation
  readonly headers?: Record<string, string>
  readonly usage: UsageObject
  readonly tokens: Record<string, number>
  readonly identity: string
  readonly cost?: string
  readonly tools?: Record<string, number>
}

const fixtures = JSON.parse(
  readFileSync(new URL('fixtures/usage.json', import.meta.url), 'utf8'),
) as Fixture[]

describe('the usage object of a response', () => {
  test.each(fixtures)(
    '$title',
    ({ provider, operation, headers = {}, usage, tokens, identity, cost, tools }) => {
      const read = findCallProvider(provider)?.read(usage, { operation, header: (name) => headers[name] })
      expect(read?.tokens).toEqual(tokens)
      expect(read?.identity).toBe(identity)
      expect(read?.cost === undefined ? undefined : formatAmount(read.cost.amount)).toBe(cost)
      expect(read?.tools).toEqual(tools ?? {})
    },
  )

  test('every provider has a fixture', () => {
    const covered = new Set(fixtures.map(({ provider }) => provider))
    expect(CALL_PROVIDERS.map(({ id }) => id).filter((id) => !covered.has(id))).toEqual([])
  })

  test.each([null, 'x', -1, Number.NaN, [], {}])('%j where a count should be is unknown, not 0', (value) => {
    for (const { read } of CALL_PROVIDERS) {
      const usage = {
        prompt_tokens: value,
        input_tokens: value,
        total_tokens: value,
        cost: value,
        cost_in_usd_ticks: value,
      }
      const { tokens, cost } = read(usage, { operation: 'chat', header: () => undefined })
      expect(tokens).toEqual({})
      expect(cost).toBeUndefined()
    }
  })
})
