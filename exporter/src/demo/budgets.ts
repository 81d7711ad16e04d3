/**
 * Budgets of the simulated organisation. Some begin on the first and some on the 16th, so that on any date three of them
 * have something to tell. Their names say that they are none of the user's.
 */
import { parseBudget } from '../config/budgets.ts'
import type { Budget } from '../usage/budget.ts'

const WRITTEN: readonly { readonly where: readonly string[]; readonly texts: Record<string, string> }[] = [
  { where: [], texts: { name: 'demo-everything', amount: '8000', owner: 'finance@demo.invalid' } },
  {
    where: ['team=research'],
    texts: { name: 'demo-research', amount: '300', owner: 'research-lead@demo.invalid' },
  },
  {
    where: ['team=search'],
    texts: { name: 'demo-search-week', amount: '600', period: 'week', owner: 'search-lead@demo.invalid' },
  },
  {
    where: ['team=marketing'],
    texts: { name: 'demo-marketing', amount: '200', action: 'block', owner: 'marketing-lead@demo.invalid' },
  },
  {
    where: [],
    texts: {
      name: 'demo-per-team',
      amount: '250',
      each: 'team',
      start_day: '16',
      owner: 'finance@demo.invalid',
    },
  },
  {
    where: [],
    texts: {
      name: 'demo-per-user',
      amount: '80',
      period: 'day',
      each: 'user',
      owner: 'finance@demo.invalid',
    },
  },
]

export const demoBudgets: readonly Budget[] = WRITTEN.map((written) => parseBudget(written, 'UTC'))
