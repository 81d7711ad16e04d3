/** What providers' free-text descriptions and model names mean. */

export interface Description {
  /** "Chat" in "Chat grok-4-0709"; '' where only a model is named; the whole text where no model is. */
  readonly category: string
  /** '' where the description names none. */
  readonly model: string
}

/** A model as its provider lists it. */
export interface ListedModel {
  readonly name: string
  readonly aliases: readonly string[]
}

/** Words that xAI puts before a model whatever its name is. Other models are known by their name alone. */
const CATEGORY_THEN_MODEL = /^(Chat|API) ([a-z0-9][a-z0-9._:/-]*)$/
const GROK_LAST = /^(?:(.*\S)\s+)?(grok-[a-z0-9._:-]*)$/
/** Invoices of xAI append a release: "grok-2-1212-1.0.0". A two-part version belongs to the name. */
const RELEASE = /-\d+\.\d+\.\d+$/

/**
 * Splits an xAI billing description, `"<category> <model>"`, `"<model>"` or `"<category>"`, into its parts.
 * What is not understood stays whole, as a category without a model.
 */
export function parseDescription(description: string): Description {
  const text = description.trim()
  const [, category = '', model] = CATEGORY_THEN_MODEL.exec(text) ?? GROK_LAST.exec(text) ?? []
  if (model === undefined) return { category: text, model: '' }
  return { category, model: model.replace(RELEASE, '') }
}

/**
 * Alias → listed name. A listed name is nobody's alias, and an alias that two models claim resolves to neither.
 */
export function modelAliases(models: Iterable<ListedModel>): ReadonlyMap<string, string> {
  const listed = [...models]
  const names = new Set(listed.map(({ name }) => name))
  const claims = new Map<string, Set<string>>()
  for (const { name, aliases } of listed) {
    for (const alias of aliases) {
      if (!names.has(alias)) claims.set(alias, (claims.get(alias) ?? new Set()).add(name))
    }
  }
  return new Map([...claims].flatMap(([alias, [name, rival]]) => (name && !rival ? [[alias, name]] : [])))
}

/** The listed name of a model; a name that is no alias stays whole. */
export function resolveModel(name: string, aliases: ReadonlyMap<string, string>): string {
  return aliases.get(name) ?? name
}
