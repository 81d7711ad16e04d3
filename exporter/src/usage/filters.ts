/** Filters of a question: `dimension=value`, `!=value`, `=~expression`, `!~expression`. */
import { RE2JS } from 're2js'
import { QUESTION_DIMENSIONS, type QuestionDimension } from './dimensions.ts'

/**
 * A series passes when any of `any` (or there are none) and none of `none` holds for its dimension: for the id, or a
 * name that people see for it.
 */
export interface Filter {
  readonly dimension: QuestionDimension
  readonly any: readonly Condition[]
  readonly none: readonly Condition[]
}

export type Condition =
  { readonly is: string } | { readonly matches: string; readonly expression: Pick<RE2JS, 'matches'> }

export const FILTER_DOC: string =
  '`dimension=value`, `dimension!=value`, `dimension=~expression` or `dimension!~expression`, repeated. Values and ' +
  'expressions of one dimension are alternatives, what is excluded is excluded in any case, dimensions must all ' +
  'match. Expressions are RE2 and must match the whole id or name.'

const FORM = /^([a-z_]+)(=~|!~|!=|=)([\s\S]*)$/
const LONGEST_EXPRESSION = 1000

/** Only these values of the dimension. */
export function oneOf(dimension: QuestionDimension, values: readonly string[]): Filter {
  return { dimension, any: values.map((is) => ({ is })), none: [] }
}

/**
 * Filters as {@link FILTER_DOC} says.
 *
 * @param problem told of each text that is none; never repeats it
 */
export function readFilters(texts: readonly string[], problem: (text: string) => void): Filter[] {
  const filters = new Map<QuestionDimension, { any: Condition[]; none: Condition[] }>()
  for (const text of texts) {
    const [, name, operator = '', value = ''] = FORM.exec(text) ?? []
    const dimension = QUESTION_DIMENSIONS.find((known) => known === name)
    if (dimension === undefined) {
      problem(`must be dimension=value (or !=, =~, !~) with one of ${QUESTION_DIMENSIONS.join(', ')}`)
      continue
    }
    const condition = operator.endsWith('~') ? compile(value) : { is: value }
    if (condition === undefined) {
      problem(`the expression for ${dimension} is none of RE2, or too long`)
      continue
    }
    const filter = filters.get(dimension) ?? { any: [], none: [] }
    filters.set(dimension, filter)
    filter[operator.startsWith('!') ? 'none' : 'any'].push(condition)
  }
  return [...filters].map(([dimension, conditions]) => ({ dimension, ...conditions }))
}

/** @param forms the id, and the name that people see for it */
export function accepts({ any, none }: Filter, forms: readonly string[]): boolean {
  const holds = (condition: Condition): boolean =>
    forms.some((form) => ('is' in condition ? condition.is === form : condition.expression.matches(form)))
  return (any.length === 0 || any.some(holds)) && !none.some(holds)
}

/** RE2 takes time linear in the text, whatever the expression: anybody may send one. */
function compile(matches: string): Condition | undefined {
  if (matches.length > LONGEST_EXPRESSION) return undefined
  try {
    return { matches, expression: RE2JS.compile(matches) }
  } catch {
    return undefined
  }
}
