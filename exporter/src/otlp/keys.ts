/** Texts by which sets of attributes are told apart. */
import type { Attributes } from './wire/request.ts'

/** The same for the same attributes in any order. */
export function attributesKey(attributes: Attributes): string {
  const names = Object.keys(attributes).sort()
  let key = ''
  for (const name of names) {
    const value = attributes[name]
    // Lengths keep a value that holds a separator from looking like two.
    const text = typeof value === 'string' ? value : String(value)
    key += `${name.length}:${name}${text.length}:${text}`
  }
  return key
}

/** Quicker than {@link attributesKey}, and another for another order. */
export function attributesAlias(attributes: Attributes): string {
  let alias = ''
  for (const name in attributes) alias += `${name}=${String(attributes[name])}\n`
  return alias
}
