/** Which dialect a scope speaks: told by the name of the instrumentation. */
import { claudeCode } from './claude-code.ts'
import { conventions } from './conventions.ts'
import type { Dialect } from './dialect.ts'
import { openlit } from './openlit.ts'
import { own, OWN_SCOPE } from './own.ts'

const BY_SCOPE: readonly (readonly [RegExp, Dialect])[] = [
  [new RegExp(`^${OWN_SCOPE}$`), own],
  [/^com\.anthropic\.claude_code$/, claudeCode],
  [/^openlit/, openlit],
]

/** Every scope that is not known by name is read by the conventions. */
export function dialectOf(scope: string): Dialect {
  return BY_SCOPE.find(([name]) => name.test(scope))?.[1] ?? conventions
}
