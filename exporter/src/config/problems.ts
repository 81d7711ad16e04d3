/** Collects every problem of a configuration with its place, so that all are told at once. */
import { UsageExplorerError } from '../errors.ts'

/** Lines and columns count from 1. `named` is an environment variable or a command line option. */
export type Place =
  { readonly file: string; readonly line: number; readonly column: number } | { readonly named: string }

interface Problem {
  readonly place: Place
  readonly message: string
}

/** Messages never repeat a value that was given, only its place: any value may be a secret in the wrong line. */
export class Problems {
  readonly #found: Problem[] = []

  add(place: Place, message: string): void {
    this.#found.push({ place, message })
  }

  /** Throws one CONFIG_INVALID with all problems. */
  throwIfAny(): void {
    const [first, ...rest] = [...this.#found].sort((a, b) => compare(a.place, b.place))
    if (first === undefined) return
    if (rest.length === 0) throw new UsageExplorerError('CONFIG_INVALID', line(first))
    const lines = [first, ...rest].map((problem) => `\n  ${line(problem)}`)
    throw new UsageExplorerError(
      'CONFIG_INVALID',
      `The configuration has ${lines.length} problems:${lines.join('')}`,
    )
  }
}

/** "config.yaml:3:5" or the variable's name. */
export function placeText(place: Place): string {
  return 'named' in place ? place.named : `${place.file}:${place.line}:${place.column}`
}

function line(problem: Problem): string {
  return `${placeText(problem.place)}: ${problem.message}`
}

/** What has a name first, as found; then the file from top to bottom. */
function compare(a: Place, b: Place): number {
  if ('named' in a || 'named' in b) return Number('named' in b) - Number('named' in a)
  return a.line - b.line || a.column - b.column
}
