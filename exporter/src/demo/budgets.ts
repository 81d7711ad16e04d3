/** Budgets of the simulated organisation: one that lasts, some that do not, and one for each user. */
import { parseBudget } from '../config/budgets.ts'
import type { Budget } from '../usage/budget.ts'

const WRITTEN: readonly { readonly where: readonly string[]; readonly texts: Record<string, string> }[] = [
  { where: [], texts: { name: 'everything', amount: '8500', owner: 'finance@demo.invalid' } },
  {
    where: ['team=research'],
    texts: { name: 'research', amount: '1500', owner: 'research-lead@demo.invalid' },
  },
  {
    where: ['team=search'],
    texts: { name: 'search-week', amount: '600', period: 'week', owner: 'search-lead@demo.invalid' },
  },
  {
    where: ['team=marketing'],
    texts: { name: 'marketing', amount: '400', action: 'block', owner: 'marketing-lead@demo.invalid' },
  },
  {
    where: [],
    texts: { name: 'per-user', amount: '80', period: 'day', each: 'user', owner: 'finance@demo.invalid' },
  },
]

export const demoBudgets: readonly Budget[] = WRITTEN.map((written) => parseBudget(written, 'UTC'))
