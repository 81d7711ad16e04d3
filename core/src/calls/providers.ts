/** The providers whose calls are understood: their names, hosts, and who reads their usage. */
import { readAnthropic } from './anthropic.ts'
import { readGemini } from './gemini.ts'
import { readIndoxhub } from './indoxhub.ts'
import { readLiteLlm } from './litellm.ts'
import { readOpenAi } from './openai.ts'
import { readOpenRouter } from './openrouter.ts'
import type { ReadUsage } from './usage.ts'
import { readXai } from './xai.ts'

export interface CallProvider {
  /** As in the exporter's labels. */
  readonly id: string
  /** `gen_ai.provider.name` of the semantic conventions. */
  readonly conventional: string
  /** In the price catalogue; undefined where it lists none. */
  readonly priced: string | undefined
  /** Hosts of its API; none for gateways that run at the user's. */
  readonly hosts: RegExp | undefined
  readonly read: ReadUsage
}

export const CALL_PROVIDERS: readonly CallProvider[] = [
  { id: 'xai', conventional: 'x_ai', priced: 'x-ai', hosts: /(?:^|\.)api\.x\.ai$/, read: readXai },
  {
    id: 'openai',
    conventional: 'openai',
    priced: 'openai',
    hosts: /(?:^|\.)api\.openai\.com$/,
    read: readOpenAi,
  },
  {
    id: 'anthropic',
    conventional: 'anthropic',
    priced: 'anthropic',
    hosts: /^api\.anthropic\.com$/,
    read: readAnthropic,
  },
  {
    id: 'openrouter',
    conventional: 'openrouter',
    priced: 'openrouter',
    hosts: /^openrouter\.ai$/,
    read: readOpenRouter,
  },
  {
    id: 'azure',
    conventional: 'azure.ai.openai',
    priced: 'azure',
    hosts: /\.(?:openai\.azure|cognitiveservices\.azure|services\.ai\.azure)\.com$/,
    read: readOpenAi,
  },
  {
    id: 'gemini',
    conventional: 'gcp.gemini',
    priced: 'google',
    hosts: /^generativelanguage\.googleapis\.com$/,
    read: readGemini,
  },
  {
    id: 'indoxhub',
    conventional: 'indoxhub',
    priced: undefined,
    hosts: /^api\.indoxhub\.com$/,
    read: readIndoxhub,
  },
  { id: 'litellm', conventional: 'litellm', priced: undefined, hosts: undefined, read: readLiteLlm },
]

const BY_NAME: ReadonlyMap<string, CallProvider> = new Map(
  CALL_PROVIDERS.flatMap((one) => [[one.id, one] as const, [one.conventional, one] as const]),
)

/** A provider by its id or its conventional name. */
export function findCallProvider(name: string): CallProvider | undefined {
  return BY_NAME.get(name)
}

/** A provider that nobody knows, behind a gateway that answers like OpenAI. */
export function openAiCompatible(id: string): CallProvider {
  return { id, conventional: id, priced: undefined, hosts: undefined, read: readOpenAi }
}

/** The provider whose API is at this host. */
export function providerOfHost(host: string): CallProvider | undefined {
  return CALL_PROVIDERS.find(({ hosts }) => hosts?.test(host))
}
