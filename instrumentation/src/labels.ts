/** Whose calls are made in a stretch of code. */
import { AsyncLocalStorage } from 'node:async_hooks'

export interface Labels {
  readonly team?: string
  readonly user?: string
  readonly project?: string
  /** The app's own endpoint on whose behalf the call is made, instead of the provider's. */
  readonly endpoint?: string
  readonly environment?: string
}

const current = new AsyncLocalStorage<Labels>()
const NONE: Labels = {}

/**
 * Runs `fn` so that all calls made in it carry `labels`; those of an outer call stay where they are not replaced.
 *
 * @example await withLabels({ team: 'search', user: request.userId }, () => client.responses.create(order))
 */
export function withLabels<T>(labels: Labels, fn: () => T): T {
  return current.run({ ...current.getStore(), ...labels }, fn)
}

/** The labels in force here. The same object within one `withLabels`. */
export function labelsHere(): Labels {
  return current.getStore() ?? NONE
}
