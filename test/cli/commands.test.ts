/** The command as its user runs it: child processes beside a running service with a simulated account. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startSimulator, type Simulator } from '../../exporter/src/demo/simulator.ts'
import { findBinary } from '../support/binaries.ts'
import { samplesOf, useProcesses, type Running } from '../support/service-process.ts'

const COMMAND = fileURLToPath(new URL('../../exporter/bin/usage-explorer.js', import.meta.url))
const CONFIG = `
listen: 127.0.0.1:0
data_dir: data
accounts:
  - name: main
    provider: xai
    key_env: THE_KEY
    url: UPSTREAM
  - name: refused
    provider: xai
    key_env: WRONG_KEY
    url: UPSTREAM
`

const processes = useProcesses()
let simulator: Simulator
let service: Running
let folder = ''

beforeAll(async () => {
  simulator = await startSimulator({ now: Date.now })
  folder = processes.folder()
  writeFileSync(join(folder, 'config.yaml'), CONFIG.replaceAll('UPSTREAM', simulator.url))
  service = processes.start(folder, environment(), ['--config', 'config.yaml'])
  await service.eventually('the history is read', async () => {
    const ratios = samplesOf(await service.text('/metrics'), 'usage_explorer_backfill_ratio')
    return [...ratios].some(([labels, ratio]) => labels.includes('main') && ratio === 1)
  })
})
afterAll(() => simulator.close())

function environment(): Record<string, string> {
  return {
    THE_KEY: simulator.managementKey,
    WRONG_KEY: 'wrong-key-hidden',
    USAGE_EXPLORER_LISTEN: '',
    USAGE_EXPLORER_DATA_DIR: '',
  }
}

interface Ended {
  readonly out: string
  readonly said: string
  readonly code: number
}

async function command(
  args: readonly string[],
  env: Record<string, string> = {},
  cwd = folder,
): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { cwd, env: { PATH: process.env['PATH'], HOME: cwd, ...environment(), ...env } }
    execFile(process.execPath, [COMMAND, '--config', 'config.yaml', ...args], options, (error, out, said) => {
      resolve({ out, said, code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1 })
    })
  })
}

/** All that a terminal shows while a person types; `script` is a terminal for programs, of util-linux. */
async function typed(text: string, args: readonly string[]): Promise<string> {
  const line = [process.execPath, COMMAND, '--config', 'config.yaml', ...args].join(' ')
  const env = { PATH: process.env['PATH'], HOME: folder, ...environment() }
  const options = ['--quiet', '--return', '--command', line, '/dev/null']
  const child = spawn('script', options, { cwd: folder, env })
  let shown = ''
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    shown += piece
    // Whoever types before they are asked is not heard.
    if (piece.includes('Type its name')) child.stdin.write(text)
  })
  await once(child, 'close')
  return shown
}

describe('query', () => {
  it('gives the very answer of the service as JSON, and the same figures as CSV and table', async () => {
    const args = ['query', '--by', 'model', '--from', 'now-7d', '--to', 'now-1d', '--where', 'account=main']
    const json = await command([...args, '--format', 'json'])
    expect([json.code, json.said]).toEqual([0, ''])
    const { totals, series } = JSON.parse(json.out) as {
      totals: { amount: string }[]
      series: { dimensions: { model: string }; points: { amount: string | null }[] }[]
    }
    const csv = await command([...args, '--format', 'csv'])
    const rows = csv.out.trim().split('\r\n').slice(1)
    expect(rows).toHaveLength(series.reduce((sum, { points }) => sum + points.length, 0))
    const table = await command(args)
    const [whole = '', fraction = ''] = (totals[0]?.amount ?? '').split('.')
    expect(table.out.replaceAll(',', '')).toContain(`${whole}.${fraction}`)
    for (const { dimensions } of series) expect(table.out).toContain(dimensions.model)
  })

  it('asks a service elsewhere with a token, which is refused where it is wrong', async () => {
    const { out: token } = await command(['token', 'create', '--scope', 'read'])
    const args = ['query', '--url', await service.url(), '--format', 'json']
    expect((await command(args, { USAGE_EXPLORER_TOKEN: token.trim() })).code).toBe(0)
    writeFileSync(join(folder, 'token'), token)
    expect((await command(args, { USAGE_EXPLORER_TOKEN_FILE: 'token' })).code).toBe(0)
    const wrong = await command(args, { USAGE_EXPLORER_TOKEN: 'ue_not-a-token' })
    expect(wrong.code).toBe(1)
    expect(wrong.said).toMatch(/^usage-explorer: TOKEN_REFUSED/)
    expect(wrong.said).not.toContain('not-a-token')
  })

  it("passes on the service's own words on a mistake, with exit code 2", async () => {
    const { said, code } = await command(['query', '--top', 'many'])
    expect([code, said]).toEqual([2, expect.stringContaining('QUERY_INVALID: top: must be a whole number')])
  })

  it('says how to start a service where none runs', async () => {
    const elsewhere = processes.folder()
    writeFileSync(join(elsewhere, 'config.yaml'), CONFIG.replaceAll('UPSTREAM', simulator.url))
    const { said, code } = await command(['query'], {}, elsewhere)
    expect([code, said]).toEqual([1, expect.stringContaining('SERVICE_UNREACHABLE')])
    expect(said).toContain('usage-explorer serve')
  })
})

describe('accounts', () => {
  it('tries every credential, tells what each may read and what xAI never tells, and fails where one is refused', async () => {
    const { out, code } = await command(['accounts', '--format', 'json'])
    expect(code).toBe(1)
    const tests = JSON.parse(out) as {
      account: string
      reads: { source: string; code: string | null }[]
      never_reports: Record<string, string>
    }[]
    const [main, refused] = tests
    expect(main?.reads.map(({ source }) => source)).toEqual(
      expect.arrayContaining(['identity', 'xai.billing.usage', 'xai.api_keys', 'xai.balance']),
    )
    expect(main?.reads.every(({ code: problem }) => problem === null)).toBe(true)
    expect(Object.keys(main?.never_reports ?? {})).toContain('requests')
    expect(refused?.reads).toMatchObject([{ source: 'identity', code: 'UPSTREAM_UNAUTHORIZED' }])
    expect(out).not.toContain('hidden')
  })

  it('that are configured are neither removed nor purged, and unknown ones are named as such', async () => {
    for (const action of ['remove', 'purge']) {
      const yes = action === 'purge' ? ['--yes'] : []
      expect((await command(['accounts', action, 'main', ...yes])).said).toContain('ACCOUNT_CONFIGURED')
      expect((await command(['accounts', action, 'nobody', ...yes])).said).toContain('ACCOUNT_UNKNOWN')
    }
  })

  it('are purged only after a person has confirmed it', async () => {
    const { said, code } = await command(['accounts', 'purge', 'main'])
    expect([code, said]).toEqual([1, expect.stringContaining('NOT_CONFIRMED')])
  })

  it.skipIf(process.platform !== 'linux')(
    'show a person what would go and have them type the name (on Linux, whose `script` is a terminal)',
    async () => {
      expect(await typed('no\n', ['accounts', 'purge', 'main'])).toMatch(
        /xai\.billing\.usage: 20\S+Z to 20\S+Z[^]*Type its name[^]*NOT_CONFIRMED/,
      )
      // Confirmed, it gets as far as the service.
      expect(await typed('main\n', ['accounts', 'purge', 'main'])).toContain('ACCOUNT_CONFIGURED')
    },
  )
})

describe('backfill', () => {
  it('reads a stretch again, tells each window, and finds nothing to change', async () => {
    const { out, said, code } = await command(['backfill', 'main', '--from', 'now-3d', '--format', 'json'])
    expect([code, said]).toEqual([0, expect.stringMatching(/xai\.billing\.usage: (\d+) of \1 windows/)])
    expect(JSON.parse(out)).toMatchObject({ sources: [{ source: 'xai.billing.usage', failed: [] }] })
  })

  it('of an account that cannot be read says why', async () => {
    expect((await command(['backfill', 'refused'])).said).toContain('UPSTREAM_UNAUTHORIZED')
    expect((await command(['backfill', 'nobody'])).said).toContain('ACCOUNT_UNKNOWN')
    expect((await command(['backfill', 'main', '--from', '2001-01-01'])).said).toContain('QUERY_INVALID')
  })
})

describe('backup and restore', () => {
  it('a backup of the running service is restored into another data folder and answers the same', async () => {
    const args = [
      'query',
      '--by',
      'api_key',
      '--from',
      'now-10d',
      '--to',
      'now-2d',
      '--where',
      'account=main',
      '--format',
      'csv',
    ]
    const before = (await command(args)).out
    const made = await command(['backup', 'copy.duckdb'])
    expect(made.code).toBe(0)
    expect((await command(['restore', 'copy.duckdb'])).said).toContain('LEDGER_LOCKED')

    const other = processes.folder()
    // Nothing upstream, so that what is answered can only come from the backup.
    writeFileSync(join(other, 'config.yaml'), CONFIG.replaceAll('UPSTREAM', 'http://127.0.0.1:1'))
    const restored = await command(['restore', join(folder, 'copy.duckdb')], {}, other)
    expect(restored.code).toBe(0)
    const again = processes.start(other, environment(), ['--config', 'config.yaml'])
    await again.logged('Look at ')
    expect((await command(args, {}, other)).out).toBe(before)
    await again.stop()
  })
})

describe('an account that is no longer configured', () => {
  it('is removed from what is published and keeps its history, and purged it is gone', async () => {
    const other = processes.folder()
    writeFileSync(
      join(other, 'config.yaml'),
      CONFIG.replaceAll('UPSTREAM', 'http://127.0.0.1:1').replace('name: main', 'name: fresh'),
    )
    const copy = join(folder, 'for-removal.duckdb')
    expect((await command(['backup', copy])).code).toBe(0)
    await command(['restore', copy], {}, other)
    const changed = processes.start(other, environment(), ['--config', 'config.yaml'])
    const costs = async (): Promise<number> =>
      [...(await changed.samples('llm_usage_window_cost')).keys()].filter((labels) =>
        labels.includes('"main"'),
      ).length
    await changed.logged('Look at ')
    expect(await costs()).toBeGreaterThan(0)
    const query = ['query', '--from', 'now-10d', '--where', 'account=main', '--format', 'csv']
    const history = (await command(query, {}, other)).out
    expect((await command(['accounts', 'remove', 'main'], {}, other)).code).toBe(0)
    expect(await costs()).toBe(0)
    expect((await changed.text('/metrics')).includes('account="main"')).toBe(false)
    expect((await command(query, {}, other)).out).toBe(history)
    expect((await command(['accounts', 'purge', 'main', '--yes'], {}, other)).code).toBe(0)
    expect((await command(query, {}, other)).said).toContain('no account is like that')
    await changed.stop()
  })
})

describe('around the service', () => {
  it('doctor looks at all of it and fails only where something must be done', async () => {
    const { out, code } = await command(['doctor', '--format', 'json'])
    const findings = JSON.parse(out) as { check: string; state: string; found: string }[]
    const states = Object.fromEntries(findings.map(({ check, state }) => [check, state]))
    expect(states).toMatchObject({
      versions: 'ok',
      configuration: 'ok',
      'data folder': 'ok',
      service: 'ok',
      'clock against main': 'ok',
    })
    expect(code).toBe(0)
    const bad = await command(['doctor'], { NODE_EXTRA_CA_CERTS: '/nowhere/ca.pem' })
    expect([bad.code, bad.out]).toEqual([
      1,
      expect.stringMatching(/fail +private CA +NODE_EXTRA_CA_CERTS cannot be read/),
    ])
  })

  it('check-config shows what is in force and what set it without a key, or every mistake with exit code 2', async () => {
    const good = await command(['check-config'])
    expect([good.code, good.out]).toEqual([0, expect.stringMatching(/accounts\.0\.name +main/)])
    expect(good.out).toMatch(/setBy\.listen +config\.yaml:2:9\n/)
    const other = await command(['check-config', '--format', 'json'], {
      USAGE_EXPLORER_ZONE: 'Europe/Berlin',
    })
    expect(JSON.parse(other.out)).toMatchObject({
      zone: 'Europe/Berlin',
      setBy: { listen: 'config.yaml:2:9', zone: 'USAGE_EXPLORER_ZONE' },
    })
    expect(good.out).not.toContain(simulator.managementKey)
    const bad = await command(['check-config'], {
      USAGE_EXPLORER_ZONE: 'Mars/North',
      USAGE_EXPLORER_RETENTION: 'long',
    })
    expect(bad.code).toBe(2)
    expect(bad.said).toMatch(
      /USAGE_EXPLORER_ZONE[^]*USAGE_EXPLORER_RETENTION|USAGE_EXPLORER_RETENTION[^]*USAGE_EXPLORER_ZONE/,
    )
  })

  it('tokens are listed without their texts and revoked by id', async () => {
    const { out: text, said } = await command([
      'token',
      'create',
      '--scope',
      'metrics',
      '--team',
      'a',
      'b',
      '--name',
      'x',
    ])
    expect(text).toMatch(/^ue_\S+\n$/)
    const id = text.split('_')[1] ?? ''
    expect(said).toContain(`token revoke ${id}`)
    const list = await command(['token', 'list'])
    expect(list.out).toMatch(new RegExp(`${id} +metrics +a, b +x +2`))
    expect(list.out).not.toContain(text.trim().slice(-43))
    expect((await command(['token', 'revoke', id])).code).toBe(0)
    expect((await command(['token', 'revoke', id])).said).toContain('TOKEN_UNKNOWN')
  })

  const bash = findBinary('bash', 'bash')
  it.skipIf(bash === undefined)(
    'completion makes bash complete commands, subcommands and options',
    async () => {
      const { out } = await command(['completion', 'bash'])
      const complete = async (...words: string[]): Promise<string[]> => {
        const script = `${out}\nCOMP_WORDS=(usage-explorer ${words.map((word) => `'${word}'`).join(' ')})
        COMP_CWORD=${words.length}; _usage_explorer; printf '%s\\n' "\${COMPREPLY[@]}"`
        return new Promise((resolve) => {
          execFile('bash', ['-c', script], (_, stdout) => resolve(stdout.trim().split('\n')))
        })
      }
      expect(await complete('q')).toEqual(['query'])
      expect(await complete('token', '')).toEqual(expect.arrayContaining(['create', 'list', 'revoke']))
      expect(await complete('token', 'create', '--s')).toEqual(['--scope'])
      expect(await complete('--config', 'x.yaml', 'query', '--gran')).toEqual(['--granularity'])
      expect((await command(['completion', 'fish'])).out).toContain("-a 'create list revoke'")
    },
  )
})

it('leaves no socket and no unfinished file behind', async () => {
  await service.stop()
  expect(existsSync(join(folder, 'data', 'service.sock'))).toBe(false)
  expect(service.output).not.toContain('hidden')
})
