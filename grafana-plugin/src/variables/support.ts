/** Variables whose values are those of a dimension. */
import { CustomVariableSupport, type DataQueryRequest, type DataQueryResponse } from '@grafana/data'
import { from, map, type Observable } from 'rxjs'
import type { UsageDataSource } from '../datasource.ts'
import { normalizeVariable } from '../query/defaults.ts'
import type { UsageVariableQuery } from '../types.ts'
import { VariableEditor } from './VariableEditor.tsx'

export class UsageVariableSupport extends CustomVariableSupport<UsageDataSource, UsageVariableQuery> {
  editor = VariableEditor

  constructor(private readonly source: UsageDataSource) {
    super()
  }

  getDefaultQuery(): Partial<UsageVariableQuery> {
    return normalizeVariable(undefined)
  }

  query = (request: DataQueryRequest<UsageVariableQuery>): Observable<DataQueryResponse> => {
    const [target] = request.targets
    const found = this.source.findValues(normalizeVariable(target), [], request.scopedVars)
    return from(found).pipe(map((data) => ({ data })))
  }
}
