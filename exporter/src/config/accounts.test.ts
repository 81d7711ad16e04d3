import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { refusal, useConfigFolder } from '../../../test/support/config-folder.ts'
import type { Config } from './config.ts'

const folder = useConfigFolder()

function credentials(config: Config): string[] {
  return config.accounts.map((account) => account.credential.reveal())
}

/** An account in the file, with these further lines. */
function account(...lines: string[]): string {
  return ['accounts:', '  - name: prod', '    provider: xai', ...lines.map((line) => `    ${line}`)].join(
    '\n',
  )
}

describe('an account from variables', () => {
  it('needs the key alone', () => {
    const config = folder.load({ XAI_MANAGEMENT_KEY: 'xai-token-1' })
    expect(config).toMatchObject({
      demo: false,
      dataDir: join(folder.path, 'data'),
      accounts: [
        {
          name: 'xai',
          provider: 'xai',
          api: 'management',
          project: undefined,
          url: 'https://management-api.x.ai',
        },
      ],
    })
    expect(credentials(config)).toEqual(['xai-token-1'])
  })

  it('takes the team and the URL from variables too', () => {
    const env = {
      XAI_MANAGEMENT_KEY: 'k',
      XAI_TEAM_ID: 'team-1',
      XAI_MANAGEMENT_URL: 'http://127.0.0.1:8080/',
    }
    expect(folder.load(env).accounts[0]).toMatchObject({ project: 'team-1', url: 'http://127.0.0.1:8080' })
  })

  it('takes the key from a file, without the line feed that editors leave', () => {
    folder.put('secret', '  xai-token-2\r\n\n')
    expect(credentials(folder.load({ XAI_MANAGEMENT_KEY_FILE: 'secret' }))).toEqual(['xai-token-2'])
    expect(credentials(folder.load({ XAI_MANAGEMENT_KEY_FILE: join(folder.path, 'secret') }))).toEqual([
      'xai-token-2',
    ])
  })

  it('stands beside a file that lists no accounts', () => {
    const config = folder.loadFile('zone: Europe/Berlin\nkeys: [{ match: "*", account: xai, team: all }]', {
      XAI_MANAGEMENT_KEY: 'k',
    })
    expect(config.accounts.map(({ name }) => name)).toEqual(['xai'])
    expect(config).toMatchObject({ demo: false, zone: 'Europe/Berlin' })
  })

  it('does not take an empty variable for a key', () => {
    expect(folder.load({ XAI_MANAGEMENT_KEY: '', XAI_MANAGEMENT_KEY_FILE: '' }).demo).toBe(true)
  })

  it.each([
    [{ XAI_MANAGEMENT_KEY: ' \n' }, 'XAI_MANAGEMENT_KEY: the variable holds no key'],
    [{ XAI_MANAGEMENT_KEY: 'a b' }, 'XAI_MANAGEMENT_KEY: the variable holds more than a key'],
    [{ XAI_MANAGEMENT_KEY_FILE: 'no' }, 'XAI_MANAGEMENT_KEY_FILE: the file with the key does not exist'],
    [{ XAI_MANAGEMENT_KEY_FILE: '.' }, 'XAI_MANAGEMENT_KEY_FILE: the file with the key is a folder'],
    [
      { XAI_MANAGEMENT_KEY: 'k', XAI_MANAGEMENT_KEY_FILE: 'no' },
      'XAI_MANAGEMENT_KEY: set either XAI_MANAGEMENT_KEY or XAI_MANAGEMENT_KEY_FILE, not both',
    ],
    [
      { XAI_TEAM_ID: 't' },
      'XAI_TEAM_ID: has no effect unless XAI_MANAGEMENT_KEY or XAI_MANAGEMENT_KEY_FILE is set',
    ],
    [
      { XAI_MANAGEMENT_KEY: 'k', XAI_MANAGEMENT_URL: 'http://example.com' },
      'XAI_MANAGEMENT_URL: must be https',
    ],
    [{ XAI_MANAGEMENT_KEY: 'k', XAI_TEAM_ID: ' ' }, 'XAI_TEAM_ID: must not be empty'],
  ])('%j is refused, and never the demo instead', (env, problem) => {
    expect(refusal(() => folder.load(env)).message).toContain(problem)
  })

  it('from a file with nothing in it is refused', () => {
    folder.put('empty', '\n')
    expect(refusal(() => folder.load({ XAI_MANAGEMENT_KEY_FILE: 'empty' })).message).toBe(
      'XAI_MANAGEMENT_KEY_FILE: the file holds no key',
    )
  })
})

describe('an account of the file', () => {
  it('has all its fields read', () => {
    folder.put('key', 'xai-token-3')
    const text = account(
      'api: usage-v1',
      'key_file: key',
      'team_id: 0123',
      'url: https://gateway.example.com/xai/',
      'interval: 1m',
      'lookback: 7d',
      'lookback_every: 2h',
      'timeout: 10s',
    )
    const config = folder.loadFile(text)
    expect(config.accounts).toMatchObject([
      {
        name: 'prod',
        provider: 'xai',
        api: 'usage-v1',
        project: '0123',
        url: 'https://gateway.example.com/xai',
        intervalMs: 60_000,
        lookbackMs: 604_800_000,
        lookbackEveryMs: 7_200_000,
        timeoutMs: 10_000,
      },
    ])
    expect(credentials(config)).toEqual(['xai-token-3'])
  })

  it('takes its key from a variable, or from the file that the variable with _FILE names', () => {
    folder.put('key', 'from-file\n')
    expect(credentials(folder.loadFile(account('key_env: MY_KEY'), { MY_KEY: 'from-variable' }))).toEqual([
      'from-variable',
    ])
    expect(credentials(folder.loadFile(account('key_env: MY_KEY'), { MY_KEY_FILE: 'key' }))).toEqual([
      'from-file',
    ])
  })

  it.each([
    ['key: xai-token-4', '4:5: a key does not stand in the configuration'],
    ['api_key: xai-token-4', '4:5: a key does not stand in the configuration'],
    ['team_id: t', '2:5: the account has no key; give key_file or key_env'],
    ['key_env: xai-token-4', '4:14: must be the name of an environment variable, not the key itself'],
    ['key_env: XAI_TOKEN_4', '4:14: the variable that key_env names is not set'],
    ['key_env: EMPTY', '4:14: the variable that key_env names is not set'],
    ['key_env: BLANK', 'BLANK: the variable holds no key'],
    ['key_env: BOTH', 'BOTH: set either BOTH or BOTH_FILE, not both'],
    ['key_file: xai-token-4', '4:15: the file with the key does not exist'],
    ['key_file: two-lines', '4:15: the file holds more than a key'],
  ])('with %s is refused, once', (line, problem) => {
    folder.put('two-lines', 'xai-token-4\nxai-token-5\n')
    const env = { EMPTY: '', BLANK: ' ', BOTH: 'k', BOTH_FILE: 'f' }
    expect(folder.problemsOf(account(line), env)).toEqual([expect.stringContaining(problem)])
  })

  it('with both a file and a variable for its key is refused', () => {
    expect(folder.problemsOf(account('key_file: key', 'key_env: K'), { K: 'k' })).toEqual([
      'config.yaml:5:14: give either key_file or key_env, not both',
    ])
  })

  it.each([
    ['interval: 999d', 'must be from 1s to 1d'],
    ['timeout: 11m', 'must be from 1s to 10m'],
    ['lookback: 59m', 'must be from 1h to 3650d'],
    ['lookback_every: 59s', 'must be from 1m to 7d'],
    ['api: usage_v1', '"usage_v1" is not known; did you mean "usage-v1"?'],
    ['url: http://example.com', 'must be https'],
  ])('with %s is refused', (line, problem) => {
    folder.put('key', 'k')
    expect(folder.problemsOf(account('key_file: key', line))).toEqual([expect.stringContaining(problem)])
  })

  it('needs a name and a provider', () => {
    folder.put('key', 'k')
    expect(folder.problemsOf('accounts:\n  - key_file: key')).toEqual([
      'config.yaml:2:5: name is missing',
      'config.yaml:2:5: provider is missing',
    ])
  })
})

describe('a list of accounts in the file', () => {
  it('is the whole list: a key that would be polled by nobody is refused', () => {
    folder.put('key', 'k')
    const env = { XAI_MANAGEMENT_KEY: 'k', XAI_TEAM_ID: 't' }
    expect(folder.problemsOf(account('key_file: key'), env)).toEqual([
      'XAI_MANAGEMENT_KEY: is set, but the file lists the accounts; say it there, or unset this variable',
      'XAI_TEAM_ID: is set, but the file lists the accounts; say it there, or unset this variable',
    ])
  })

  it('may take its keys from the same variables, and polls each once', () => {
    folder.put('key', 'k')
    const text = account('key_env: XAI_MANAGEMENT_KEY')
    expect(folder.loadFile(text, { XAI_MANAGEMENT_KEY: 'k' }).accounts.map(({ name }) => name)).toEqual([
      'prod',
    ])
    expect(folder.loadFile(text, { XAI_MANAGEMENT_KEY_FILE: 'key' }).accounts).toHaveLength(1)
  })
})
