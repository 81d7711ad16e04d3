/** What the demo organisation buys: the lines that xAI bills, with their list prices. */

/** 1 USD = 10^10 ticks, the finest unit in which xAI states prices. */
export const TICKS_PER_CENT = 100_000_000n

export interface BilledUnit {
  readonly unitType: string
  /**
   * Price of one unit in ticks. Equals xAI's "cents per 100 million tokens" and its 10^-8 cents per image or
   * second, so the same number stands in the models list and as an invoice line's `unitPrice`.
   */
  readonly ticks: number
  /** How many units an average call uses. */
  readonly perCall: number
}

export interface Product {
  readonly kind: 'language' | 'image' | 'video' | 'search'
  /** As usage and invoices name it. */
  readonly description: string
  readonly model: string
  readonly aliases: readonly string[]
  readonly units: readonly BilledUnit[]
}

export const PROMPT = 'Prompt text tokens'
export const CACHED_PROMPT = 'Cached prompt text tokens'
const REASONING = 'Reasoning text tokens'
export const COMPLETION = 'Completion text tokens'

/** Price of one web search: USD 25 per 1000. */
export const SEARCH_TICKS = 250_000_000

const unit = (unitType: string, ticks: number, perCall: number): BilledUnit => ({ unitType, ticks, perCall })

export type ProductName = 'reasoning' | 'fastReasoning' | 'fast' | 'code' | 'image' | 'video' | 'search'

export const PRODUCTS: Readonly<Record<ProductName, Product>> = {
  reasoning: {
    kind: 'language',
    description: 'Chat grok-4-0709',
    model: 'grok-4-0709',
    aliases: ['grok-4', 'grok-4-latest'],
    units: [
      unit(PROMPT, 30_000, 1800),
      unit(CACHED_PROMPT, 7500, 1200),
      unit(REASONING, 150_000, 500),
      unit(COMPLETION, 150_000, 350),
    ],
  },
  fastReasoning: {
    kind: 'language',
    description: 'Chat grok-4-fast-reasoning',
    model: 'grok-4-fast-reasoning',
    aliases: ['grok-4-fast'],
    units: [
      unit(PROMPT, 2000, 1500),
      unit(CACHED_PROMPT, 500, 900),
      unit(REASONING, 5000, 400),
      unit(COMPLETION, 5000, 300),
    ],
  },
  fast: {
    kind: 'language',
    description: 'Chat grok-4-fast-non-reasoning',
    model: 'grok-4-fast-non-reasoning',
    aliases: [],
    units: [unit(PROMPT, 2000, 1200), unit(CACHED_PROMPT, 500, 400), unit(COMPLETION, 5000, 220)],
  },
  code: {
    kind: 'language',
    description: 'Chat grok-code-fast-1',
    model: 'grok-code-fast-1',
    aliases: ['grok-code-fast', 'grok-code-fast-1-0825'],
    units: [
      unit(PROMPT, 2000, 9000),
      unit(CACHED_PROMPT, 200, 21_000),
      unit(REASONING, 15_000, 600),
      unit(COMPLETION, 15_000, 900),
    ],
  },
  image: {
    kind: 'image',
    description: 'grok-2-image-1212',
    model: 'grok-2-image-1212',
    aliases: ['grok-2-image'],
    units: [unit('Images', 700_000_000, 1)],
  },
  video: {
    kind: 'video',
    description: 'API grok-imagine-video-1.5',
    model: 'grok-imagine-video-1.5',
    aliases: [],
    units: [unit('Video seconds', 500_000_000, 6)],
  },
  search: {
    kind: 'search',
    description: 'Live Search',
    model: '',
    aliases: [],
    units: [unit('Web searches', SEARCH_TICKS, 1)],
  },
}
