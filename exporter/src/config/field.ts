/** One row of a settings table: what a value is called, how it is written, what it is without being given. */
import { type Located, readText, type Section } from './document.ts'
import { UsageExplorerError } from '../errors.ts'
import type { Place, Problems } from './problems.ts'

/** A value, or a sentence on what it must be. The sentence never repeats the value. */
export type Parsed<T> = { readonly value: T } | { readonly problem: string }

export interface Kind<T> {
  /** For the reference: "duration from 1s to 1d". */
  readonly name: string
  /** JSON Schema of what an editor may take in the file; it may take more than `parse` does, never less. */
  readonly schema: Readonly<Record<string, unknown>>
  parse(text: string): Parsed<T>
}

export interface Field<T> {
  readonly key: string
  readonly kind: Kind<T>
  /** For the reference: what it does, in a sentence. */
  readonly doc: string
  readonly required?: true
}

export interface DefaultedField<T> extends Field<T> {
  /** As a user would write it. */
  readonly default: string
}

/** The field's value; `undefined` where it is not given or a problem, which is added. */
export function readField<T>(section: Section, field: Field<T>, problems: Problems): T | undefined {
  const given = section.entries.get(field.key)
  if (given !== undefined) return readValue(given, field.kind, problems)
  if (field.required === true) problems.add(section.place, `${field.key} is missing`)
  return undefined
}

/** The field's value, or its default where it is not given or a problem, which is added. */
export function readFieldOr<T>(section: Section, field: DefaultedField<T>, problems: Problems): T {
  return readField(section, field, problems) ?? parseDefault(field)
}

/** A value of the file; `undefined` where it is a problem, which is added. */
export function readValue<T>(given: Located, kind: Kind<T>, problems: Problems): T | undefined {
  const text = readText(given, problems)
  return text === undefined ? undefined : parseAt(given.place, text, kind, problems)
}

/** A value from anywhere; `undefined` where it is a problem, which is added with the place. */
export function parseAt<T>(place: Place, text: string, kind: Kind<T>, problems: Problems): T | undefined {
  const parsed = kind.parse(text)
  if ('value' in parsed) return parsed.value
  problems.add(place, parsed.problem)
  return undefined
}

/** A default of a table. One that its own kind refuses is a defect. */
export function parseDefault<T>(row: { readonly kind: Kind<T>; readonly default: string }): T {
  const parsed = row.kind.parse(row.default)
  if ('value' in parsed) return parsed.value
  throw new UsageExplorerError('INTERNAL', `the default "${row.default}" ${parsed.problem}`)
}
