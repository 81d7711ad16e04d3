import { spawnSync } from 'node:child_process'
import { join, relative } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadConfig } from '../../exporter/src/config/load.ts'
import { DATA_DIR, LISTEN } from '../../exporter/src/config/settings.ts'
import { isIgnored, pairsOf, parseDockerfile, type Instruction, type Stage } from './dockerfile.ts'
import { ROOT, exists, isFile, packageManifest, read } from './repository.ts'

const ignore = read('.dockerignore')
const stages = parseDockerfile(read('Dockerfile'))
const last = stages.at(-1)?.instructions ?? []
const stageCalled = (name: string): Stage => {
  const stage = stages.find((candidate) => candidate.name === name)
  if (stage === undefined) throw new Error(`there is no stage ${name}`)
  return stage
}
const all = (name: string, instructions: readonly Instruction[] = last): readonly Instruction[] =>
  instructions.filter((instruction) => instruction.name === name)
const pairs = (name: string): ReadonlyMap<string, string> =>
  new Map(all(name).flatMap((instruction) => [...pairsOf(instruction)]))
const copied = stages.flatMap(({ instructions }) =>
  all('COPY', instructions)
    .filter(({ flags }) => !flags.has('from'))
    .flatMap(({ words }) => words.slice(0, -1)),
)

describe('the build', () => {
  it('stands on one Debian image of Node 24 in every stage', () => {
    expect(new Set(stages.map(({ image }) => image))).toEqual(new Set(['node:24-bookworm-slim']))
    expect(pairs('LABEL').get('org.opencontainers.image.base.name')).toBe(
      `docker.io/library/${stages[0]?.image ?? ''}`,
    )
  })

  it('copies only what the repository has and the context holds', () => {
    expect(copied.length).toBeGreaterThan(0)
    expect(copied.filter((path) => !exists(path))).toEqual([])
    expect(copied.filter((path) => isFile(path) && isIgnored(ignore, path))).toEqual([])
  })

  it('takes nothing from the network but what the lockfile pins', () => {
    const instructions = stages.flatMap((stage) => stage.instructions)
    expect(all('ADD', instructions)).toEqual([])
    const commands = all('RUN', instructions).map(({ text }) => text)
    expect(
      commands.filter((text) => /\b(curl|wget|apt|apt-get|git|npx|npm (i|install|exec))\b/.test(text)),
    ).toEqual([])
    const installs = commands.filter((text) => text.includes('npm ci'))
    expect(installs).toHaveLength(2)
    expect(installs.every((text) => text.includes('--ignore-scripts'))).toBe(true)
    const lock = JSON.parse(read('package-lock.json')) as {
      packages: Record<string, { hasInstallScript?: boolean; dev?: boolean; optional?: boolean }>
    }
    const scripted = Object.entries(lock.packages).filter(([, entry]) => entry.hasInstallScript === true)
    expect(scripted.filter(([, { dev, optional }]) => dev !== true && optional !== true)).toEqual([])
  })

  // Where some are missing, npm 11 refuses the lockfile and other processors get no DuckDB.
  it('has a lockfile with the packages of every platform', () => {
    const { packages } = JSON.parse(read('package-lock.json')) as {
      packages: Record<string, { optionalDependencies?: Record<string, string> }>
    }
    const wanted = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).map((name) => [
        `node_modules/${name}`,
        `${path}/node_modules/${name}`,
      ]),
    )
    expect(wanted.filter((places) => !places.some((place) => Object.hasOwn(packages, place)))).toEqual([])
  })

  it.each(['build', 'dependencies'])(
    'shows npm each workspace before it installs in the stage %s',
    (name) => {
      const { instructions } = stageCalled(name)
      const install = instructions.findIndex(({ text }) => text.includes('npm ci'))
      const before = all('COPY', instructions.slice(0, install)).flatMap(({ words }) => words.slice(0, -1))
      const manifests = (packageManifest().workspaces ?? []).map((folder) => `${folder}/package.json`)
      expect(before).toEqual(expect.arrayContaining(['package.json', 'package-lock.json', ...manifests]))
    },
  )

  it('sends the compiler every file that it reads, and no test', { timeout: 60_000 }, () => {
    const sources = ['core', 'exporter'].flatMap(compilerInputs)
    expect(sources.length).toBeGreaterThan(100)
    expect(sources.filter((path) => isIgnored(ignore, path))).toEqual([])
    expect(sources.filter((path) => !copied.some((from) => path.startsWith(`${from}/`)))).toEqual([])
    expect(sources.filter((path) => path.includes('.test.'))).toEqual([])
  })

  it.each([
    '.env',
    'data/ledger.duckdb',
    'core/tsconfig.tsbuildinfo',
    'exporter/tsconfig.tsbuildinfo',
    'exporter/dist/main.js',
    'exporter/src/config/load.test.ts',
    'exporter/src/providers/xai/fixtures/usage.ts',
    'exporter/src/ledger/testing/model.ts',
    'exporter/node_modules/x/package.json',
    'node_modules/yaml/package.json',
    '.git/config',
    'deploy/kubernetes/secret-keys.yaml',
    'exporter/secret',
  ])('leaves %s out', (path) => expect(isIgnored(ignore, path)).toBe(true))
})

describe('the image', () => {
  it('says what it is, with the version and licence of the package', () => {
    const labels = pairs('LABEL')
    const { version } = packageManifest()
    expect(labels.get('org.opencontainers.image.version')).toBe(version)
    expect(packageManifest('exporter').version).toBe(version)
    expect(labels.get('org.opencontainers.image.licenses')).toBe('Apache-2.0')
    expect(labels.get('org.opencontainers.image.title')).toBe('Usage Explorer')
  })

  it('has production dependencies only', () => {
    const [install] = all('RUN', stageCalled('dependencies').instructions)
    expect(install?.text).toContain('--omit=dev --workspace=core --workspace=exporter')
    const from = all('COPY').map(({ flags, words }) => [flags.get('from'), words[0]])
    expect(from).toEqual([
      ['dependencies', '/app'],
      ['build', '/app/core/dist'],
      ['build', '/app/exporter/dist'],
    ])
  })

  it('runs as a user with a number, who owns the data folder and nothing else', () => {
    const names = last.map(({ name }) => name)
    const [user] = all('USER')
    const [, uid, gid] = /^([1-9]\d*):([1-9]\d*)$/.exec(user?.text ?? '') ?? []
    expect(names.indexOf('USER')).toBeLessThan(names.indexOf('ENTRYPOINT'))
    expect(names.lastIndexOf('RUN')).toBeLessThan(names.indexOf('USER'))
    expect(all('RUN').map(({ text }) => text)).toEqual([
      `install --directory --mode=0700 --owner=${uid ?? ''} --group=${gid ?? ''} /data`,
    ])
    expect(all('COPY').some(({ flags }) => flags.has('chown'))).toBe(false)
    expect(all('VOLUME').map(({ text }) => text)).toEqual(['/data'])
  })

  it('keeps its ledger in the volume and listens as the settings say: on loopback, until told otherwise', () => {
    const env = Object.fromEntries(pairs('ENV'))
    expect(env[DATA_DIR.env]).toBe('/data')
    expect(env[LISTEN.env]).toBeUndefined()
    const { listen, dataDir } = loadConfig({ env, cwd: '/app' })
    expect(dataDir).toBe('/data/demo')
    expect(all('EXPOSE').map(({ text }) => text)).toEqual([String(listen.port)])
    const [check] = all('HEALTHCHECK')
    expect(check?.words.at(-1)).toContain(`fetch('http://127.0.0.1:${listen.port}/healthz')`)
  })

  it('starts the command itself, not a shell that would keep signals from it', () => {
    const [entry] = all('ENTRYPOINT')
    expect(entry).toMatchObject({ exec: true, words: ['node', '/app/exporter/bin/usage-explorer.js'] })
    expect(all('HEALTHCHECK')[0]).toMatchObject({ exec: true })
    expect(all('CMD')).toEqual([])
    expect(isFile('exporter/bin/usage-explorer.js')).toBe(true)
  })
})

describe('reading a Dockerfile', () => {
  let stage: Stage | undefined
  beforeAll(() => {
    const text = [
      'FROM a AS b',
      '# note',
      'ENV A=1 \\',
      '  # within',
      '  B="two words"',
      'COPY --from=x --chown=1 p q r/',
    ]
    stage = parseDockerfile(text.join('\n'))[0]
  })

  it('joins continued lines, passes over comments and tells flags from words', () => {
    const [env, copy] = stage?.instructions ?? []
    expect(stage).toMatchObject({ image: 'a', name: 'b' })
    expect(env === undefined ? [] : [...pairsOf(env)]).toEqual([
      ['A', '1'],
      ['B', 'two words'],
    ])
    expect(copy?.words).toEqual(['p', 'q', 'r/'])
    expect([...(copy?.flags ?? [])]).toEqual([
      ['from', 'x'],
      ['chown', '1'],
    ])
  })

  it.each([
    ['*\n!a', 'a/b', false],
    ['*\n!a', 'b', true],
    ['*\n!a\n**/b', 'a/x/b', true],
    ['*\n!a\n**/b', 'a/b', true],
    ['a/*.ts', 'a/b.ts', true],
    ['a/*.ts', 'a/b/c.ts', false],
    ['a?c', 'abc', true],
    ['a.c', 'abc', false],
  ])('.dockerignore %j decides on %s: %s', (patterns, path, ignored) => {
    expect(isIgnored(patterns, path)).toBe(ignored)
  })
})

/** Our own files that the compiler would read for a package, from the root of the repository. */
function compilerInputs(folder: string): readonly string[] {
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc')
  const { stdout, status } = spawnSync(process.execPath, [compiler, '-p', folder, '--listFilesOnly'], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  expect(status).toBe(0)
  const paths = stdout.split('\n').map((path) => relative(ROOT, path.trim()))
  return paths.filter((path) => path.startsWith(`${folder}/src/`))
}
