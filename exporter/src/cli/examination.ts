/** What `doctor` looks at. Each look stands alone: one that fails hides no other. */
import { access, constants, readFile, stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { version as duckdbVersion } from '@duckdb/node-api'
import { listTokens } from '../access/tokens.ts'
import { DAY, MINUTE, SECOND } from '../clock.ts'
import type { Config } from '../config/config.ts'
import { isLoopbackHost } from '../config/network.ts'
import { toCodedError, UsageExplorerError } from '../errors.ts'
import { createClient } from './service-client.ts'
import type { Terminal } from './terminal.ts'
import { VERSION } from './version.ts'

/** JSON. */
export interface Finding {
  readonly check: string
  readonly state: 'ok' | 'warn' | 'fail'
  readonly found: string
  /** What to do; missing where all is well. */
  readonly todo?: string
}

type Look = Omit<Finding, 'check'>

const PROXY_VARIABLES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'NO_PROXY', 'no_proxy']
/** Less is refused by the ledger at 16 MiB; this leaves time to act. */
const LITTLE_SPACE = 512 * 1024 * 1024

/** @param load throws CONFIG_INVALID; then what needs the configuration is left out */
export async function examine(load: () => Config, terminal: Terminal): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  const look = async (check: string, see: () => Look | Promise<Look>): Promise<void> => {
    try {
      findings.push({ check, ...(await see()) })
    } catch (thrown) {
      const { code, message, remedy } = toCodedError(thrown)
      findings.push({ check, state: 'fail', found: `${code}: ${message}`, todo: remedy })
    }
  }
  let config: Config | undefined
  await look('versions', () => ({
    state: 'ok',
    found: `usage-explorer ${VERSION}, Node ${process.versions.node}, DuckDB ${duckdbVersion()}`,
  }))
  await look('configuration', () => {
    config = load()
    const { accounts, demo } = config
    return demo
      ? {
          state: 'warn',
          found: 'no account: simulated data',
          todo: 'Set XAI_MANAGEMENT_KEY, or list accounts in a file.',
        }
      : { state: 'ok', found: count(accounts.length, 'account') }
  })
  await look('proxy', () => proxy(terminal))
  await look('private CA', () => privateCa(terminal))
  if (config === undefined) return findings
  const known = config
  await look('listen address', () => listening(known))
  await look('data folder', () => dataFolder(known.dataDir))
  await look('disk', () => disk(known.dataDir))
  await look('ledger', () => ledger(known.dataDir))
  await look('service', () => service(known.dataDir, terminal))
  for (const account of known.accounts) {
    await look(`clock against ${account.name}`, () => clockAgainst(account.url, terminal.now))
  }
  return findings
}

function proxy({ env }: Terminal): Look {
  const inForce = PROXY_VARIABLES.filter((name) => (env[name] ?? '') !== '')
  // The values may hold a password.
  return { state: 'ok', found: inForce.length === 0 ? 'none' : `${inForce.join(', ')} set` }
}

async function privateCa({ env }: Terminal): Promise<Look> {
  const path = env['NODE_EXTRA_CA_CERTS'] ?? ''
  if (path === '') return { state: 'ok', found: 'none' }
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text?.includes('BEGIN CERTIFICATE') === true)
    return { state: 'ok', found: 'NODE_EXTRA_CA_CERTS is read' }
  return {
    state: 'fail',
    found:
      text === undefined ? 'NODE_EXTRA_CA_CERTS cannot be read' : 'NODE_EXTRA_CA_CERTS holds no certificate',
    todo: 'Name a PEM file that this user may read; Node goes on without it in silence.',
  }
}

function listening({ listen, tls, dataDir }: Config): Look {
  if (isLoopbackHost(listen.host)) return { state: 'ok', found: 'loopback: reading needs no token' }
  const tokens = listTokens(dataDir).length
  if (tokens === 0) {
    return {
      state: 'warn',
      found: 'beyond loopback, and no token',
      todo: 'Run `usage-explorer token create`.',
    }
  }
  const found = `beyond loopback, ${count(tokens, 'token')}, ${tls === undefined ? 'no TLS' : 'TLS'}`
  if (tls !== undefined) return { state: 'ok', found }
  return { state: 'warn', found, todo: 'Set tls.cert_file and tls.key_file, or put TLS in front.' }
}

async function dataFolder(dataDir: string): Promise<Look> {
  const mode = await stat(dataDir).then(
    ({ mode: bits }) => bits & 0o777,
    () => undefined,
  )
  if (mode === undefined) {
    await access(await nearestFolder(dataDir), constants.W_OK)
    return { state: 'ok', found: 'not there yet; the service makes it' }
  }
  await access(dataDir, constants.R_OK | constants.W_OK)
  const tokens = await stat(join(dataDir, 'tokens')).then(
    ({ mode: bits }) => bits & 0o077,
    () => 0,
  )
  if (tokens !== 0) {
    return {
      state: 'warn',
      found: 'others may look into its folder of tokens',
      todo: 'chmod 700 the folder `tokens`.',
    }
  }
  return { state: 'ok', found: `can be written (${mode.toString(8)})` }
}

async function disk(dataDir: string): Promise<Look> {
  const { bavail, bsize } = await statfs(await nearestFolder(dataDir))
  const free = bavail * bsize
  const found = `${(free / 1e9).toFixed(1)} GB free`
  return free >= LITTLE_SPACE
    ? { state: 'ok', found }
    : { state: 'warn', found, todo: 'Free space before it is full.' }
}

async function ledger(dataDir: string): Promise<Look> {
  const sizeOf = async (name: string): Promise<number | undefined> =>
    stat(join(dataDir, name)).then(
      ({ size }) => size,
      () => undefined,
    )
  const size = await sizeOf('ledger.duckdb')
  if (size === undefined) return { state: 'ok', found: 'not there yet' }
  // Until a checkpoint, what was written is only in the log beside it.
  const log = (await sizeOf('ledger.duckdb.wal')) ?? 0
  return { state: 'ok', found: `${((size + log) / 1e6).toFixed(1)} MB` }
}

async function service(dataDir: string, terminal: Terminal): Promise<Look> {
  const client = createClient(terminal, dataDir, undefined)
  try {
    const { accounts } = (await client.get('/api/v1/sources')) as { accounts: readonly unknown[] }
    return { state: 'ok', found: `runs, with ${count(accounts.length, 'account')}` }
  } catch (thrown) {
    const { code, remedy } = toCodedError(thrown)
    if (code !== 'SERVICE_UNREACHABLE') throw thrown
    return { state: 'warn', found: 'does not run on this data folder', todo: remedy }
  } finally {
    await client.close()
  }
}

/** Asks without a credential; whatever is answered has a Date header (RFC 9110 §6.6.1). */
async function clockAgainst(url: string, now: () => number): Promise<Look> {
  const before = now()
  const response = await fetch(url, {
    method: 'HEAD',
    redirect: 'manual',
    signal: AbortSignal.timeout(10 * SECOND),
  }).catch((cause: unknown) => {
    throw new UsageExplorerError('UPSTREAM_UNREACHABLE', `nothing answers at ${url}`, { cause })
  })
  const there = Date.parse(response.headers.get('date') ?? '')
  if (Number.isNaN(there)) return { state: 'ok', found: 'reached; it tells no time' }
  const apart = Math.max(0, Math.abs(there - (before + now()) / 2) - SECOND)
  const found = `${Math.round(apart / SECOND)} s apart`
  if (apart < MINUTE) return { state: 'ok', found }
  return { state: apart < DAY ? 'warn' : 'fail', found, todo: 'Set the clock right (NTP).' }
}

async function nearestFolder(path: string): Promise<string> {
  return stat(path).then(
    () => path,
    () => (dirname(path) === path ? path : nearestFolder(dirname(path))),
  )
}

function count(many: number, noun: string): string {
  return `${many} ${noun}${many === 1 ? '' : 's'}`
}
