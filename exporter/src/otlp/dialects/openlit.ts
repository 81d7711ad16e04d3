/** OpenLIT: the conventions, and the cost of each call by its own price list. */
import { conventionalMeaning } from './conventions.ts'
import type { Dialect } from './dialect.ts'

export const openlit: Dialect = {
  rank: 1,
  meaningOf: (metric, attributes) =>
    metric === 'gen_ai.usage.cost'
      ? {
          adds: [{ measure: 'cost', of: 'value', type: 'unsplit', currency: 'USD', priceSource: 'openlit' }],
        }
      : conventionalMeaning(metric, attributes),
}
