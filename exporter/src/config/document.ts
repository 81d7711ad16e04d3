/** The configuration file as located values, so that every problem can name its line and column. */
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml'
import type { Place, Problems } from './problems.ts'
import { suggest } from './suggest.ts'

/** A value somewhere in the file. */
export interface Located {
  readonly place: Place
  readonly node: unknown
  readonly document: ConfigDocument
}

/** A map of the file. A key without a value counts as absent. */
export interface Section {
  readonly place: Place
  readonly entries: ReadonlyMap<string, Located>
  /** A key was refused with an explanation of its own. */
  readonly refused: boolean
}

/** Why a key is refused that is none of the allowed ones but has an explanation. */
export type Refusals = ReadonlyMap<string, string>

// The parser's own messages quote the source, which may hold a secret.
const SYNTAX: Readonly<Partial<Record<YAMLError['code'], string>>> = {
  BAD_INDENT: 'the indentation does not fit the lines above',
  DUPLICATE_KEY: 'the key is already there above',
  MISSING_CHAR: 'a closing quote, bracket or comma is missing',
  MULTIPLE_DOCS: 'the file must hold one document',
  NON_STRING_KEY: 'a key must be a plain word',
  TAB_AS_INDENT: 'tabs may not indent; use spaces',
  TAG_RESOLVE_FAILED: 'tags (!…) are not supported',
  BLOCK_AS_IMPLICIT_KEY: 'a value that holds ": " must be quoted',
  BAD_SCALAR_START: 'a value that starts with this character must be quoted',
}

class ConfigDocument {
  /** What each alias stands for. The parser's own look-up walks the whole file for every one. */
  readonly #meant = new Map<Alias, Node | undefined>()
  readonly #lines: LineCounter
  readonly #file: string

  constructor(document: Document, lines: LineCounter, file: string) {
    this.#lines = lines
    this.#file = file
    const anchors = new Map<string, Node>()
    visit(document, (_, node) => {
      if (isAlias(node)) this.#meant.set(node, anchors.get(node.source))
      else if (isNode(node) && node.anchor !== undefined) anchors.set(node.anchor, node)
    })
  }

  place(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset)
    return { file: this.#file, line: Math.max(line, 1), column: Math.max(col, 1) }
  }

  locate(given: unknown): Located {
    const node = isAlias(given) ? this.#meant.get(given) : given
    const at = hasRange(given) ? given.range[0] : 0
    return { place: this.place(at), node, document: this }
  }
}

/**
 * Parses YAML 1.2. Syntax problems are added; `undefined` where they leave nothing to check further.
 *
 * @param file the name that problems show
 */
export function parseFile(source: string, file: string, problems: Problems): Located | undefined {
  const lines = new LineCounter()
  const parsed = parseDocument(source, { lineCounter: lines, prettyErrors: false, stringKeys: true })
  const document = new ConfigDocument(parsed, lines, file)
  const errors = [...parsed.errors, ...parsed.warnings]
  for (const error of errors) {
    problems.add(document.place(error.pos[0]), SYNTAX[error.code] ?? 'this is not valid YAML')
  }
  const readable = errors.every((error) => error.code === 'DUPLICATE_KEY')
  return readable ? document.locate(parsed.contents) : undefined
}

/**
 * The entries of a map. Keys that are not allowed are problems, with a suggestion where one is close.
 *
 * @param allowed `undefined` where the keys are the user's own
 */
export function readSection(
  value: Located,
  allowed: readonly string[] | undefined,
  problems: Problems,
  refusals: Refusals = new Map(),
): Section | undefined {
  const entries = new Map<string, Located>()
  if (isEmpty(value)) return { place: value.place, entries, refused: false }
  if (!isMap(value.node)) {
    problems.add(value.place, 'must be a map of `key: value` lines')
    return undefined
  }
  let refused = false
  for (const { key, value: node } of value.node.items) {
    if (!isScalar(key) || typeof key.value !== 'string') continue
    const name = key.value
    const refusal = refusals.get(name)
    refused ||= refusal !== undefined
    const meant = allowed === undefined || allowed.includes(name) ? name : suggest(name, allowed)
    if (meant !== name) {
      problems.add(value.document.locate(key).place, refusal ?? unknownKey(name, meant, allowed ?? []))
    }
    if (meant === undefined || refusal !== undefined || node === null) continue
    const located = value.document.locate(node)
    // A mistyped key stands in for the one that was meant, so that it is not said to be missing as well.
    if (!isEmpty(located) && (meant === name || !entries.has(meant))) entries.set(meant, located)
  }
  return { place: value.place, entries, refused }
}

/** The items of a list; none where there is no value; `undefined` where it is no list, which is added as a problem. */
export function readList(value: Located | undefined, problems: Problems): readonly Located[] | undefined {
  if (value === undefined) return []
  if (isSeq(value.node)) return value.node.items.map((item) => value.document.locate(item))
  problems.add(value.place, 'must be a list: each item starts with "- "')
  return undefined
}

/** A scalar as it is written in the file, quotes undone: `0755` stays `0755`. */
export function readText(value: Located, problems: Problems): string | undefined {
  if (isScalar(value.node) && value.node.source !== undefined) return value.node.source
  problems.add(value.place, 'must be a single value')
  return undefined
}

function unknownKey(name: string, meant: string | undefined, allowed: readonly string[]): string {
  if (meant !== undefined) return `"${name}" is not known; did you mean "${meant}"?`
  return `this key is not known; known here: ${allowed.join(', ')}`
}

function isEmpty(value: Located): boolean {
  return value.node === null || (isScalar(value.node) && value.node.value === null)
}

function hasRange(node: unknown): node is { range: readonly [number, number, number] } {
  return typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)
}
