/** Where a single setting's value comes from: its variable, else the file, else its default. */
import { type Located, readSection } from './document.ts'
import { parseAt, parseDefault, readValue } from './field.ts'
import type { Place, Problems } from './problems.ts'
import type { Setting } from './settings.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** The file's values by their dotted path. */
export type FileValues = ReadonlyMap<string, Located>

export interface Sourced<T> {
  readonly value: T
  /** `undefined` for the default. */
  readonly place: Place | undefined
}

/** The variable's text; one that is empty counts as not set. */
export function readVariable(env: Environment, name: string): string | undefined {
  const text = env[name]
  return text === '' ? undefined : text
}

/** A setting from the first of its sources. The file's value is checked even where a variable goes before it. */
export function readSetting<T>(
  setting: Setting<T>,
  env: Environment,
  file: FileValues,
  problems: Problems,
): Sourced<T> {
  const inFile = file.get(setting.path)
  const fromFile = inFile && readValue(inFile, setting.kind, problems)
  const given = readVariable(env, setting.env)
  const named = { named: setting.env }
  const fromEnv = given === undefined ? undefined : parseAt(named, given.trim(), setting.kind, problems)
  if (fromEnv !== undefined) return { value: fromEnv, place: named }
  if (fromFile !== undefined) return { value: fromFile, place: inFile?.place }
  return { value: parseDefault(setting), place: undefined }
}

/** Spreads the file out into `paths`, the dotted paths of all that may stand in it; other keys are problems. */
export function spread(root: Located, paths: readonly string[], problems: Problems, prefix = ''): FileValues {
  const inside = paths.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length))
  const allowed = [...new Set(inside.map((path) => path.replace(/\..*/, '')))]
  const values = new Map<string, Located>()
  for (const [key, value] of readSection(root, allowed, problems)?.entries ?? []) {
    const path = prefix + key
    if (paths.includes(path)) values.set(path, value)
    else for (const [below, found] of spread(value, paths, problems, `${path}.`)) values.set(below, found)
  }
  return values
}
