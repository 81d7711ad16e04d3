/** The data source: panels' queries become questions to the exporter, its answers become frames. */
import {
  DataSourceApi,
  LoadingState,
  type AdHocVariableFilter,
  type DataFrame,
  type DataQueryRequest,
  type DataQueryResponse,
  type DataSourceGetTagKeysOptions,
  type DataSourceGetTagValuesOptions,
  type DataSourceInstanceSettings,
  type MetricFindValue,
  type ScopedVars,
  type TestDataSourceResponse,
} from '@grafana/data'
import { getTemplateSrv } from '@grafana/runtime'
import { combineLatest, from, map, of, scan, switchMap, timer, type Observable } from 'rxjs'
import { UsageClient } from './api/client.ts'
import type {
  AlertsAnswer,
  BudgetsAnswer,
  CallsAnswer,
  LiveAnswer,
  QueryAnswer,
  ReconciliationAnswer,
  SourcesAnswer,
} from './api/contract.ts'
import { checkHealth } from './config/health.ts'
import { alertsFrame } from './frames/alerts.ts'
import { breakdownFrame } from './frames/breakdown.ts'
import { budgetsFrame } from './frames/budgets.ts'
import { callsFrame } from './frames/calls.ts'
import { addLive, liveFrames, NOTHING_LIVE } from './frames/live.ts'
import { titlesOf, valueName } from './frames/naming.ts'
import { reconciliationFrame } from './frames/reconciliation.ts'
import { seriesFrames } from './frames/series.ts'
import { sourcesFrame } from './frames/sources.ts'
import { totalFrames } from './frames/totals.ts'
import { adHocFilter } from './query/ad-hoc.ts'
import { DEFAULT_QUERY, isComplete, normalize, normalizeVariable } from './query/defaults.ts'
import { describeQuery } from './query/describe.ts'
import {
  groupsOf,
  queryParameters,
  rangeOf,
  valuesParameters,
  filterParameters,
  type Asked,
  type Fill,
} from './query/request.ts'
import type { UsageFilter, UsageOptions, UsageQuery, UsageVariableQuery } from './types.ts'
import { UsageVariableSupport } from './variables/support.ts'

const LIVE_EVERY_MS = 2000
/** A quarter of an hour of what runs now. */
const MOST_LIVE_POINTS = 450

export class UsageDataSource extends DataSourceApi<UsageQuery, UsageOptions> {
  readonly client: UsageClient
  private readonly account: string

  constructor(settings: DataSourceInstanceSettings<UsageOptions>) {
    super(settings)
    this.client = new UsageClient(settings.url ?? '')
    this.account = settings.jsonData.account ?? ''
    this.annotations = {}
    this.variables = new UsageVariableSupport(this)
  }

  getDefaultQuery(): Partial<UsageQuery> {
    return DEFAULT_QUERY
  }

  filterQuery(query: UsageQuery): boolean {
    return query.hide !== true && isComplete(normalize(query))
  }

  getQueryDisplayText(query: UsageQuery): string {
    return describeQuery(normalize(query), new Map())
  }

  query(request: DataQueryRequest<UsageQuery>): Observable<DataQueryResponse> {
    const targets = request.targets.map(normalize).filter((target) => this.filterQuery(target))
    if (targets.length === 0) return of({ data: [] })
    const live = targets.some(({ kind }) => kind === 'live')
    return combineLatest(targets.map((target) => this.ask(target, request))).pipe(
      map((answers) => ({
        data: answers.flat(),
        state: live ? LoadingState.Streaming : LoadingState.Done,
        key: request.requestId,
      })),
    )
  }

  /** For variables: the values of a dimension. */
  async findValues(
    query: UsageVariableQuery,
    adHoc: readonly UsageFilter[] = [],
    scopedVars?: ScopedVars,
    search = '',
  ): Promise<MetricFindValue[]> {
    const { dimension, filters } = normalizeVariable(query)
    const asked = { account: this.account, adHoc }
    const answer = await this.client.values(
      valuesParameters({ dimension, filters }, asked, fillWith(scopedVars), search),
    )
    return answer.values.map(({ id, name }) => ({
      text: valueName(dimension, id, name ?? undefined),
      value: id,
    }))
  }

  async metricFindQuery(
    query: UsageVariableQuery,
    options?: { scopedVars?: ScopedVars },
  ): Promise<MetricFindValue[]> {
    return this.findValues(query, [], options?.scopedVars)
  }

  async getTagKeys(_options?: DataSourceGetTagKeysOptions<UsageQuery>): Promise<MetricFindValue[]> {
    const { dimensions } = await this.client.catalogue()
    return dimensions.map(({ name, title }) => ({ text: title, value: name }))
  }

  async getTagValues({
    key,
    filters,
  }: DataSourceGetTagValuesOptions<UsageQuery>): Promise<MetricFindValue[]> {
    const others = filters
      .filter((filter) => filter.key !== key)
      .flatMap((filter) => adHocFilter(filter) ?? [])
    return this.findValues({ refId: 'tags', dimension: key, filters: [] }, others)
  }

  async testDatasource(): Promise<TestDataSourceResponse> {
    return checkHealth(this.client)
  }

  private ask(query: UsageQuery, request: DataQueryRequest<UsageQuery>): Observable<DataFrame[]> {
    const { refId } = query
    const fill = fillWith(request.scopedVars)
    const asked = this.askedOf(request)
    switch (query.kind) {
      case 'series':
      case 'totals':
      case 'breakdown':
        return this.usage(query, asked, fill)
      case 'live':
        return this.live(query, fill)
      case 'calls': {
        const parameters = new URLSearchParams({ ...rangeOf(asked), limit: String(query.top) })
        for (const where of filterParameters(query.filters, asked, fill)) parameters.append('where', where)
        return this.client
          .get<CallsAnswer>('/api/v1/calls/top', parameters)
          .pipe(map((answer) => [callsFrame(refId, answer)]))
      }
      case 'reconciliation': {
        const [by] = groupsOf(query, fill)
        const parameters = new URLSearchParams({ ...rangeOf(asked), ...(by === undefined ? {} : { by }) })
        return this.client
          .get<ReconciliationAnswer>('/api/v1/reconciliation', parameters)
          .pipe(map((answer) => [reconciliationFrame(refId, answer)]))
      }
      case 'budgets':
        return this.client
          .get<BudgetsAnswer>('/api/v1/budgets')
          .pipe(map((answer) => [budgetsFrame(refId, answer)]))
      case 'alerts':
        return this.client
          .get<AlertsAnswer>('/api/v1/alerts', new URLSearchParams(rangeOf(asked)))
          .pipe(map((answer) => [alertsFrame(refId, answer)]))
      case 'sources':
        return this.client
          .get<SourcesAnswer>('/api/v1/sources')
          .pipe(map((answer) => [sourcesFrame(refId, answer)]))
    }
  }

  private usage(query: UsageQuery, asked: Asked, fill: Fill): Observable<DataFrame[]> {
    const filled = { ...query, groupBy: groupsOf(query, fill) }
    return from(this.client.catalogue()).pipe(
      switchMap((catalogue) =>
        this.client.get<QueryAnswer>('/api/v1/query', queryParameters(query, asked, fill)).pipe(
          map((answer) => {
            const titles = titlesOf(catalogue)
            if (query.kind === 'breakdown') return [breakdownFrame(filled, answer, titles)]
            return query.kind === 'totals'
              ? totalFrames(filled, answer, titles)
              : seriesFrames(filled, answer, titles)
          }),
        ),
      ),
    )
  }

  private live(query: UsageQuery, fill: Fill): Observable<DataFrame[]> {
    const [dimension] = groupsOf(query, fill)
    return timer(0, LIVE_EVERY_MS).pipe(
      switchMap(() => this.client.get<LiveAnswer>('/api/v1/live')),
      scan(
        (state, answer) => addLive(state, answer, query.measures, dimension, MOST_LIVE_POINTS),
        NOTHING_LIVE,
      ),
      map((state) => liveFrames(query.refId, state)),
    )
  }

  private askedOf({ range, timezone, filters }: DataQueryRequest<UsageQuery>): Asked {
    return {
      from: range.from.valueOf(),
      to: range.to.valueOf(),
      zone: zoneName(timezone),
      adHoc: ((filters ?? []) as AdHocVariableFilter[]).flatMap((filter) => adHocFilter(filter) ?? []),
      account: this.account,
    }
  }
}

/** Fills in Grafana's variables; those of several values give each. */
export function fillWith(scopedVars: ScopedVars | undefined): Fill {
  return (text) => {
    if (!text.includes('$') && !text.includes('[[')) return [text]
    const values: string[] = []
    const rest = getTemplateSrv().replace(text, scopedVars, (value: string | string[]) => {
      values.push(...(Array.isArray(value) ? value : [value]))
      return ''
    })
    // A variable that is the whole text may have several values; inside a text each counts as it is written.
    return rest === '' ? values : [getTemplateSrv().replace(text, scopedVars, 'raw')]
  }
}

/** Grafana says `browser` for the zone of whoever looks. */
function zoneName(timezone: string | undefined): string {
  if (timezone === 'utc') return 'UTC'
  return timezone === undefined || timezone === '' || timezone === 'browser'
    ? Intl.DateTimeFormat().resolvedOptions().timeZone
    : timezone
}
