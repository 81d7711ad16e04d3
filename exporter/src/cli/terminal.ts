/** What commands see of the world: where they write, what they are given, when it is. */
import type { Environment } from '../config/sources.ts'

export interface Terminal {
  readonly env: Environment
  readonly cwd: string
  readonly now: () => number
  /** The result, for people or programs. `text` ends with a line feed. */
  readonly out: (text: string) => void
  /** Everything that is not the result: progress, warnings, mistakes. `text` ends with a line feed. */
  readonly say: (text: string) => void
  /** Asks a person; undefined where there is none to ask. */
  readonly ask: ((question: string) => Promise<string>) | undefined
  /** What the process ends with, unless something is thrown. */
  readonly end: (exitCode: number) => void
}
