/** Rules of Grafana's dashboard-linter that fit, and our own: what people complain about in shipped dashboards. */
import { describe, expect, test } from 'vitest'
import { BOARDS } from '../../dashboards/src/boards.ts'
import { toJson } from '../../dashboards/src/parts/layout.ts'
import { committed, DASHBOARDS, PANELS } from './boards.ts'

test('what is committed is what the code makes', () => {
  const made = new Map(
    BOARDS.map((board) => [`${board.uid}.json`, `${JSON.stringify(toJson(board), undefined, 2)}\n`]),
  )
  expect([...committed().keys()].sort()).toEqual([...made.keys()].sort())
  for (const [name, text] of committed())
    expect(text === made.get(name), `${name}: npm run dashboards`).toBe(true)
})

describe.each(DASHBOARDS.map((dashboard) => [dashboard.uid, dashboard] as const))('%s', (_uid, dashboard) => {
  test('has a name of its own and says what it is', () => {
    expect(
      DASHBOARDS.filter(({ title, uid }) => title === dashboard.title || uid === dashboard.uid),
    ).toHaveLength(1)
    expect(dashboard.description).not.toBe('')
  })

  test('loads in Grafana 11.6 and cannot be changed where it is provisioned', () => {
    expect([dashboard.schemaVersion, dashboard.editable]).toEqual([41, false])
  })

  test('names no data source of its own: variables choose them', () => {
    const chosen = dashboard.templating.list
      .filter(({ type }) => type === 'datasource')
      .map(({ name }) => name)
    const allowed = [...chosen.map((name) => `\${${name}}`), '-- Mixed --']
    for (const { targets = [], datasource } of dashboard.panels) {
      for (const target of targets) expect(allowed).toContain(target.datasource.uid)
      if (datasource != null) expect(allowed).toContain(datasource.uid)
    }
  })

  test('leads to the others with its time and what is chosen', () => {
    expect(dashboard.links).toMatchObject([{ keepTime: true, includeVars: true }])
  })

  test('has no panel over another, and none beyond the edge', () => {
    const taken = new Set<string>()
    for (const { gridPos, title } of dashboard.panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24)
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(taken.has(`${x}/${y}`), `${title} at ${x}/${y}`).toBe(false)
          taken.add(`${x}/${y}`)
        }
      }
    }
  })

  test('uses each of its variables and knows each that it uses', () => {
    const text = JSON.stringify(dashboard.panels)
    const filters = JSON.stringify(dashboard.templating.list)
    for (const { name, type, label } of dashboard.templating.list) {
      expect(label).not.toBe('')
      if (type !== 'adhoc') expect(`${text}${filters}`, name).toMatch(new RegExp(`\\$\\{?${name}\\b`))
    }
    const known = dashboard.templating.list.map(({ name }) => name)
    const used = [...`${text}${filters}`.matchAll(/\$\{?([a-z_]+)\b/g)].map(([, name]) => name ?? '')
    for (const name of used.filter((one) => !one.startsWith('__'))) expect(known).toContain(name)
  })

  test('asks little enough to open quickly', () => {
    expect(dashboard.panels.flatMap(({ targets = [] }) => targets).length).toBeLessThanOrEqual(25)
    expect(dashboard.refresh).not.toMatch(/^[1-9]s$/)
  })
})

test('every panel has a title and says what it shows', () => {
  for (const [name, { title, description = '' }] of PANELS)
    expect([title, description], name).not.toContain('')
})

test('PromQL holds for every scrape interval and every restart', () => {
  for (const [name, { targets = [], description = '' }] of PANELS) {
    // The whole range is meant where the description says so.
    const isTotal = description.includes('Totals for the selected range.')
    const allowed = isTotal ? ['$__rate_interval', '$__range'] : ['$__rate_interval']
    for (const { expr = '' } of targets) {
      for (const [, window] of expr.matchAll(/\[([^\]]+)\]/g)) expect(allowed, name).toContain(window)
      for (const [, before = ''] of expr.matchAll(/([a-z_]+\()?\b[a-z_]+_total\b/g))
        expect(['rate(', 'increase('], `${name}: ${expr}`).toContain(before)
    }
  }
})

test('figures of Prometheus have a unit: it brings none', () => {
  for (const [name, { type, targets = [], fieldConfig }] of PANELS) {
    const isFigure = type !== 'table' && type !== 'text' && targets.every(({ expr }) => expr !== undefined)
    if (isFigure) expect(fieldConfig?.defaults.unit, name).toBeDefined()
  }
})

test('every link leads to a dashboard that there is, and sets variables that it has', () => {
  const links = PANELS.flatMap(([name, panel]) =>
    [...JSON.stringify(panel).matchAll(/"\/d\/([a-z-]+)\?([^"]*)"/g)].map(([, uid, query = '']) => ({
      name,
      uid,
      query,
    })),
  )
  expect(links.length).toBeGreaterThan(10)
  for (const { name, uid, query } of links) {
    const target = DASHBOARDS.find((dashboard) => dashboard.uid === uid)
    expect(target, `${name}: ${uid}`).toBeDefined()
    const known = target?.templating.list.map((variable) => variable.name)
    for (const [, variable] of query.matchAll(/var-([a-z_]+)=/g)) expect(known, name).toContain(variable)
  }
})
