/** Every query of every dashboard, asked of a running exporter with demo data and of a real Prometheus that scrapes it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findBinary } from '../support/binaries.ts'
import { PrometheusServer } from '../support/prometheus-server.ts'
import { useProcesses, type Running } from '../support/service-process.ts'
import { DASHBOARDS, PANELS, type Dashboard, type Target } from './boards.ts'
import { filterParameters, normalize, queryParameters, valuesParameters, type Asked } from './plugin.ts'

/** Nothing comes of these in the demo, for the reason beside each. */
const EMPTY: Readonly<Record<string, string>> = {
  'Errors by code': 'polls of the demo do not fail',
  'Keys not used for thirty days': 'every key of the demo is used',
  'How long polls take': 'no poll ends while the test looks on',
  'Restated cost': 'nothing is restated while the test looks on',
}

/** Not shorter: a scrape may take no longer, also where the machine has more to do. */
const SCRAPE_MS = 3000
/** What comes last: calls whose stream began. */
const LAST = 'sum(rate(llm_observed_time_to_first_token_seconds_count[30s])) > 0'

const prometheusBinary = findBinary('prometheus', 'prometheus')
const processes = useProcesses()
let service: Running
let prometheus: PrometheusServer | undefined
let url: string
const chosen = new Map<string, string>()

beforeAll(async () => {
  service = processes.start(processes.folder(), { USAGE_EXPLORER_SCRAPE_INTERVAL: `${SCRAPE_MS / 1000}s` })
  await service.backfilled()
  url = await service.url()
  await service.eventually('the apps have caught up', async () => {
    const { sources } = (await service.json('/api/v1/sources')) as {
      sources: { source: string; watermark: string | null }[]
    }
    const watermark = sources.find(({ source }) => source === 'otlp')?.watermark
    return watermark != null && Date.parse(watermark) > Date.now() - 120_000
  })
  const { values } = (await service.json('/api/v1/values?dimension=api_key&search=search-prod')) as {
    values: { id: string }[]
  }
  await service.post('/api/v1/alerts', {
    version: '4',
    alerts: [
      {
        status: 'firing',
        labels: { alertname: 'LLMCostSpike', severity: 'warning' },
        annotations: { summary: 'Cost is far above what is usual.' },
        startsAt: new Date(Date.now() - 60_000).toISOString(),
        endsAt: '0001-01-01T00:00:00Z',
        fingerprint: 'a',
      },
    ],
  })
  chosen.set('api_key', values[0]?.id ?? '').set('team', 'search')
  if (prometheusBinary !== undefined) {
    prometheus = await PrometheusServer.start(prometheusBinary, {
      target: new URL(url).host,
      scrapeIntervalMs: SCRAPE_MS,
    })
    await service.eventually(
      'Prometheus sees calls',
      async () => ((await prometheus?.query(LAST)) ?? []).length > 0,
    )
  }
}, 120_000)
afterAll(() => prometheus?.stop())

/** As the dashboard opens: All where a variable may have several values, else its first choice or the key that is looked at. */
function fillOf({ templating }: Dashboard): (text: string) => string[] {
  return (text) => {
    if (!text.startsWith('$')) return [text]
    const variable = templating.list.find(({ name }) => name === text.slice(1))
    if (variable === undefined) throw new Error(`${text} is no variable`)
    if (variable.type === 'custom') return [variable.options?.[0]?.value ?? '']
    return variable.multi === true ? ['.*'] : [chosen.get(variable.name) ?? '']
  }
}

function rangeOf({ time }: Dashboard): { from: number; to: number } {
  const [, count = '', unit = ''] = /^now-(\d+)([hd])$/.exec(time.from) ?? []
  return { from: Date.now() - Number(count) * (unit === 'h' ? 3_600_000 : 86_400_000), to: Date.now() }
}

function asked(dashboard: Dashboard): Asked {
  return { ...rangeOf(dashboard), zone: 'UTC', adHoc: [], account: '' }
}

async function answer(target: Target, dashboard: Dashboard): Promise<unknown[]> {
  const query = normalize(target)
  const fill = fillOf(dashboard)
  const about = asked(dashboard)
  const get = async (path: string): Promise<Record<string, unknown>> => {
    const response = await service.get(path)
    expect(response.status, `${path}: ${response.status === 200 ? '' : await response.clone().text()}`).toBe(
      200,
    )
    return (await response.json()) as Record<string, unknown>
  }
  switch (query.kind) {
    case 'series':
    case 'totals':
    case 'breakdown': {
      const { totals } = await get(`/api/v1/query?${queryParameters(query, about, fill).toString()}`)
      const told = (totals as { measure: string; amount: string | null }[]).filter(
        ({ amount }) => amount !== null,
      )
      // Each of a table's columns has something to show.
      expect(told.map(({ measure }) => measure)).toEqual(expect.arrayContaining([...query.measures]))
      return told
    }
    case 'calls': {
      const parameters = new URLSearchParams({ from: new Date(about.from).toISOString() })
      for (const where of filterParameters(query.filters, about, fill)) parameters.append('where', where)
      const { calls } = await get(`/api/v1/calls/top?${parameters.toString()}`)
      return calls as unknown[]
    }
    case 'reconciliation': {
      const { accounts } = await get(`/api/v1/reconciliation?from=now-30d&by=${query.groupBy[0] ?? ''}`)
      return (accounts as { comparisons: unknown[] }[]).flatMap(({ comparisons }) => comparisons)
    }
    case 'sources':
      return (await get('/api/v1/sources'))['sources'] as unknown[]
    case 'budgets':
      return (await get('/api/v1/budgets'))['budgets'] as unknown[]
    case 'alerts':
      return (await get(`/api/v1/alerts?from=${new Date(about.from).toISOString()}`))['alerts'] as unknown[]
    case 'live':
      return [await (await service.get('/api/v1/live', { headers: { accept: 'application/json' } })).json()]
  }
}

/** As Grafana fills it in, with a window that a test can wait for. */
function fillPromql(expr: string, dashboard: Dashboard): string {
  return dashboard.templating.list.reduce(
    (text, { name, multi, type, options }) => {
      const value =
        type === 'custom' ? (options?.[0]?.value ?? '') : multi === true ? '.*' : (chosen.get(name) ?? '')
      return text.replaceAll(`\${${name}}`, value).replace(new RegExp(`\\$${name}\\b`, 'g'), value)
    },
    expr.replaceAll('$__rate_interval', '30s').replaceAll('$__range', '30s'),
  )
}

const usagePanels = PANELS.filter(([, { targets = [] }]) => targets.some(({ expr }) => expr === undefined))
const prometheusPanels = PANELS.filter(([, { targets = [] }]) =>
  targets.some(({ expr }) => expr !== undefined),
)

describe('our data source', () => {
  test.each(usagePanels)('%s has data', async (_name, panel, dashboard) => {
    for (const target of (panel.targets ?? []).filter(({ expr }) => expr === undefined)) {
      expect(await answer(target, dashboard)).not.toEqual([])
    }
  })

  test('the link to CSV gives rows', async () => {
    const proxied = /"(\/api\/datasources\/proxy\/uid\/\$\{datasource\}[^"]*)"/
    const links = PANELS.flatMap(([, panel]) => proxied.exec(JSON.stringify(panel))?.[1] ?? [])
    expect(links).toHaveLength(1)
    for (const link of links) {
      const path = link
        .replace('/api/datasources/proxy/uid/${datasource}', '')
        .replace('${__from:date:iso}', 'now-7d')
        .replace('${__to:date:iso}', 'now')
        .replace('${granularity}', 'auto')
        .replace('${api_key}', chosen.get('api_key') ?? '')
      const text = await service.text(path)
      expect(text.split('\r\n')[0]).toBe('start,measure,currency,model,model_name,amount,state')
      expect(text.split('\r\n').length, text.slice(0, 300)).toBeGreaterThan(7)
    }
  })

  test('every variable that lists values has some', async () => {
    for (const dashboard of DASHBOARDS) {
      for (const { name, type, query } of dashboard.templating.list) {
        const asks = query as { readonly query?: string }
        if (type !== 'query' || asks.query !== undefined) continue
        const parameters = valuesParameters(asks, { adHoc: [], account: '' }, fillOf(dashboard))
        const { values } = (await service.json(`/api/v1/values?${parameters.toString()}`)) as {
          values: unknown[]
        }
        expect(values, `${dashboard.uid} ${name}`).not.toEqual([])
      }
    }
  })
})

describe.skipIf(prometheusBinary === undefined)('Prometheus (Debian package prometheus)', () => {
  test.each(prometheusPanels)('%s has data', async (_name, panel, dashboard) => {
    for (const { expr = '' } of (panel.targets ?? []).filter((target) => target.expr !== undefined)) {
      const query = fillPromql(expr, dashboard)
      const series = await prometheus?.query(query)
      const values = (series ?? []).flatMap(({ samples }) => samples.map(({ value }) => value))
      if (panel.title in EMPTY) {
        expect(
          values.filter((value) => !Number.isNaN(value)),
          EMPTY[panel.title],
        ).toEqual([])
      } else {
        expect(
          values.filter((value) => !Number.isNaN(value)),
          query,
        ).not.toEqual([])
      }
    }
  })

  test('every variable that lists labels has some', async () => {
    for (const { templating, uid } of DASHBOARDS) {
      for (const { name, query } of templating.list) {
        const [, metric = '', label = ''] =
          /^label_values\((\w+), (\w+)\)$/.exec((query as { query?: string } | undefined)?.query ?? '') ?? []
        // What Prometheus adds itself is not told apart from what it was asked.
        if (metric === '' || label === 'instance') continue
        const series = (await prometheus?.query(`count by (${label}) (${metric})`)) ?? []
        expect(
          series.filter(({ labels }) => labels[label] !== undefined),
          `${uid} ${name}`,
        ).not.toEqual([])
      }
    }
  })
})
