/** Reads request parameters strictly and collects every problem before refusing. */
import { UsageExplorerError } from '../errors.ts'

/** What a parameter takes. Which ones there are is checked against the same table that tells people. */
export interface ParameterDoc {
  readonly doc: string
  readonly required?: true
  /** Accepted words. */
  readonly choice?: readonly string[]
  /** May be repeated. */
  readonly many?: true
}

export type ParameterTable = Readonly<Record<string, ParameterDoc>>

/** A parsed query string; a repeated parameter is an array. */
export type Parameters = Readonly<Record<string, string | readonly string[] | undefined>>

export class ParameterReader {
  readonly #parameters: Parameters
  readonly #problems: string[] = []

  constructor(parameters: Parameters, table: ParameterTable) {
    this.#parameters = parameters
    const allowed = Object.keys(table)
    for (const name of Object.keys(parameters)) {
      if (!allowed.includes(name))
        this.problem(name, `is not a parameter here; there are ${allowed.join(', ')}`)
    }
  }

  /** Names a field and says what is allowed. The value itself is not repeated: it may be a pasted secret. */
  problem(field: string, text: string): void {
    this.#problems.push(`${field}: ${text}`)
  }

  /** Every value of a parameter that may be repeated. */
  all(name: string): readonly string[] {
    const value = this.#parameters[name]
    if (value === undefined || value === '') return []
    return typeof value === 'string' ? [value] : value
  }

  /** The value of a parameter that may stand once. */
  one(name: string): string | undefined {
    const values = this.all(name)
    if (values.length > 1) this.problem(name, 'may be given only once')
    return values[0]
  }

  /** Comma-separated or repeated words out of a fixed choice, without repeats. */
  words<Word extends string>(name: string, choice: readonly Word[]): Word[] {
    const given = this.all(name).flatMap((value) => value.split(','))
    const known = choice.filter((word) => given.includes(word))
    if (given.some((word) => !choice.some((allowed) => allowed === word))) {
      this.problem(name, `must be one or more of ${choice.join(', ')}`)
    }
    // In the order given: the first group-by is the outer one.
    return known.sort((a, b) => given.indexOf(a) - given.indexOf(b))
  }

  /** One word out of a fixed choice. */
  word<Word extends string>(name: string, choice: readonly Word[]): Word | undefined {
    const given = this.one(name)
    const known = choice.find((word) => word === given)
    if (given !== undefined && known === undefined) this.problem(name, `must be one of ${choice.join(', ')}`)
    return known
  }

  /** Throws QUERY_INVALID with all problems, if there are any. */
  check(): void {
    if (this.#problems.length > 0) throw new UsageExplorerError('QUERY_INVALID', this.#problems.join('; '))
  }
}
