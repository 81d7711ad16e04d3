/** Ids of keys, asked from their provider with the key itself, once each, in the background. Only where it is turned on. */
import type { Fetch } from './hooks/fetch.ts'

export interface KeyIds {
  /** Undefined until the provider has told it. */
  of(fingerprint: string): string | undefined
  /** @param origin that the key was used at */
  readonly learn: (provider: string, origin: string, fingerprint: string, secret: string) => void
}

/** xAI tells a key about itself at `GET /v1/api-key`. Source: docs.x.ai, API reference. Others have nothing like it. */
export function createKeyIds(fetch: Fetch): KeyIds {
  const ids = new Map<string, string | undefined>()
  const ask = async (url: URL, fingerprint: string, secret: string): Promise<void> => {
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${secret}` },
      signal: AbortSignal.timeout(10_000),
    })
    const { api_key_id: id } = (await response.json()) as { api_key_id?: unknown }
    if (response.ok && typeof id === 'string') ids.set(fingerprint, id)
  }
  return {
    of: (fingerprint) => ids.get(fingerprint),
    learn: (provider, origin, fingerprint, secret) => {
      if (provider !== 'xai' || ids.has(fingerprint)) return
      ids.set(fingerprint, undefined)
      // Without it the fingerprint stands.
      ask(new URL('/v1/api-key', origin), fingerprint, secret).catch(() => undefined)
    },
  }
}
