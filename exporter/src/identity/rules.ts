/** Finds the mapping rule for an id or a name. */
import type { Attributes, MappingRule } from '../config/config.ts'

/** The attributes of the first rule whose pattern matches one of `candidates` whole, in an account it allows. */
export type FindRule = (account: string, candidates: readonly string[]) => Attributes | undefined

/** Patterns are matched as written, upper and lower case apart; `*` stands for any text, `?` for one character. */
export function compileRules(rules: readonly MappingRule[]): FindRule {
  const compiled = rules.map((rule) => ({ rule, pattern: toPattern(rule.match) }))
  return (account, candidates) =>
    compiled.find(
      ({ rule, pattern }) =>
        (rule.account === undefined || rule.account === account) &&
        candidates.some((candidate) => pattern.test(candidate)),
    )?.rule
}

function toPattern(match: string): RegExp {
  const source = match
    .replace(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, 'su')
}
