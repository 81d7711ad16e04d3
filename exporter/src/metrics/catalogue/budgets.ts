/** Budgets: what may be used in the period that runs, what is, and where that leads. */
import type { MetricSpec } from './spec.ts'

/** `budget` is its name, with `/` and the value where each value of something has it. */
const LABELS: readonly string[] = ['budget', 'team', 'unit', 'period', 'period_start']

const spec = (name: string, unit: MetricSpec['unit'], help: string, labels = LABELS): MetricSpec => ({
  name: `llm_budget_${name}`,
  type: 'gauge',
  help: `${help} Event time. Never apply increase() or rate(), never add budgets.`,
  labels,
  unit,
  time: 'event',
  group: 'Budgets',
})

export const BUDGET_METRICS: readonly MetricSpec[] = [
  spec(
    'info',
    'count',
    'Always 1. Joins name, owner and action to the other llm_budget_ metrics by budget.',
    ['budget', 'name', 'team', 'owner', 'action'],
  ),
  spec('limit', 'count', 'What the budget allows in its period, in the unit that the label unit names.'),
  spec(
    'threshold_ratio',
    'ratio',
    'A threshold of the budget, over its limit; used_ratio reaches it or not.',
    [...LABELS, 'threshold'],
  ),
  spec('used', 'count', 'Used of the budget in the period that runs, in the unit that the label unit names.'),
  spec('used_ratio', 'ratio', 'Used of the budget in the period that runs, over its limit; 1 is used up.'),
  spec(
    'forecast',
    'count',
    'What will be used at the end of the period, if what is usual goes on; in the unit that the label unit names.',
  ),
  spec(
    'burn_ratio',
    'ratio',
    'Used in the window (1h, 6h, 24h, 3d) that ends at the newest final data, over what the budget allows in as much time; 1 is on plan. Absent where the data is older than the window is long.',
    [...LABELS, 'window'],
  ),
]
