/** Filters of a whole dashboard, as Grafana writes them. Pure. */
import type { UsageFilter } from '../types.ts'

interface AdHoc {
  key: string
  operator: string
  value: string
  /** Of the operators that take several. */
  values?: string[]
}

/** Undefined for an operator that has no meaning here, such as `<`: the filter is left out. */
export function adHocFilter({ key, operator, value, values }: AdHoc): UsageFilter | undefined {
  switch (operator) {
    case '=':
    case '!=':
    case '=~':
    case '!~':
      return { dimension: key, operator, values: [value] }
    case '=|':
      return { dimension: key, operator: '=', values: values ?? [value] }
    case '!=|':
      return { dimension: key, operator: '!=', values: values ?? [value] }
    default:
      return undefined
  }
}
