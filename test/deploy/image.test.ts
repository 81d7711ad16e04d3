import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Running } from '../support/service-process.ts'
import { pairsOf, parseDockerfile } from './dockerfile.ts'
import { assembleImage, makeReadOnly } from './image.ts'
import { packageManifest, read } from './repository.ts'

const instructions = parseDockerfile(read('Dockerfile')).at(-1)?.instructions ?? []
const [uid = 0, gid = 0] = (instructions.find(({ name }) => name === 'USER')?.text ?? '')
  .split(':')
  .map(Number)
const isRoot = process.getuid?.() === 0
const becomeUser = `process.setgroups([]); process.setgid(${gid}); process.setuid(${uid})`

let folder = ''
let root = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'usage-explorer-image-'))
  chmodSync(folder, 0o755)
  root = assembleImage(folder)
  makeReadOnly(join(root, 'app'))
}, 180_000)

afterAll(() => {
  spawnSync('chmod', ['-R', 'u+w', folder])
  rmSync(folder, { recursive: true })
})

it('has the packages of production and none of development', () => {
  const packages = readdirSync(join(root, 'app/node_modules'))
  expect(packages).toEqual(expect.arrayContaining(['@duckdb', '@usage-explorer', 'fastify', 'yaml']))
  expect(
    packages.filter((name) => ['typescript', 'vitest', 'eslint', 'nock', 'prettier'].includes(name)),
  ).toEqual([])
})

it('has no test and no source', () => {
  const files = readdirSync(join(root, 'app'), { recursive: true, encoding: 'utf8' })
  const own = files.filter((file) => !file.split('/').includes('node_modules'))
  expect(own).toContain('exporter/dist/main.js')
  expect(own.filter((file) => /\.test\.|\/src(\/|$)|fixtures/.test(file))).toEqual([])
})

it('has the command on the PATH for `exec` into it', () => {
  const [env] = instructions.filter(({ name }) => name === 'ENV')
  const path = (env && pairsOf(env).get('PATH'))?.split(':').at(-1) ?? ''
  const { stdout } = spawnSync(join(root, path, 'usage-explorer'), ['--version'], { encoding: 'utf8' })
  expect(stdout).toBe(`usage-explorer ${packageManifest().version}\n`)
})

describe('started by the entry point, as its user where the test may change it', () => {
  let running: Running
  let port = ''

  const asTheUser = isRoot ? ['--import', `data:text/javascript,${encodeURIComponent(becomeUser)}`] : []

  const healthCheck = (): number | null => {
    const { words } = instructions.find(({ name }) => name === 'HEALTHCHECK') ?? { words: [] }
    const [, ...args] = words.map((word) => word.replace('9477', port))
    return spawnSync(process.execPath, args).status
  }

  beforeAll(async () => {
    const data = join(root, 'data')
    mkdirSync(data, { mode: 0o700 })
    if (isRoot) chownSync(data, uid, gid)
    const [, entry = ''] = instructions.find(({ name }) => name === 'ENTRYPOINT')?.words ?? []
    const env = {
      NODE_ENV: 'production',
      USAGE_EXPLORER_DATA_DIR: data,
      USAGE_EXPLORER_LISTEN: '127.0.0.1:0',
    }
    running = new Running([...asTheUser, join(root, entry)], env, join(root, 'app'))
    port = new URL(await running.url()).port
  })

  afterAll(() => running.stop('SIGKILL'))

  it('shows the demo from an app folder that it cannot write to', async () => {
    await running.eventually('it is ready', async () => (await running.get('/readyz')).ok)
    expect(await running.text('/metrics')).toContain('account="demo"')
    const files = readdirSync(join(root, 'app'), { recursive: true, encoding: 'utf8' })
    const writable = files.filter((file) => {
      const stats = lstatSync(join(root, 'app', file))
      return !stats.isSymbolicLink() && (stats.mode & 0o222) !== 0
    })
    expect(writable).toEqual([])
    expect(readdirSync(join(root, 'data'))).toEqual(['demo'])
    const { uid: owner } = lstatSync(join(root, 'data/demo/ledger.duckdb'))
    expect(owner).toBe(isRoot ? uid : process.getuid?.())
  })

  it('is healthy by the health check of the image until it stops, which SIGTERM makes it do', async () => {
    expect(healthCheck()).toBe(0)
    expect(await running.stop()).toEqual({ code: 0, signal: null })
    expect(healthCheck()).toBe(1)
  })
})
