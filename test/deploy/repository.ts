/** The files of this repository, as tests of `deploy/` look at them. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'

export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url))

/** @param path from the root of the repository */
export function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

export function isFile(path: string): boolean {
  return existsSync(join(ROOT, path)) && statSync(join(ROOT, path)).isFile()
}

export function exists(path: string): boolean {
  return existsSync(join(ROOT, path))
}

/** A package.json, as far as it is needed here. */
export interface PackageManifest {
  readonly name: string
  readonly version: string
  readonly workspaces?: readonly string[]
}

export function packageManifest(folder = '.'): PackageManifest {
  return JSON.parse(read(join(folder, 'package.json'))) as PackageManifest
}

/** A YAML file with one document. */
export function readYaml(path: string): unknown {
  return parse(read(path), { version: '1.2', strict: true, uniqueKeys: true })
}
