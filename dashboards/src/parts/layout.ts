/** Puts panels side by side, and writes a board as the JSON that Grafana provisions. Pure. */
import type { Board, Json, Panel } from './model.ts'
import { USAGE, usage } from './queries.ts'
import { usageSource } from './variables.ts'

const COLUMNS = 24
/** Grafana 11.6's own; newer ones migrate it. */
const SCHEMA_VERSION = 41

/** What Alertmanager told the exporter, over every chart. */
const ALERTS: Json = {
  name: 'Alerts',
  enable: true,
  hide: false,
  iconColor: 'red',
  datasource: USAGE,
  target: usage({ kind: 'alerts', measures: [] }, 'alerts'),
}

export function toJson({
  uid,
  title,
  description,
  from,
  to = 'now',
  refresh,
  variables,
  sections,
}: Board): Json {
  const panels: Json[] = []
  let y = 0
  let id = 1
  for (const section of sections) {
    if (section.title !== '') {
      panels.push({
        id: id++,
        type: 'row',
        title: section.title,
        collapsed: false,
        gridPos: { x: 0, y, w: COLUMNS, h: 1 },
        panels: [],
      })
      y += 1
    }
    let x = 0
    let height = 0
    for (const panel of section.panels) {
      if (x + panel.width > COLUMNS) {
        y += height
        x = 0
        height = 0
      }
      panels.push(placed(panel, id++, { x, y, w: panel.width, h: panel.height }))
      x += panel.width
      height = Math.max(height, panel.height)
    }
    y += height
  }
  return {
    uid,
    title,
    description,
    tags: ['usage-explorer'],
    schemaVersion: SCHEMA_VERSION,
    version: 1,
    editable: false,
    graphTooltip: 1,
    fiscalYearStartMonth: 0,
    liveNow: false,
    weekStart: '',
    timezone: 'browser',
    time: { from, to },
    timepicker: {},
    refresh,
    preload: false,
    annotations: { list: variables.includes(usageSource) ? [ALERTS] : [] },
    links: [
      {
        type: 'dashboards',
        title: 'Usage Explorer',
        tags: ['usage-explorer'],
        asDropdown: true,
        icon: 'external link',
        includeVars: true,
        keepTime: true,
        targetBlank: false,
        tooltip: '',
        url: '',
      },
    ],
    templating: { list: variables },
    panels,
  }
}

function placed(panel: Panel, id: number, gridPos: Json): Json {
  const { type, title, description, targets, fieldConfig, options, more = {} } = panel
  const [first] = targets
  const sources = new Set(targets.map(({ datasource }) => datasource.type))
  const datasource: Json =
    first === undefined
      ? null
      : sources.size > 1
        ? { type: 'datasource', uid: '-- Mixed --' }
        : first.datasource
  return { id, type, title, description, gridPos, datasource, targets, fieldConfig, options, ...more }
}
