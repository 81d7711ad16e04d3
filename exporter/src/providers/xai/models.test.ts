import { formatAmount } from '@usage-explorer/core/amount'
import nock from 'nock'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { API, recorded, TEAM } from './fixtures/account.ts'
import { levels, read, type Facts } from './fixtures/facts.ts'

beforeEach(() => nock.disableNetConnect())
afterEach(() => nock.cleanAll())

describe('models', () => {
  const models = async (body: string | object = recorded('models')): Promise<Facts> => {
    nock(API).get(`/auth/teams/${TEAM}/models`).reply(200, body)
    return read('xai.models')
  }

  test('have prices per token in dollars, where all clusters agree', async () => {
    const { facts } = await models()
    expect(
      facts?.prices?.map(
        ({ model, type, tier, perUnit }) => `${model} ${type} ${tier} ${formatAmount(perUnit)}`,
      ),
    ).toEqual([
      'grok-code-fast-1 input standard 0.0000002',
      'grok-code-fast-1 cache_read standard 0.00000002',
      'grok-code-fast-1 output standard 0.0000015',
      'grok-code-fast-1 reasoning standard 0.0000015',
      'grok-4-0709 cache_read standard 0.00000075',
      'grok-4-0709 output standard 0.000015',
      'grok-4-0709 reasoning standard 0.000015',
      'grok-4-0709 input long_context 0.000006',
      'grok-4-0709 output long_context 0.00003',
      'grok-4-0709 reasoning long_context 0.00003',
      'grok-4-0709 tool standard 0.025',
    ])
  })

  test('have the aliases of all clusters', async () => {
    const { facts } = await models()
    expect(facts?.names?.map(({ kind, id, aliases }) => [kind, id, aliases])).toEqual([
      ['model', 'grok-code-fast-1', ['grok-code-fast', 'grok-code-fast-1-0825']],
      ['model', 'grok-4-0709', ['grok-4', 'grok-4-latest']],
      ['model', 'grok-2-image-1212', []],
    ])
  })

  test('have the lowest limit of all clusters, and none where it is 0', async () => {
    expect(levels(await models())).toEqual([
      'rate_limit rps grok-code-fast-1 8',
      'rate_limit rpm grok-code-fast-1 480',
      'rate_limit tpm grok-code-fast-1 2000000',
      'rate_limit rps grok-4-0709 2',
      'rate_limit rpm grok-4-0709 240',
      'rate_limit rph grok-4-0709 10000',
      'rate_limit rpd grok-4-0709 100000',
      'rate_limit rpm grok-2-image-1212 300',
    ])
  })

  test.each([
    {},
    { clusterConfigs: [{ languageModels: [{}] }] },
    { clusterConfigs: [{ languageModels: {} }] },
  ])('in %j are unreadable', async (body) => {
    await expect(models(body)).rejects.toMatchObject({ code: 'UPSTREAM_UNREADABLE' })
  })
})
