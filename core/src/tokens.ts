/** Types that partition the tokens and the cost of calls: none overlaps another (design §4.7). */

/** `input` is uncached, `output` is without reasoning; the `…unsplit` types stand where a provider cannot tell. */
export const TOKEN_TYPES = [
  'input',
  'cache_read',
  'cache_write',
  'output',
  'reasoning',
  'input_unsplit',
  'output_unsplit',
  'unsplit',
] as const

export type TokenType = (typeof TOKEN_TYPES)[number]

export type CostType = 'input' | 'cache_read' | 'cache_write' | 'output' | 'reasoning' | 'tool' | 'unsplit'
