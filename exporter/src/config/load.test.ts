import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { refusal, useConfigFolder } from '../../../test/support/config-folder.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../clock.ts'
import { EXAMPLE } from '../docs/config-page.ts'
import { SETTINGS } from './settings.ts'

const ACCOUNT = 'accounts: [{ name: prod, provider: xai, key_file: key }]'

const folder = useConfigFolder()

beforeEach(() => folder.put('key', 'xai-token-hidden\n'))

describe('without anything configured', () => {
  it('the demo runs with all defaults, in a data folder of its own', () => {
    expect(folder.load()).toEqual({
      listen: { host: '127.0.0.1', port: 9477 },
      tls: undefined,
      otlp: undefined,
      dataDir: join(folder.path, 'data', 'demo'),
      logLevel: 'info',
      zone: 'UTC',
      scrapeIntervalMs: 60 * SECOND,
      retentionMs: 400 * DAY,
      metrics: {
        user: false,
        endpoint: false,
        caps: { user: 200, endpoint: 50, api_key: 1000, project: 100, model: 100 },
      },
      accounts: [],
      mappings: { keys: [], users: [], projects: [], teams: {} },
      budgets: [],
      budgetWebhook: undefined,
      demo: true,
    })
  })

  it('the demo keeps to its own folder inside a configured one too', () => {
    expect(folder.load({ USAGE_EXPLORER_DATA_DIR: '/var/lib/ue' }).dataDir).toBe('/var/lib/ue/demo')
  })

  it.each(['off', 'false'])('DEMO=%s leaves a service that only takes what apps send', (off) => {
    expect(folder.load({ USAGE_EXPLORER_DEMO: off })).toMatchObject({ demo: false, accounts: [] })
  })

  it.each(['on', ''])('DEMO="%s" lets the demo run', (on) => {
    expect(folder.load({ USAGE_EXPLORER_DEMO: on }).demo).toBe(true)
  })

  it('another value of DEMO is refused, also where an account is configured', () => {
    const message = 'USAGE_EXPLORER_DEMO: must be on or off'
    expect(refusal(() => folder.load({ USAGE_EXPLORER_DEMO: 'no' })).message).toBe(message)
    const env = { USAGE_EXPLORER_DEMO: 'no', XAI_MANAGEMENT_KEY: 'k' }
    expect(refusal(() => folder.load(env)).message).toBe(message)
  })

  it('a file without accounts is refused, because a file shows that real data is meant', () => {
    expect(folder.problemsOf('zone: UTC')).toEqual([
      expect.stringMatching(/^config\.yaml:1:1: no account is configured/),
    ])
    expect(folder.problemsOf('')).toEqual([
      expect.stringMatching(/^config\.yaml:1:1: no account is configured/),
    ])
    expect(folder.problemsOf('accounts: []')).toEqual([expect.stringContaining('no account is configured')])
    expect(folder.problemsOf('accounts:\n#  - name: later')).toEqual([
      expect.stringContaining('no account is configured'),
    ])
  })
})

describe('settings', () => {
  it('come from the file, and a variable goes before it', () => {
    const text = `zone: Europe/Berlin\nlog_level: warn\nmetrics: { user: true, caps: { model: 7 } }\n${ACCOUNT}`
    const config = folder.loadFile(text, {
      USAGE_EXPLORER_ZONE: ' Asia/Tokyo ',
      USAGE_EXPLORER_METRICS_CAPS_USER: '9',
    })
    expect(config).toMatchObject({
      zone: 'Asia/Tokyo',
      logLevel: 'warn',
      metrics: { user: true, endpoint: false, caps: { model: 7, user: 9 } },
    })
  })

  it('are not changed by an empty variable nor by a key without a value', () => {
    const config = folder.loadFile(`zone: Europe/Berlin\nlog_level:\nmetrics:\n${ACCOUNT}`, {
      USAGE_EXPLORER_ZONE: '',
    })
    expect(config).toMatchObject({ zone: 'Europe/Berlin', logLevel: 'info' })
  })

  it('can all be given by variables', () => {
    const config = folder.load({
      XAI_MANAGEMENT_KEY: 'k',
      USAGE_EXPLORER_LISTEN: '[::1]:0',
      USAGE_EXPLORER_DATA_DIR: 'd',
      USAGE_EXPLORER_LOG_LEVEL: 'trace',
      USAGE_EXPLORER_ZONE: 'Europe/Paris',
      USAGE_EXPLORER_SCRAPE_INTERVAL: '15s',
      USAGE_EXPLORER_RETENTION: '30d',
      USAGE_EXPLORER_METRICS_USER: 'on',
      USAGE_EXPLORER_METRICS_ENDPOINT: 'on',
      USAGE_EXPLORER_METRICS_CAPS_USER: '1',
      USAGE_EXPLORER_METRICS_CAPS_ENDPOINT: '2',
      USAGE_EXPLORER_METRICS_CAPS_API_KEY: '3',
      USAGE_EXPLORER_METRICS_CAPS_PROJECT: '4',
      USAGE_EXPLORER_METRICS_CAPS_MODEL: '5',
    })
    expect(config).toMatchObject({
      listen: { host: '::1', port: 0 },
      dataDir: join(folder.path, 'd'),
      logLevel: 'trace',
      zone: 'Europe/Paris',
      scrapeIntervalMs: 15 * SECOND,
      retentionMs: 30 * DAY,
      metrics: {
        user: true,
        endpoint: true,
        caps: { user: 1, endpoint: 2, api_key: 3, project: 4, model: 5 },
      },
    })
  })

  it.each(SETTINGS.map((setting) => [setting.path, setting] as const))(
    '%s has a default that it takes itself, in the file and as a variable',
    (path, setting) => {
      expect(setting.kind.parse(setting.default)).toHaveProperty('value')
      const keys = path.split('.')
      const yaml = keys.map((key, depth) => `${'  '.repeat(depth)}${key}:`).join('\n')
      const fromFile = folder.loadFile(`${yaml} ${setting.default}\n${ACCOUNT}`)
      const untouched = folder.loadFile(ACCOUNT)
      expect(fromFile).toEqual(untouched)
      expect(folder.loadFile(ACCOUNT, { [setting.env]: setting.default })).toEqual(untouched)
    },
  )

  it('give paths from the folder of the file, and those of variables from the working directory', () => {
    folder.put('etc/key', 'k')
    folder.put('etc/config.yaml', `data_dir: ../lib\n${ACCOUNT}`)
    const inFile = folder.load({ USAGE_EXPLORER_CONFIG: 'etc/config.yaml' })
    expect(inFile.dataDir).toBe(join(folder.path, 'lib'))
    const env = { USAGE_EXPLORER_CONFIG: 'etc/config.yaml', USAGE_EXPLORER_DATA_DIR: './lib' }
    expect(folder.load(env).dataDir).toBe(join(folder.path, 'lib'))
  })

  it('cannot be changed later, at any depth', () => {
    const config = folder.loadFile(`${ACCOUNT}\nteams: { search: { owner: a } }`)
    const parts = [
      config,
      config.metrics.caps,
      config.accounts,
      config.accounts[0],
      config.mappings.teams['search'],
    ]
    expect(parts.every((part) => Object.isFrozen(part))).toBe(true)
  })
})

describe('the file', () => {
  it('is the one of --config, else of USAGE_EXPLORER_CONFIG', () => {
    folder.put('a.yaml', `log_level: debug\n${ACCOUNT}`)
    folder.put('b.yaml', `log_level: error\n${ACCOUNT}`)
    const env = { USAGE_EXPLORER_CONFIG: 'a.yaml' }
    expect(folder.load(env).logLevel).toBe('debug')
    expect(folder.load(env, { configFile: 'b.yaml' }).logLevel).toBe('error')
  })

  it('that is missing or a folder is told by where it was named, and nothing else is guessed', () => {
    expect(refusal(() => folder.load({}, { configFile: 'no.yaml' })).message).toBe(
      '--config: the configuration file no.yaml does not exist',
    )
    expect(refusal(() => folder.load({ USAGE_EXPLORER_CONFIG: '.' })).message).toBe(
      'USAGE_EXPLORER_CONFIG: the configuration file . is a folder',
    )
  })

  it('that may not be read says so', () => {
    const readFile = (): string => {
      throw Object.assign(new Error('EACCES'), { code: 'EACCES' })
    }
    expect(refusal(() => folder.load({}, { configFile: 'a.yaml', readFile })).message).toBe(
      '--config: the configuration file a.yaml may not be read by this user',
    )
  })

  it('has every problem told at once, from top to bottom, after those of variables', () => {
    const text = [
      'zone: Mars/Olympus',
      'retension: 400d',
      'metrics:',
      '  caps:',
      '    model: 0',
      '    modell: 5',
      'accounts:',
      '  - name: prod',
      '    provider: xai',
      '    key_file: missing',
      '    interval: 5 minutes',
      '  - name: prod',
      '    provider: openai',
      '    colour: red',
    ].join('\n')
    const error = refusal(() => folder.loadFile(text, { USAGE_EXPLORER_LOG_LEVEL: 'loud' }))
    expect(error.code).toBe('CONFIG_INVALID')
    expect(error.message.split('\n')).toEqual([
      'The configuration has 11 problems:',
      '  USAGE_EXPLORER_LOG_LEVEL: must be one of fatal, error, warn, info, debug, trace, silent',
      '  config.yaml:1:7: must be an IANA zone such as UTC or Europe/Berlin',
      '  config.yaml:2:1: "retension" is not known; did you mean "retention"?',
      '  config.yaml:5:12: must be a whole number from 1 to 100000',
      '  config.yaml:6:5: "modell" is not known; did you mean "model"?',
      '  config.yaml:10:15: the file with the key does not exist',
      '  config.yaml:11:15: must be a whole number with a unit, such as 30s, 5m, 1h or 90d',
      '  config.yaml:12:5: the account has no key; give key_file or key_env',
      '  config.yaml:12:11: the account name of config.yaml:8:11 again; each needs its own',
      '  config.yaml:13:15: must be xai',
      expect.stringMatching(
        /^ {2}config\.yaml:14:5: this key is not known; known here: name, provider, api, /,
      ),
    ])
  })

  it('has a mistyped key told once, with what is wrong in its value', () => {
    folder.put('key', 'k')
    const text = 'accounts: [{ nam: prod, provider: xai, key-file: no, key_file: key, intervall: often }]'
    expect(folder.problemsOf(text)).toEqual([
      'config.yaml:1:14: "nam" is not known; did you mean "name"?',
      'config.yaml:1:40: "key-file" is not known; did you mean "key_file"?',
      'config.yaml:1:69: "intervall" is not known; did you mean "interval"?',
      'config.yaml:1:80: must be a whole number with a unit, such as 30s, 5m, 1h or 90d',
    ])
  })

  it('is checked also where a variable goes before it', () => {
    expect(folder.problemsOf(`zone: nowhere\n${ACCOUNT}`, { USAGE_EXPLORER_ZONE: 'UTC' })).toEqual([
      'config.yaml:1:7: must be an IANA zone such as UTC or Europe/Berlin',
    ])
  })

  it.each([
    [`${ACCOUNT}\n${ACCOUNT}`, '2:1: the key is already there above'],
    ['zone: "UTC', '2:1: a closing quote, bracket or comma is missing'],
    ['metrics:\n\tuser: on', '2:1: tabs may not indent; use spaces'],
    ['zone: UTC\n---\nzone: UTC', '2:1: the file must hold one document'],
    ['zone: !env ZONE', '1:7: tags (!…) are not supported'],
    ['zone: a: b', '1:7: a value that holds ": " must be quoted'],
    ['zone: @home', '1:7: a value that starts with this character must be quoted'],
  ])('with broken YAML (%j) names the line', (text, problem) => {
    expect(folder.problemsOf(`${text}\n`)[0]).toContain(`config.yaml:${problem}`)
  })

  it('with broken YAML blames nothing else, such as missing accounts', () => {
    expect(folder.problemsOf('zone: "UTC')).toHaveLength(1)
  })

  it.each([
    ['- zone: UTC', '1:1: must be a map of `key: value` lines'],
    ['just words', '1:1: must be a map of `key: value` lines'],
    ['zone: [UTC]', '1:7: must be a single value'],
    ['zone: *elsewhere', '1:7: must be a single value'],
    ['metrics: on', '1:10: must be a map of `key: value` lines'],
    ['accounts: prod', '1:11: must be a list: each item starts with "- "'],
    ['accounts: { name: prod }', '1:11: must be a list: each item starts with "- "'],
    ['accounts: [prod]', '1:12: must be a map of `key: value` lines'],
  ])('with the wrong shape (%j) is told what belongs there', (text, problem) => {
    expect(folder.problemsOf(text)).toContainEqual(expect.stringContaining(`config.yaml:${problem}`))
  })

  it('takes anchors, which save repetition', () => {
    const text = [
      'accounts:',
      '  - { name: a, provider: xai, key_file: key, interval: &often 1m }',
      '  - { name: b, provider: xai, key_file: key, interval: *often }',
    ].join('\n')
    expect(folder.loadFile(text).accounts.map((account) => account.intervalMs)).toEqual([MINUTE, MINUTE])
  })

  it('may set an anchor again, which counts from there on, and may stand within itself', () => {
    const account = (name: string, interval: string): string =>
      `  - { name: ${name}, provider: xai, key_file: key, interval: ${interval} }`
    const text = ['accounts:', account('a', '&x 1m'), account('b', '&x 2m'), account('c', '*x')].join('\n')
    expect(folder.loadFile(text).accounts.map((one) => one.intervalMs)).toEqual(
      [1, 2, 2].map((n) => n * MINUTE),
    )
    expect(folder.problemsOf('accounts: &x\n  - *x')).toContainEqual(expect.stringContaining('must be a map'))
  })

  it('of the reference works as it stands there', () => {
    folder.put('secrets/xai-production', 'a')
    const config = folder.loadFile(EXAMPLE, { XAI_RESEARCH_KEY: 'b' })
    expect(config.accounts.map((account) => account.name)).toEqual(['production', 'research'])
    expect(config.mappings.teams['search']?.costCentre).toBe('4711')
    expect(config.retentionMs).toBe(800 * DAY)
  })
})

describe('TLS', () => {
  it('is off unless both files are given, which the file finds beside itself and a variable in the working folder', () => {
    expect(folder.load({}).tls).toBeUndefined()
    const { tls } = folder.loadFile(`tls:\n  cert_file: a.pem\n  key_file: b.pem\n${ACCOUNT}`)
    expect([tls?.cert, tls?.key]).toEqual([join(folder.path, 'a.pem'), join(folder.path, 'b.pem')])
  })

  it.each([
    ['USAGE_EXPLORER_TLS_CERT_FILE', 'needs tls.key_file too'],
    ['USAGE_EXPLORER_TLS_KEY_FILE', 'needs tls.cert_file too'],
  ])('%s alone is a problem', (name, message) => {
    expect(refusal(() => folder.load({ [name]: 'x.pem' })).message).toContain(`${name}: ${message}`)
  })
})

describe('the webhook for crossings', () => {
  const name = 'USAGE_EXPLORER_BUDGET_WEBHOOK'

  it.each(['https://chat.example/hook?sig=s3cret', 'http://127.0.0.1:8080/hook'])(
    '%s is taken, and never shown',
    (url) => {
      const config = folder.load({ [name]: url })
      expect(config.budgetWebhook?.reveal()).toBe(url)
      expect(JSON.stringify(config.budgetWebhook)).toBe('"[secret]"')
    },
  )

  it.each(['http://chat.example/s3cret', 'chat.example/s3cret', 'file:///s3cret'])(
    '%s is a problem',
    (url) => {
      const { message } = refusal(() => folder.load({ [name]: url }))
      expect(message).toBe(`${name}: must be an https address, or an http one on loopback`)
    },
  )
})

describe('the listen address', () => {
  it.each(['127.0.0.1:80', '[::1]:9477', '0.0.0.0:9477', ':9477', 'exporter.internal:9477'])(
    '%s is taken',
    (listen) => {
      expect(() => folder.load({ USAGE_EXPLORER_LISTEN: listen })).not.toThrow()
    },
  )
})

describe('variables', () => {
  it.each([
    ['USAGE_EXPLORER_LISTN', 'is not known; did you mean USAGE_EXPLORER_LISTEN?'],
    ['USAGE_EXPLORER_COLOUR', 'is not known; `usage-explorer --help` lists all'],
    ['XAI_MANAGMENT_KEY', 'is not known; did you mean XAI_MANAGEMENT_KEY?'],
  ])('such as %s are refused: it %s', (name, problem) => {
    expect(refusal(() => folder.load({ [name]: 'x' })).message).toBe(`${name}: ${problem}`)
  })

  it.each([
    'XAI_API_KEY',
    'PATH',
    'USAGE_EXPLORER_SERVICE_HOST',
    'USAGE_EXPLORER_SERVICE_PORT_HTTP',
    'USAGE_EXPLORER_PORT',
    'USAGE_EXPLORER_PORT_9477_TCP_ADDR',
  ])('such as %s are none of ours', (name) => {
    expect(() => folder.load({ [name]: 'x' })).not.toThrow()
  })

  it('that are unknown but empty are let be', () => {
    expect(() => folder.load({ USAGE_EXPLORER_COLOUR: '' })).not.toThrow()
  })
})

describe('durations of accounts', () => {
  it('have the documented defaults', () => {
    expect(folder.loadFile(ACCOUNT).accounts[0]).toMatchObject({
      intervalMs: 5 * MINUTE,
      lookbackMs: 90 * DAY,
      lookbackEveryMs: HOUR,
      timeoutMs: 30 * SECOND,
    })
  })

  it('look back no further than retention keeps', () => {
    expect(folder.loadFile(`retention: 30d\n${ACCOUNT}`).accounts[0]?.lookbackMs).toBe(30 * DAY)
    expect(folder.loadFile(`retention: 91d\n${ACCOUNT}`).accounts[0]?.lookbackMs).toBe(90 * DAY)
  })
})
