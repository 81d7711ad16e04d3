/** Reads credentials from files and variables. Neither a value nor a path, which could be one, is ever in a message. */
import { Secret } from './config.ts'
import type { Place, Problems } from './problems.ts'
import { type Environment, readVariable } from './sources.ts'

/** Reads a file as text. Throws as `node:fs` does. */
export type ReadFile = (path: string) => string

export interface SecretContext {
  readonly env: Environment
  readonly readFile: ReadFile
  /** Makes a path that a variable gives absolute. */
  readonly resolve: (path: string) => string
  readonly problems: Problems
}

/** Whether the variable, or the one that names a file instead, is set. */
export function isSecretSet(variable: string, env: Environment): boolean {
  return [variable, fileVariable(variable)].some((name) => readVariable(env, name) !== undefined)
}

/** The variable that holds the path of a file with the secret, instead of the secret. */
export function fileVariable(variable: string): string {
  return `${variable}_FILE`
}

/** The secret in a file, without white space around it; `undefined` where that is a problem, which is added. */
export function secretFromFile(path: string, place: Place, context: SecretContext): Secret | undefined {
  let text: string
  try {
    text = context.readFile(path)
  } catch (thrown) {
    context.problems.add(place, `the file with the key ${fileTrouble(thrown)}`)
    return undefined
  }
  return checked(text, place, 'the file', context.problems)
}

/**
 * The secret in the variable, or in the file that `<variable>_FILE` names; `undefined` where neither is set, or where it is a
 * problem, which is added.
 */
export function secretFromVariable(variable: string, context: SecretContext): Secret | undefined {
  const value = readVariable(context.env, variable)
  const file = readVariable(context.env, fileVariable(variable))
  if (value !== undefined && file !== undefined) {
    context.problems.add({ named: variable }, `set either ${variable} or ${fileVariable(variable)}, not both`)
    return undefined
  }
  if (file !== undefined) {
    return secretFromFile(context.resolve(file), { named: fileVariable(variable) }, context)
  }
  return value === undefined
    ? undefined
    : checked(value, { named: variable }, 'the variable', context.problems)
}

/** Why a file could not be read, to follow its name in a sentence. */
export function fileTrouble(thrown: unknown): string {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'does not exist'
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read by this user'
  if (code === 'EISDIR') return 'is a folder'
  return 'cannot be read'
}

function checked(text: string, place: Place, holder: string, problems: Problems): Secret | undefined {
  const value = text.trim()
  if (/^[\x21-\x7e]+$/.test(value)) return new Secret(value)
  const more = 'holds more than a key: spaces, line breaks or characters that no key has'
  problems.add(place, `${holder} ${value === '' ? 'holds no key' : more}`)
  return undefined
}
