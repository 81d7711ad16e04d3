/** The providers that there are. */
import type { AccountConfig } from '../config/config.ts'
import type { Provider } from './provider.ts'
import { xai } from './xai/provider.ts'

export const PROVIDERS: Readonly<Record<AccountConfig['provider'], Provider>> = { xai }
