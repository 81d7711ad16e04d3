import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EXIT } from '../../exporter/src/cli/exit-codes.ts'
import { loadConfig } from '../../exporter/src/config/load.ts'
import { CONFIG_FILE, DEMO, SETTINGS } from '../../exporter/src/config/settings.ts'
import { ACCOUNT_VARIABLES } from '../../exporter/src/config/variables.ts'
import { describeWithBinary } from '../support/binaries.ts'
import { isFile, read, ROOT } from './repository.ts'

const UNIT = 'deploy/systemd/usage-explorer.service'
const INSTALLED = '/opt/usage-explorer'
const text = read(UNIT)
const values = (key: string): readonly string[] =>
  [...text.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value = '']) => value)

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'usage-explorer-unit-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

it('starts a file of this repository', () => {
  const [node, script = ''] = (values('ExecStart')[0] ?? '').split(' ')
  expect(node).toBe('/usr/bin/node')
  expect(script.startsWith(`${INSTALLED}/`)).toBe(true)
  expect(isFile(script.slice(INSTALLED.length + 1))).toBe(true)
})

describe('its variables', () => {
  const env = Object.fromEntries(
    values('Environment').map((pair) => {
      const [, name = '', value = ''] = /^(\w+)=(.*)$/.exec(pair) ?? []
      return [name, value] as const
    }),
  )

  it('exist', () => {
    const known = [
      'NODE_ENV',
      ...[CONFIG_FILE, DEMO, ...SETTINGS, ...ACCOUNT_VARIABLES].map((row) => row.env),
    ]
    expect(Object.keys(env).filter((name) => !known.includes(name))).toEqual([])
  })

  it('make an account of the credential that systemd loads, and a ledger in the state folder', () => {
    const [credential = ''] = values('LoadCredential').map((pair) => pair.split(':')[0] ?? '')
    const resolved = resolveSpecifiers(env)
    mkdirSync(join(folder, 'credentials'))
    writeFileSync(join(folder, 'credentials', credential), 'xai-token-of-a-test\n')
    const config = loadConfig({ env: resolved, cwd: folder })
    expect(config.accounts.map(({ name }) => name)).toEqual(['xai'])
    expect(config.dataDir).toBe(join(folder, 'lib', values('StateDirectory')[0] ?? ''))
  })

  it('leave room for a file that takes the same credential', () => {
    writeFileSync(
      join(folder, 'config.yaml'),
      'accounts: [{ name: production, provider: xai, key_env: XAI_MANAGEMENT_KEY }]',
    )
    const config = loadConfig({ env: resolveSpecifiers(env), cwd: folder, configFile: 'config.yaml' })
    expect(config.accounts.map(({ name }) => name)).toEqual(['production'])
  })
})

it('is not started again while the configuration has to be corrected first', () => {
  expect(values('Restart')).toEqual(['on-failure'])
  expect(values('RestartPreventExitStatus')).toEqual([String(EXIT.usage)])
})

it('lets the compiler of JavaScript write the code that it runs', () => {
  expect(values('MemoryDenyWriteExecute')).toEqual([])
})

describeWithBinary('systemd-analyze', 'systemd', (analyze) => {
  /** The unit with this checkout and this Node.js where an installation has its own. */
  const unitHere = (): string => {
    const path = join(folder, 'usage-explorer.service')
    writeFileSync(path, text.replaceAll('/usr/bin/node', process.execPath).replaceAll(INSTALLED, ROOT))
    return path
  }
  const run = (...args: readonly string[]): { status: number | null; said: string } => {
    const { status, stdout, stderr } = spawnSync(analyze, [...args], { encoding: 'utf8' })
    return { status, said: stdout + stderr }
  }

  it('finds nothing to complain about in the unit', () => {
    expect(run('verify', unitHere())).toEqual({ status: 0, said: '' })
  })

  it('rates its exposure at no more than 1.5 of 10', () => {
    const rating = run('security', '--offline=true', '--no-pager', '--threshold=15', unitHere())
    expect(rating.said).toContain('Overall exposure level')
    expect(rating.status).toBe(0)
  })
})

function resolveSpecifiers(env: Readonly<Record<string, string>>): Record<string, string> {
  const places = { '%S': join(folder, 'lib'), '%d': join(folder, 'credentials') }
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) => [
      name,
      value.replace(/%[Sd]/, (found) => places[found as '%S' | '%d']),
    ]),
  )
}
