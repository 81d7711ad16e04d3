/** Which fields of the editor each kind of question has. Pure. */
import type { Kind } from '../types.ts'

export interface KindDoc {
  readonly label: string
  readonly description: string
  readonly measures: 'usage' | 'live' | undefined
  /** How many levels it can be split by. */
  readonly groups: 0 | 1 | 2
  readonly filters: boolean
  readonly granularity: boolean
  readonly top: boolean
  readonly compare: boolean
}

const USAGE = {
  measures: 'usage',
  groups: 2,
  filters: true,
  granularity: false,
  top: true,
  compare: true,
} as const
const NONE = {
  measures: undefined,
  groups: 0,
  filters: false,
  granularity: false,
  top: false,
  compare: false,
} as const

export const KIND_TABLE: Readonly<Record<Kind, KindDoc>> = {
  series: { ...USAGE, label: 'Over time', description: 'Lines and bars', granularity: true },
  totals: { ...USAGE, label: 'In all', description: 'One figure for the range: tiles, slices, bars' },
  breakdown: { ...USAGE, label: 'Table', description: 'A row for each group, with shares and changes' },
  budgets: { ...NONE, label: 'Budgets', description: 'Used, left, how fast, forecast' },
  alerts: { ...NONE, label: 'Alerts', description: 'What fired in the range, as a table or annotations' },
  live: {
    ...NONE,
    label: 'Live',
    description: 'What runs now, every two seconds',
    measures: 'live',
    groups: 1,
  },
  calls: {
    ...NONE,
    label: 'Most expensive calls',
    description: 'Single calls, by cost',
    filters: true,
    top: true,
  },
  reconciliation: { ...NONE, label: 'Reconciliation', description: 'Billed against observed', groups: 1 },
  sources: { ...NONE, label: 'Sources', description: 'How fresh and complete the data is' },
}

/** Dimensions that the reconciliation can be split by. */
export const RECONCILED_BY: readonly string[] = ['api_key', 'model', 'team']
