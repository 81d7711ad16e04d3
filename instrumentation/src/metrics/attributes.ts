/** Attributes of calls: the same object for the same call, and never more of them than memory can hold. */
import type { Attributes } from '@opentelemetry/api'
import type { CallStart } from '../watched-call.ts'
import { ATTRIBUTES } from './names.ts'

/** So many values of a dimension are told apart; the rest is `other`. */
const CAPS = {
  model: 200,
  endpoint: 200,
  user: 1000,
  team: 200,
  project: 200,
  key: 200,
  environment: 20,
} as const
const OTHER = 'other'

/** A set of attributes, and those made from it, each made once. */
export class AttributeSet {
  readonly plain: Attributes
  readonly #derived = new Map<string, Attributes>()

  constructor(plain: Attributes) {
    this.plain = plain
  }

  /** With these besides. The values must be of few kinds. */
  with(...pairs: readonly (readonly [name: string, value: string])[]): Attributes {
    const key = pairs.map(([name, value]) => `${name}=${value}`).join()
    const known = this.#derived.get(key)
    if (known !== undefined) return known
    const made = { ...this.plain, ...Object.fromEntries(pairs) }
    if (this.#derived.size < 200) this.#derived.set(key, made)
    return made
  }
}

export interface AttributeSets {
  of(start: CallStart, model: string): AttributeSet
}

/** @param keyIdOf the provider's id of a key, where it is known */
export function createAttributeSets(keyIdOf: (fingerprint: string) => string | undefined): AttributeSets {
  const sets = new Map<string, AttributeSet>()
  const seen = new Map<keyof typeof CAPS, Set<string>>()

  const bounded = (dimension: keyof typeof CAPS, value: string | undefined): string | undefined => {
    if (value === undefined || value === '') return undefined
    const values = seen.get(dimension) ?? new Set<string>()
    seen.set(dimension, values)
    if (values.has(value)) return value
    if (values.size >= CAPS[dimension]) return OTHER
    values.add(value)
    return value
  }

  return {
    of({ target, labels, key }, model) {
      const id = key === undefined ? undefined : keyIdOf(key.fingerprint)
      const { provider, operation, endpoint, host, port } = target
      const parts = [
        provider.id,
        operation,
        labels.endpoint ?? endpoint,
        host,
        port,
        model,
        key?.fingerprint,
        id,
        labels.team,
        labels.user,
        labels.project,
        labels.environment,
      ]
      const text = parts.join('\n')
      const known = sets.get(text)
      if (known !== undefined) return known
      const fingerprint = bounded('key', key?.fingerprint)
      const found: readonly (readonly [string, string | number | undefined])[] = [
        [ATTRIBUTES.provider, provider.conventional],
        [ATTRIBUTES.operation, operation],
        [ATTRIBUTES.address, host],
        [ATTRIBUTES.port, port],
        [ATTRIBUTES.model, bounded('model', model)],
        [ATTRIBUTES.endpoint, bounded('endpoint', labels.endpoint ?? endpoint)],
        [ATTRIBUTES.fingerprint, fingerprint],
        [ATTRIBUTES.redacted, fingerprint === OTHER ? undefined : key?.redacted],
        [ATTRIBUTES.keyId, fingerprint === OTHER ? undefined : id],
        [ATTRIBUTES.team, bounded('team', labels.team)],
        [ATTRIBUTES.user, bounded('user', labels.user)],
        [ATTRIBUTES.project, bounded('project', labels.project)],
        [ATTRIBUTES.environment, bounded('environment', labels.environment)],
      ]
      const set = new AttributeSet(Object.fromEntries(found.filter(([, value]) => value !== undefined)))
      // Once caps fold, ever new texts mean the same few sets; they are made again rather than kept.
      if (sets.size < 5000) sets.set(text, set)
      return set
    },
  }
}
