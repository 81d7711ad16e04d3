/** The providers that there are. */
import type { AccountConfig } from '../config/config.ts'
import type { Provider } from './provider.ts'
import { xai } from './xai/provider.ts'

export const PROVIDERS: Readonly<Record<AccountConfig['provider'], Provider>> = { xai }

/** @param id as series have it in their label `provider` */
export function providerOf(id: string): Provider | undefined {
  return Object.values(PROVIDERS).find((provider) => provider.id === id)
}

/** Measure → why this provider tells nothing of it. */
export function neverReports(id: string): Readonly<Record<string, string>> {
  return providerOf(id)?.neverReports ?? {}
}
