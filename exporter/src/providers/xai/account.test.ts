import nock from 'nock'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AccountConfig } from '../../config/config.ts'
import { API, openAccount, signal } from './fixtures/account.ts'

beforeEach(() => nock.disableNetConnect())
afterEach(() => nock.cleanAll())

const VALIDATION = '/auth/management-keys/validation'

describe('whose account it is', () => {
  const identify = (config: Partial<AccountConfig> = {}): Promise<unknown> =>
    openAccount({ project: undefined, ...config }).identify(signal())
  const validation = {
    apiKeyId: '1f9c1b3e',
    teamId: 'team-old',
    scope: 'SCOPE_TEAM',
    scopeId: 'team-1',
    acls: ['team-token:endpoint:BillingRead', 'team-token:endpoint:ListApiKeys'],
    reactedApiKey: 'xai-token-...abcd',
    ipRanges: null,
  }
  const answers = (body: object, status = 200): nock.Scope => nock(API).get(VALIDATION).reply(status, body)

  test('is the scope of the key, with its permissions', async () => {
    answers(validation)
    expect(await identify()).toEqual({ project: 'team-1', projectName: null, permissions: validation.acls })
  })

  test('is the deprecated team id where there is no scope', async () => {
    answers({ teamId: 'team-old', acls: null })
    expect(await identify()).toEqual({ project: 'team-old', projectName: null, permissions: [] })
  })

  test('is never an organization', async () => {
    answers({ ...validation, scope: 'SCOPE_ORGANIZATION', scopeId: 'org-1', teamId: '' })
    const failure = identify({ name: 'finance' })
    await expect(failure).rejects.toMatchObject({ code: 'ACCOUNT_UNIDENTIFIED', permanent: true })
    await expect(failure).rejects.toThrow(/finance.*XAI_TEAM_ID/)
  })

  test('is the team that an organization’s key still names', async () => {
    answers({ ...validation, scope: 'SCOPE_ORGANIZATION', scopeId: 'org-1' })
    expect(await identify()).toMatchObject({ project: 'team-old' })
  })

  test('is unreadable without any id', async () => {
    answers({ scope: 'SCOPE_TEAM', acls: [] })
    await expect(identify()).rejects.toMatchObject({ code: 'UPSTREAM_UNREADABLE' })
  })

  test('is what is configured, whatever the key says', async () => {
    answers(validation)
    expect(await identify({ project: 'team-9' })).toMatchObject({
      project: 'team-9',
      permissions: validation.acls,
    })
  })

  test.each([401, 403, 404, 500])(
    'is what is configured, also when a %i keeps the permissions unknown',
    async (status) => {
      nock(API).get(VALIDATION).times(3).reply(status, '')
      expect(await identify({ project: 'team-9' })).toEqual({
        project: 'team-9',
        projectName: null,
        permissions: [],
      })
    },
  )

  test('stays unknown when the key is refused', async () => {
    answers({ code: 16, error: 'Unauthenticated' }, 401)
    await expect(identify()).rejects.toMatchObject({ code: 'UPSTREAM_UNAUTHORIZED' })
  })

  test('is asked for once by the readers', async () => {
    const scope = answers(validation)
    nock(API)
      .get('/v1/billing/teams/team-1/prepaid/balance')
      .twice()
      .reply(200, { total: { val: '-1000' } })
    const { facts } = openAccount({ project: undefined })
    const balance = facts.find(({ id }) => id === 'xai.balance')
    await balance?.read(signal())
    await balance?.read(signal())
    scope.done()
  })

  test('ends with the signal even where a team is configured', async () => {
    const account = openAccount({ project: 'team-9' })
    await expect(account.identify(AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped')
  })
})
