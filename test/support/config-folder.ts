/** A temporary folder for each test, with files to configure the service from. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import type { Config } from '../../exporter/src/config/config.ts'
import { type ConfigInput, loadConfig } from '../../exporter/src/config/load.ts'
import { UsageExplorerError } from '../../exporter/src/errors.ts'

export class ConfigFolder {
  path = ''

  /** Writes a file under the folder. */
  put(name: string, text: string): void {
    mkdirSync(dirname(join(this.path, name)), { recursive: true })
    writeFileSync(join(this.path, name), text)
  }

  /** Loads with nothing but these variables, in the folder. */
  load(env: ConfigInput['env'] = {}, more: Partial<ConfigInput> = {}): Config {
    return loadConfig({ env, cwd: this.path, ...more })
  }

  /** Loads a file `config.yaml` with this text. */
  loadFile(text: string, env: ConfigInput['env'] = {}): Config {
    this.put('config.yaml', text)
    return this.load(env, { configFile: 'config.yaml' })
  }

  /** Each problem of a refused file, without the heading. */
  problemsOf(text: string, env: ConfigInput['env'] = {}): readonly string[] {
    const lines = refusal(() => this.loadFile(text, env)).message.split('\n  ')
    return lines.length === 1 ? lines : lines.slice(1)
  }
}

/** Fresh before each test, gone after it. */
export function useConfigFolder(): ConfigFolder {
  const folder = new ConfigFolder()
  beforeEach(() => {
    folder.path = mkdtempSync(join(tmpdir(), 'usage-explorer-config-'))
  })
  afterEach(() => rmSync(folder.path, { recursive: true }))
  return folder
}

/** The coded error that the call throws. */
export function refusal(run: () => unknown): UsageExplorerError {
  try {
    run()
  } catch (thrown) {
    if (thrown instanceof UsageExplorerError) return thrown
    throw thrown
  }
  throw new Error('nothing was refused')
}
