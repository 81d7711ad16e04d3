/**
 * What the Dockerfile's last stage would hold, put together in a folder without a container engine: packages installed by
 * its own commands, files copied by its own COPY lines. The compiled files are those of this checkout.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { isIgnored, parseDockerfile, type Instruction, type Stage } from './dockerfile.ts'
import { ROOT, read } from './repository.ts'

const ignore = read('.dockerignore')

/**
 * Returns the folder that stands for the image's root. Throws where a command fails or a line cannot be followed.
 *
 * @param folder an empty one
 */
export function assembleImage(folder: string): string {
  const roots = new Map<string | undefined, string>([['build', compiledStage(join(folder, 'build'))]])
  for (const stage of parseDockerfile(read('Dockerfile'))) {
    if (stage.name === 'build') continue
    const root = join(folder, stage.name ?? 'image')
    roots.set(stage.name, root)
    followStage(stage, root, roots)
  }
  return join(folder, 'image')
}

/** Both packages as the stage `build` leaves them; compiling takes longer than a test should. */
function compiledStage(root: string): string {
  for (const name of ['core', 'exporter']) {
    cpSync(join(ROOT, name, 'dist'), join(root, 'app', name, 'dist'), { recursive: true })
  }
  return root
}

function followStage(stage: Stage, root: string, roots: ReadonlyMap<string | undefined, string>): void {
  let cwd = root
  for (const instruction of stage.instructions) {
    if (instruction.name === 'WORKDIR') {
      cwd = join(root, instruction.text)
      mkdirSync(cwd, { recursive: true })
    } else if (instruction.name === 'COPY') {
      copy(instruction, cwd, roots)
    } else if (instruction.name === 'RUN' && instruction.text.startsWith('npm ')) {
      runShell(instruction.text, cwd)
    }
  }
}

function copy(
  { flags, words }: Instruction,
  cwd: string,
  roots: ReadonlyMap<string | undefined, string>,
): void {
  const from = flags.get('from')
  const source = from === undefined ? ROOT : roots.get(from)
  if (source === undefined)
    throw new Error(`COPY is from the stage ${from ?? ''}, which does not stand before it`)
  const target = words.at(-1) ?? ''
  for (const word of words.slice(0, -1)) {
    const path = join(source, word)
    const into = statSync(path).isFile() && target.endsWith('/') ? join(target, basename(path)) : target
    mkdirSync(dirname(join(cwd, into)), { recursive: true })
    cpSync(path, join(cwd, into), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (file) => from !== undefined || !isFileIgnored(file),
    })
  }
}

function isFileIgnored(path: string): boolean {
  return statSync(path).isFile() && isIgnored(ignore, path.slice(ROOT.length))
}

function runShell(command: string, cwd: string): void {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', command], {
    cwd,
    encoding: 'utf8',
    // What an earlier `npm ci` has fetched need not come again.
    env: { ...process.env, npm_config_prefer_offline: 'true' },
  })
  if (status !== 0) throw new Error(`${command}\n${stdout}${stderr}`)
}

/** Makes it as unwritable as a read-only root, for every user but root. */
export function makeReadOnly(path: string): void {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined) return
  if (stats.isDirectory()) for (const name of readdirSync(path)) makeReadOnly(join(path, name))
  chmodSync(path, stats.mode & 0o555)
}
